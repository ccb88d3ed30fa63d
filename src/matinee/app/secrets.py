"""The service's own secrets: made at the first start, kept in files that only their owner reads."""

from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.turning import KEY_BYTES, StoredRing, TurningRing, read_ring, read_secret
from matinee.wire.encoding import b64url, from_b64url, to_json
from matinee.wire.purge import PurgeKey
from matinee.wire.tickets import KeyRing


@dataclass(frozen=True, slots=True)
class Secrets:
    control_ring: KeyRing
    """Signs callers, play and license tokens; never leaves the control plane."""
    edge_ring: TurningRing
    """Signs edge tickets; appliances know it, so it signs nothing else."""
    agent_token: str
    """What an appliance shows to steering."""
    purge_key: PurgeKey
    """Signs tombstones; appliances know its public half, `purge.pub`."""

    def __repr__(self) -> str:
        return "Secrets([redacted])"


async def open_secrets(folder: Path, doors: Doors) -> Secrets:
    edge = folder / "edge-ring.json"
    return Secrets(
        (await _ring(folder / "control-ring.json", doors)).ring(),
        TurningRing(edge, doors, await _ring(edge, doors)),
        await secret_text(folder / "agent.token", doors),
        await _purge_key(folder, doors),
    )


async def secret_text(path: Path, doors: Doors) -> str:
    """The secret in this file, made if there is none."""
    if await doors.files.size(path) is None:
        await doors.files.write(path, doors.ids.secret().encode(), mode=0o600)
    return (await read_secret(path, doors.files)).decode()


async def _ring(path: Path, doors: Doors) -> StoredRing:
    if await doors.files.size(path) is None:
        kid = doors.ids.secret(6)
        fresh = StoredRing(kid, {kid: b64url(doors.chance.bytes(KEY_BYTES))}, {kid: doors.clock.now()})
        await doors.files.write(path, to_json(fresh), mode=0o600)
    return await read_ring(path, doors.files)


async def _purge_key(folder: Path, doors: Doors) -> PurgeKey:
    path, public = folder / "purge.key", folder / "purge.pub"
    if await doors.files.size(path) is None:
        await doors.files.write(path, b64url(doors.chance.bytes(KEY_BYTES)).encode(), mode=0o600)
    key = PurgeKey(from_b64url((await read_secret(path, doors.files)).decode().strip()))
    if await doors.files.size(public) is None:
        await doors.files.write(public, key.public.encode())  # no secret: to be given to appliances elsewhere
    return key
