"""The encoder port: looking into media and making media. FFmpeg, as a separate program."""
