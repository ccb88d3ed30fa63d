"""Pure decisions of production: what is ordered, which tracks a title gets, how far a journey is and when it will end."""
