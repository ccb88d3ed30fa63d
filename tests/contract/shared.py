"""What property tests need that several suites inherit: one function, run by a class for each engine."""

from hypothesis import HealthCheck

SHARED = [HealthCheck.differing_executors]
"""Hypothesis warns that an example found by one engine is tried on another: that is what these suites are for."""
