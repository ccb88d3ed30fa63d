"""Commands, benches, the demo and the simulation, whose modules bring the whole program with them."""
