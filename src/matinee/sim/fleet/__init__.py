"""A fleet in simulated time: dozens of appliances of real parts for an hour, or a thousand by steering's models for days.

Both draw sites, films, misfortunes and orders from one seed, and both answer to one ledger of what was promised.
"""
