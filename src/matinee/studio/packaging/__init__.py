"""Packaging makes the version that is served: segments, encrypted by tier, and `release.json`, which names every file.

A release is seen when its `release.json` is stored, and that is stored last: half of one is never seen.
"""
