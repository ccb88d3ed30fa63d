"""The cache port: fast, forgetful, never the truth. Losing it costs milliseconds."""
