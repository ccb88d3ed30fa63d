"""Billing's pure decisions: no clock, no I/O; money is whole minor units."""
