"""How many calls to one neighbor may be under way: a slow one must not hold every request of this process."""


class Bulkhead:
    """Full means no, at once: a queue in front of who is slow only makes everyone wait."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken = 0

    def enter(self) -> bool:
        if self._taken >= self._places:
            return False
        self._taken += 1
        return True

    def leave(self) -> None:
        assert self._taken > 0, "left more often than entered"
        self._taken -= 1
