"""What appliances last said, as the cache keeps it: read once, however often all of a fleet is looked at."""

from matinee.control.steering.model.standing import Heard
from matinee.wire.encoding import from_json, to_json


class Words:
    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Heard]] = {}
        """By appliance: as it is kept, and what it says."""

    def read(self, appliance_id: str, kept: bytes | None) -> Heard | None:
        if kept is None:
            self._known.pop(appliance_id, None)
            return None
        known = self._known.get(appliance_id)
        if known is not None and known[0] == kept:
            return known[1]
        said = from_json(kept, Heard)
        self._known[appliance_id] = (kept, said)
        return said

    def spell(self, said: Heard) -> bytes:
        kept = to_json(said)
        self._known[said.report.appliance_id] = (kept, said)
        return kept
