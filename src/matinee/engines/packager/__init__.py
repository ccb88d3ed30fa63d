"""The packager port: encoded tracks become encrypted CMAF. Shaka Packager, as a separate program."""
