"""Titles as JSON: a list of objects, or one object after the other, read as they come."""

import re

from matinee.control.catalog.api.desk import FileRefused, Flaw, Sheet
from matinee.control.catalog.model.changes import Row
from matinee.control.catalog.model.csv_form import Read
from matinee.kernel.errors import InvalidInput
from matinee.wire.encoding import from_json, from_json_exactly

_OBJECT_MAX = 256 << 10
_BETWEEN = b" \t\r\n,[]"
_MEANING = re.compile(rb'[{}"\\]')


class JsonReader:
    """Takes a file piece by piece and gives its objects, counted from one."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._looked = 0
        self._depth = 0
        self._in_text = False
        self._count = 0
        self._is_begun = False

    def feed(self, piece: bytes, *, is_last: bool = False) -> list[Read]:
        if not self._is_begun:
            piece = piece.removeprefix(b"\xef\xbb\xbf")
            self._is_begun = bool(piece)
        self._rest += piece
        found: list[Read] = []
        while (end := self._end()) is not None:
            text = bytes(self._rest[:end])
            del self._rest[:end]
            self._looked = 0
            self._count += 1
            found.append((self._count, _row(text.lstrip(_BETWEEN))))
        if self._depth and len(self._rest) > _OBJECT_MAX:
            raise FileRefused(f"Title {self._count + 1} of the file is longer than {_OBJECT_MAX} bytes.")
        if is_last:
            self._expect_nothing(bytes(self._rest))
        return found

    def _end(self) -> int | None:
        """Behind the next whole object."""
        if not self._depth:
            start = self._rest.find(b"{")
            self._expect_nothing(bytes(self._rest if start < 0 else self._rest[:start]))
            if start < 0:
                self._rest.clear()
                self._looked = 0
                return None
            self._looked = max(self._looked, start)
        while (match := _MEANING.search(self._rest, self._looked)) is not None:
            mark, at = match.group(), match.end()
            if mark == b"\\":
                if at >= len(self._rest):
                    return None  # what it stands before has not come yet
                at += 1
            elif mark == b'"':
                self._in_text = not self._in_text
            elif not self._in_text:
                self._depth += 1 if mark == b"{" else -1
            self._looked = at
            if self._depth == 0 and not self._in_text:
                return at
        self._looked = len(self._rest)
        return None

    def _expect_nothing(self, between: bytes) -> None:
        if between.strip(_BETWEEN):
            raise FileRefused(
                f"The file is not a list of titles in JSON, or ends too early, near title {self._count + 1}. An export shows how."
            )


def _row(text: bytes) -> Row | tuple[Flaw, ...]:
    try:
        sheet = from_json_exactly(text, Sheet, what="The title")
        said = from_json(text, dict[str, object])
    except InvalidInput as error:
        return (Flaw("row", error.sentence[:300], "An export shows how it is written."),)
    return Row(sheet, frozenset(said))
