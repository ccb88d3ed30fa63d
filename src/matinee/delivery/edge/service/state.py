"""What an edge must know without asking anyone: ticket keys, what was purged, who was revoked. A small file, for its owner only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from matinee.delivery.edge.model.judging import is_whole, names_file
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
    purged_files: tuple[str, ...] = ()
    """Single files taken away for good, as `{release}/{path}`: no fill brings one back."""
    mending: tuple[str, ...] = ()
    """Single files thrown away and not fetched anew yet. Until they are, their releases are not held."""
    purge_key: str = ""
    """Whose tombstones are believed: the first key that steering named. Empty: it has named none yet."""
    revocation_sequence: int = 0
    revoked: dict[str, int] = field(default_factory=dict)
    """Sessions whose tickets are refused, and until when."""
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


def with_stones(state: EdgeState, stones: Sequence[Tombstone], *, mends: str | None) -> EdgeState:
    """What was purged, and that it was: also where it names nothing that could be. `mends`: the name of the appliance that
    fetches bad files anew; None: an origin, whose files are the studio's."""
    for stone in stones:
        state = replace(_with_stone(state, stone, mends), tombstone_sequence=stone.sequence)
    return state


def _with_stone(state: EdgeState, stone: Tombstone, mends: str | None) -> EdgeState:
    if is_whole(stone):
        mine = f"{stone.release_id}/"
        return replace(
            state,
            purged=tuple(sorted({*state.purged, stone.release_id})),
            purged_files=tuple(each for each in state.purged_files if not each.startswith(mine)),
            mending=tuple(each for each in state.mending if not each.startswith(mine)),
        )
    if not names_file(stone) or stone.release_id in state.purged:
        return state
    name = f"{stone.release_id}/{stone.path}"
    if not stone.refetch:
        mending = tuple(each for each in state.mending if each != name)
        return replace(state, purged_files=tuple(sorted({*state.purged_files, name})), mending=mending)
    if mends is None or stone.appliance not in ("", mends) or name in state.purged_files:
        return state
    return replace(state, mending=tuple(sorted({*state.mending, name})))


def without_mended(state: EdgeState, name: str) -> EdgeState:
    return replace(state, mending=tuple(each for each in state.mending if each != name))


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
