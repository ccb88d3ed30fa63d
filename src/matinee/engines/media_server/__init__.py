"""The media server port: bytes of immutable files to many players. The embedded one uses sendfile."""
