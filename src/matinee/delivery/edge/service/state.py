"""What an edge must know without asking anyone: ticket keys, what was purged, who was revoked. A small file, for its owner only."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from matinee.delivery.edge.model.contents import is_release_id
from matinee.delivery.edge.model.revoked import revoked_with
from matinee.kernel.files import Files
from matinee.wire.encoding import from_b64url, from_json, to_json
from matinee.wire.purge import Tombstone
from matinee.wire.revocations import Revocations


@dataclass(frozen=True, slots=True)
class EdgeState:
    keys: dict[str, str] = field(default_factory=dict)
    """Base64url by id."""
    tombstone_sequence: int = 0
    purged: tuple[str, ...] = ()
    """Whole releases taken away: a late fill order must not bring one back."""
    revocation_sequence: int = 0
    revoked: dict[str, int] = field(default_factory=dict)
    """Sessions whose tickets are refused, and until when."""
    boot: str = ""
    """The machine's life in which all that lies there was last known to be right."""
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


def with_revoked(state: EdgeState, news: Revocations, *, now: float) -> EdgeState:
    """The number is the last that was told, also where it is a smaller one: steering may have been restored."""
    return replace(
        state,
        revocation_sequence=news.entries[-1].sequence,
        revoked=revoked_with(state.revoked, news, now=now),
    )


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
