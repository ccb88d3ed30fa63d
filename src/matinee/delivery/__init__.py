"""The delivery plane: requests and bytes. It must be fast and must not fail, and it makes no business decision.

A signed ticket says yes or no. If every control service dies, films that are playing play to their end.
"""
