"""How long to wait after failed sign-ins: per address and account together, so that nobody can lock another out."""

FREE_ATTEMPTS = 5
WAIT_SECONDS_MAX = 300


def wait_seconds(failures: int) -> int:
    """Doubling after the free attempts: 2, 4, 8 … up to five minutes."""
    if failures < FREE_ATTEMPTS:
        return 0
    return int(min(WAIT_SECONDS_MAX, 2 ** (failures - FREE_ATTEMPTS + 1)))
