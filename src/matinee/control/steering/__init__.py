"""Steering: which edge for whom, what each appliance should hold, and what it must forget.

Appliances report each second and get their orders in the answer. Placement here is simple and honest: every appliance holds
every release. Topology, popularity and windows come with the fleet.
"""
