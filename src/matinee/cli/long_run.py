"""A process that runs for days: what was built at its start is there to stay."""

import gc

_YOUNG, _TO_MIDDLE, _TO_OLD = 20_000, 10, 25


def settle() -> None:
    """Call once, when all is built. The interpreter's search for cycles went through everything again for every few hundred
    requests that were held open: two fifths of a house's processor while 5,000 appliances hear of a purge. So what is
    there now is left out of it, and it looks less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _TO_MIDDLE, _TO_OLD)
