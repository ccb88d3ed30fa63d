"""The blobs port: large named bytes. Masters, encodes, releases, artwork."""
