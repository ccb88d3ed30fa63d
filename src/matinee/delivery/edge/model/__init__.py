"""The edge's pure decisions: which order is next, which files a release needs, what may go, how busy it is."""
