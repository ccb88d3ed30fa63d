"""Viewing: what was watched and how far. Positions by event time: the later event wins, whatever order beacons arrive in."""
