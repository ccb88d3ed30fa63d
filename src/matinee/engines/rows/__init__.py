"""The rows port: wide rows by partition and clustering key, with TTL and event-time writes. For history, positions, liveness."""
