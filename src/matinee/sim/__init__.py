"""The house in simulated time: a loop whose clock jumps when all wait, the five doors simulated, and worlds grown from a seed.

One seed is one history: the same requests, faults and crashes in the same order, on any machine. What a person would
have to wait for, wait out or be lucky to see is here a test of a second.
"""
