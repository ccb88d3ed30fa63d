"""How many calls may be repeated: a share of all calls, so that retries never multiply the load on who is in trouble.

Each call puts a fraction of a token into the bucket, each retry takes a whole one out. While all is well the bucket is
full; when everything fails, only that fraction of calls is sent twice.
"""

RATIO = 0.1
TOKENS_MAX = 10.0
_PAUSE_BASE_SECONDS = 0.05
_PAUSE_SECONDS_MAX = 2.0


class RetryBudget:
    def __init__(self, *, ratio: float = RATIO, tokens_max: float = TOKENS_MAX) -> None:
        self._ratio = ratio
        self._tokens_max = tokens_max
        self._tokens = tokens_max

    def note_call(self) -> None:
        self._tokens = min(self._tokens_max, self._tokens + self._ratio)

    def take(self) -> bool:
        """Whether one more retry is in the budget; if so, it is taken."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def pause_seconds(failures: int, uniform: float) -> float:
    """Before the next attempt: full jitter under a ceiling that doubles, so that what failed together comes back spread.

    `uniform` in [0, 1). See "Exponential Backoff And Jitter" (Brooker, 2015): full jitter finishes with the fewest calls.
    """
    ceiling: float = min(_PAUSE_SECONDS_MAX, _PAUSE_BASE_SECONDS * 2.0 ** min(failures - 1, 10))
    return ceiling * uniform
