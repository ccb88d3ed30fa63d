"""The edge: bytes of releases, close to who watches them. It decides nothing about people; a ticket says yes or no.

Words: an *appliance* holds copies of *releases* and serves them; the *origin* is the same server over the studio's own
store. Steering *orders* an appliance to hold a release, the appliance *fills* it from a *source*, checks every hash and
only then makes it visible. A *tombstone* takes a release away: denied at once, deleted after. Each second the appliance
*reports* its health and hears what is wanted; when nobody answers, it goes on serving what it holds.
"""
