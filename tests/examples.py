"""How many examples a property tries: all of them in `make test`, a share of them in the gate.

The gate runs before every commit and has ten seconds for all units; what its few examples miss, the next ones find.
"""

from hypothesis import HealthCheck, settings

WHOLE, GATE = "whole", "gate"
_OF_THE_WHOLE, _OF_THE_GATE = 100, 15

# How long an example takes is the machine's affair, and the machine is shared.
settings.register_profile(
    WHOLE, max_examples=_OF_THE_WHOLE, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(GATE, settings.get_profile(WHOLE), max_examples=_OF_THE_GATE)


def of(count: int) -> settings:
    """So many, or where the run asks for a share (`--hypothesis-profile gate`), that share of them."""
    return settings(max_examples=max(2, count * settings().max_examples // _OF_THE_WHOLE))
