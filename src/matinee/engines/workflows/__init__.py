"""The workflows port: long stories that survive crashes. A step journal, and jobs leased to workers."""
