"""The service's own secrets: made at the first start, kept in files that only their owner reads."""

from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.kernel.errors import MatineeError
from matinee.wire.encoding import b64url, from_b64url, from_json, to_json
from matinee.wire.purge import KEY_BYTES, PurgeKey
from matinee.wire.tickets import KeyRing

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Stored:
    current: str
    keys: dict[str, str]


@dataclass(frozen=True, slots=True)
class Secrets:
    control_ring: KeyRing
    """Signs callers, play and license tokens; never leaves the control plane."""
    edge_ring: KeyRing
    """Signs edge tickets; appliances know it, so it signs nothing else."""
    agent_token: str
    """What an appliance shows to steering."""
    purge_key: PurgeKey
    """Signs tombstones; appliances know its public half, `purge.pub`."""

    def __repr__(self) -> str:
        return "Secrets([redacted])"


class SecretsExposed(MatineeError):
    """Others on this machine can read the secrets."""


async def open_secrets(folder: Path, doors: Doors) -> Secrets:
    return Secrets(
        await _ring(folder / "control-ring.json", doors),
        await _ring(folder / "edge-ring.json", doors),
        await secret_text(folder / "agent.token", doors),
        await _purge_key(folder, doors),
    )


async def secret_text(path: Path, doors: Doors) -> str:
    """The secret in this file, made if there is none."""
    if await doors.files.size(path) is None:
        await doors.files.write(path, doors.ids.secret().encode(), mode=0o600)
    return (await _read(path, doors)).decode()


async def _ring(path: Path, doors: Doors) -> KeyRing:
    if await doors.files.size(path) is None:
        kid = doors.ids.secret(6)
        fresh = _Stored(kid, {kid: b64url(doors.chance.bytes(_KEY_BYTES))})
        await doors.files.write(path, to_json(fresh), mode=0o600)
    stored = from_json(await _read(path, doors), _Stored, what=path.name)
    return KeyRing(stored.current, {kid: from_b64url(key) for kid, key in stored.keys.items()})


async def _purge_key(folder: Path, doors: Doors) -> PurgeKey:
    path, public = folder / "purge.key", folder / "purge.pub"
    if await doors.files.size(path) is None:
        await doors.files.write(path, b64url(doors.chance.bytes(KEY_BYTES)).encode(), mode=0o600)
    key = PurgeKey(from_b64url((await _read(path, doors)).decode().strip()))
    if await doors.files.size(public) is None:
        await doors.files.write(public, key.public.encode())  # no secret: to be given to appliances elsewhere
    return key


async def _read(path: Path, doors: Doors) -> bytes:
    if await doors.files.mode(path) & 0o077:
        raise SecretsExposed(f"Others can read {path}. Run: chmod 600 {path}")
    return await doors.files.read(path)
