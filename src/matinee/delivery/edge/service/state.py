"""What an edge must know without asking anyone: ticket keys and what was purged. A small file, for its owner only."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from matinee.delivery.edge.model.contents import is_release_id
from matinee.kernel.files import Files
from matinee.wire.encoding import from_b64url, from_json, to_json
from matinee.wire.purge import Tombstone


@dataclass(frozen=True, slots=True)
class EdgeState:
    keys: dict[str, str] = field(default_factory=dict)
    """Base64url by id."""
    tombstone_sequence: int = 0
    purged: tuple[str, ...] = ()
    """Whole releases taken away: a late fill order must not bring one back."""
    boot: str = ""
    """The machine's life in which all that lies there was last known to be right."""
    night: tuple[str, int] = ("", 0)
    """The last night in which something was fetched, and how many bytes."""
    version: int = 1

    def ticket_keys(self) -> dict[str, bytes]:
        return {kid: from_b64url(text) for kid, text in self.keys.items()}


def with_keys(state: EdgeState, keys: dict[str, str]) -> EdgeState:
    for text in keys.values():
        from_b64url(text)  # refuse the whole answer rather than keep a key that cannot be read at the next start
    return replace(state, keys=dict(keys))


def with_stone(state: EdgeState, stone: Tombstone) -> EdgeState:
    """What was purged, and that it was: also where it names nothing that could be."""
    is_whole = stone.path is None and is_release_id(stone.release_id)
    purged = tuple(sorted({*state.purged, stone.release_id})) if is_whole else state.purged
    return replace(state, tombstone_sequence=stone.sequence, purged=purged)


class StateFile:
    def __init__(self, folder: Path, files: Files) -> None:
        self._path = folder / "edge.json"
        self._files = files

    async def load(self) -> EdgeState:
        if await self._files.size(self._path) is None:
            return EdgeState()
        return from_json(await self._files.read(self._path), EdgeState, what="The edge's state file")

    async def save(self, state: EdgeState) -> None:
        await self._files.write(self._path, to_json(state), mode=0o600)
