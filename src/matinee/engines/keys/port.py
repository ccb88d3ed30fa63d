"""What drm may expect of a key wrapper: what it wrapped it unwraps, bound to a context, and never without it."""

from typing import Protocol

from matinee.kernel.errors import MatineeError


class UnwrapFailed(MatineeError):
    """The wrapped key is damaged, or was wrapped elsewhere or for something else."""


class Keys(Protocol):
    async def wrap(self, key: bytes, *, context: str) -> bytes:
        """Authenticated encryption under the current wrapping key; `context` must be given again to unwrap."""
        ...

    async def unwrap(self, wrapped: bytes, *, context: str) -> bytes: ...

    async def rotate(self) -> None:
        """New wraps use a new key; old ones still unwrap."""
        ...
