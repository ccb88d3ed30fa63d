"""Discovery: the page a profile opens to. Rows of visible titles, each with the reason it is there."""
