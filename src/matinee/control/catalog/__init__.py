"""Catalog: titles and what is said of them in each language, artwork, rights windows, and the current release of a title.

A *title* is what a viewer picks. A *release* is an immutable version of it that the studio made. The *current pointer* of
a title names the release that new plays get; it moves by publish, roll back and withdraw, and here alone. `visible` is the
one policy that says who may see what: search, home, lists, play and licenses all ask it.
"""
