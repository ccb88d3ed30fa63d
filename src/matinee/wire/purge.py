"""Purge: numbered tombstones, signed. An edge believes the signature, denies first, deletes after, and acknowledges by number.

Ticket keys would not do for signing: every appliance holds them, and one that was broken into could have the films of all
others deleted. Ed25519: the control plane alone can sign, whoever has the public key can check.
"""

from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from matinee.wire.encoding import b64url, from_b64url, to_json

KEY_BYTES = 32
_PURPOSE, _VOUCHED = b"matinee-tombstone-v1\n", b"matinee-release-v1\n"


@dataclass(frozen=True, slots=True)
class Tombstone:
    sequence: int
    release_id: str
    reason: str
    path: str | None = None
    """One file below the release; None is all of it."""
    after: int = 0
    """The number before it: between the two there is none, so none can be kept from an edge unnoticed."""
    refetch: bool = False
    """Only this copy of the file is bad: throw it away, and fetch it anew."""
    appliance: str = ""
    """Whose copy; empty: everybody's."""
    signature: str = ""
    """Base64url of Ed25519 over all of the above. Empty: nobody has to believe it."""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """What comes after the number the appliance last acknowledged, in order."""

    stones: tuple[Tombstone, ...]
    version: int = 1


@dataclass(frozen=True, slots=True)
class TombstonesAsked:
    """Held open until there is news: an edge acknowledges by what it asks for."""

    appliance_id: str
    tombstone_sequence: int
    """The last purge it has carried out."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class PurgeNews:
    tombstones: Tombstones
    purge_key: str
    """The public key, base64url: the first one an edge hears is the one it believes from then on."""
    again_after_s: float = 0.0
    """How long not to ask again: there is no room for one more who waits, or the service ends."""
    version: int = 1


class PurgeKey:
    """The control plane's own. Never leaves it."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise ValueError(f"a purge key has {KEY_BYTES} bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = b64url(self._key.public_key().public_bytes_raw())

    def sign(self, stone: Tombstone) -> Tombstone:
        return replace(stone, signature=b64url(self.signature(_signed_part(stone))))

    def signature(self, message: bytes) -> bytes:
        """Over what begins with its own purpose, so that nothing signed for one is good for another."""
        return self._key.sign(message)

    def vouch(self, release_id: str, manifest_sha256: str) -> str:
        """That this release has the `release.json` of this hash, and with it the hash of everything else."""
        return b64url(self._key.sign(_vouched_part(release_id, manifest_sha256)))

    def __repr__(self) -> str:
        return "PurgeKey([redacted])"


def is_public_key(text: str) -> bool:
    try:
        return len(from_b64url(text)) == KEY_BYTES
    except ValueError:
        return False


def is_signed_by(stone: Tombstone, public_key: str) -> bool:
    return _is_right(stone.signature, _signed_part(stone), public_key)


def is_vouched_by(signature: str, public_key: str, *, release_id: str, manifest_sha256: str) -> bool:
    return _is_right(signature, _vouched_part(release_id, manifest_sha256), public_key)


def _is_right(signature: str, part: bytes, public_key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(from_b64url(public_key)).verify(from_b64url(signature), part)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_part(stone: Tombstone) -> bytes:
    return _PURPOSE + to_json(replace(stone, signature=""))


def _vouched_part(release_id: str, manifest_sha256: str) -> bytes:
    return _VOUCHED + to_json([release_id, manifest_sha256])
