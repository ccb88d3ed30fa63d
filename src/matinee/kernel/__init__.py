"""The ground floor: five doors to the outside (clock, chance, network, files, processes) and the values every room speaks.

Nothing here knows what a film is. Everything a program cannot compute enters by one of the five doors, so that a
simulated world can replace them all.
"""
