"""Pure decisions of encoding: what a master becomes, which rungs, whether they pass."""
