"""Where an internet address is: the country, and whose network."""
