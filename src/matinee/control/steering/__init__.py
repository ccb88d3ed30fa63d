"""Steering: which edge for whom, what each appliance should hold, and what it must forget.

Appliances report each second and get their orders in the answer; about once a minute they tell what they sent. By that,
and by where titles may be played, each site's plan says what its appliances hold.
"""
