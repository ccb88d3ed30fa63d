"""SQLite itself, no port: how a file is opened, how its errors are named, how its commits are grouped. Three ports stand on it."""
