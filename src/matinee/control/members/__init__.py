"""Members: accounts, sign-in sessions, devices, profiles, My List.

An *account* signs in and pays; a *profile* watches. A *sign-in session* is an opaque token whose hash alone is stored; the
gateway trades it for a caller ticket that lives five seconds.
"""
