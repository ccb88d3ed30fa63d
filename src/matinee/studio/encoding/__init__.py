"""Encoding decides what a master is made into and whether it came out well.

Its words: a *finding* is what was seen in a master; the *raster* is the size and rate its frames are brought to; a *rung*
is one height at one quality; the *ladder* is all of them; a *chunk* is the part of a rung that one job encodes; the
*gate* believes nothing it has not measured.
"""
