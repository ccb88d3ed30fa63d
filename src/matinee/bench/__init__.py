"""What `matinee bench` runs: one module a benchmark, one form of report, so that one reader serves all."""
