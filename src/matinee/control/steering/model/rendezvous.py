"""Who takes what, without a list: each appliance draws a lot for each file, and the highest lots take it.

Weighted rendezvous: the lot is -weight / ln(u) with u in (0, 1) from a hash of both names, so that an appliance takes
its weight's part of all files, and one that comes or goes moves only its own part.
"""

import hashlib
import math
from collections.abc import Mapping


def preference(key: str, weights: Mapping[str, float]) -> list[str]:
    """All with a weight above 0, the one that should take this file first."""
    lots = {name: _lot(key, name, weight) for name, weight in weights.items() if weight > 0}
    return sorted(lots, key=lambda name: (-lots[name], name))


def _lot(key: str, name: str, weight: float) -> float:
    # The length keeps ("a", "bc") and ("ab", "c") apart.
    digest = hashlib.blake2b(f"{len(name)}:{name}{key}".encode(), digest_size=8).digest()
    u = (int.from_bytes(digest, "big") + 1) / (2**64 + 2)
    return -weight / math.log(u)
