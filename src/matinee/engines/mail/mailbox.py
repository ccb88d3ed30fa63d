"""Mail that goes no further than this machine: one file a letter, for the operator to read on a page.

Letters hold sign-in links, so only the owner of the process may read them.
"""

import hashlib
from pathlib import Path

from matinee.engines.mail.port import Letter
from matinee.kernel.files import Files
from matinee.wire.encoding import from_json, to_json


class MailboxMail:
    """Implements `Mail` and `Mailbox`."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files

    async def send(self, letter: Letter) -> None:
        # The name is the id's hash: an id may hold anything, and the same id must find the same file.
        path = self._folder / f"{hashlib.sha256(letter.id.encode()).hexdigest()}.json"
        if await self._files.size(path) is None:
            await self._files.write(path, to_json(letter), mode=0o600)

    async def letters(self, *, to: str | None = None, limit: int = 50) -> list[Letter]:
        found = [
            from_json(await self._files.read(path), Letter, what=f"The letter {path.name}")
            for path in await self._files.below(self._folder)
            if path.suffix == ".json"
        ]
        wanted = [letter for letter in found if to is None or letter.to == to]
        return sorted(wanted, key=lambda letter: (letter.at, letter.id), reverse=True)[:limit]
