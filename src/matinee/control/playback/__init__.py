"""Playback: press play. Entitlement, stream slots, manifests, tickets; and the session that lives while something plays.

A *playback session* is one screen watching one title. It holds a *slot* of its account's plan until it is ended, or has
been silent for 45 seconds. Manifests are generated for the session from `release.json` and nothing else.
"""
