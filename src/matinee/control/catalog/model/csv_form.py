"""Titles as rows of a table, for spreadsheets: read as they come, and written so that no cell is taken for a formula."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from matinee.control.catalog.api import Words
from matinee.control.catalog.api.desk import Alias, Credit, FileRefused, Flaw, Sheet
from matinee.control.catalog.model.changes import Row

_FIXED = (
    "id",
    "external_id",
    "type",
    "series",
    "season",
    "episode",
    "original_language",
    "year",
    "rating",
    "marks",
    "genres",
    "tags",
    "aliases",
    "credits",
)
_ROW_MAX = 256 << 10
"""Characters of one row. A quote that nobody closes must not swallow the file."""
_COLUMNS_MAX = 300
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_BOM = "\ufeff"

Read = tuple[int, Row | tuple[Flaw, ...]]
"""Where it begins, and a row, or why it is none."""


def header(languages: Iterable[str]) -> str:
    named = [f"{part}:{language}" for language in sorted(languages) for part in ("name", "synopsis")]
    return _line([*_FIXED, *named])


def written(sheet: Sheet, languages: Iterable[str]) -> str:
    none = Words("")
    words = [getattr(sheet.words.get(each, none), part) for each in sorted(languages) for part in ("name", "synopsis")]
    cells = [
        sheet.id,
        sheet.external_id,
        sheet.type,
        sheet.series,
        _number(sheet.season),
        _number(sheet.episode),
        sheet.original_language,
        _number(sheet.year),
        sheet.rating,
        _joined((system, mark) for system, mark in sorted(sheet.marks.items())),
        _joined((genre,) for genre in sheet.genres),
        _joined((tag,) for tag in sheet.tags),
        _joined((a.kind, a.language, a.name) for a in sheet.aliases),
        _joined((c.role, c.name, c.character, c.person) for c in sheet.credits),
    ]
    return _line([_guarded(cell) for cell in (*cells, *words)])


class CsvReader:
    """Takes a file piece by piece and gives its rows; the first line says what the columns are."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self._line = 1
        self._columns: Sequence[str] | None = None

    def feed(self, piece: bytes, *, is_last: bool = False) -> list[Read]:
        try:
            text = self._decoder.decode(piece, final=is_last)
        except UnicodeDecodeError:
            raise FileRefused(f"The file is not UTF-8 near line {self._line}. Save it as 'CSV UTF-8'.") from None
        found = [read for record in self._records(text, is_last=is_last) if (read := self._read(*record)) is not None]
        if is_last and self._columns is None:
            raise FileRefused("The file is empty. Its first line names the columns; an export shows how.")
        return found

    def _records(self, text: str, *, is_last: bool) -> list[tuple[int, str]]:
        """Rows end where a line ends outside of quotes."""
        lines = (self._rest + text).split("\n")
        found: list[tuple[int, str]] = []
        begun: list[str] = []
        quotes = size = 0
        for line in lines[:-1]:
            begun.append(line)
            quotes += line.count('"')
            size += len(line) + 1
            if quotes % 2 == 0 or size > _ROW_MAX:
                self._expect_small(size)
                found.append((self._line, "\n".join(begun)))
                self._line += len(begun)
                begun, quotes, size = [], 0, 0
        self._rest = "\n".join([*begun, lines[-1]])
        self._expect_small(len(self._rest))
        if is_last and self._rest:
            found.append((self._line, self._rest))
            self._rest = ""
        return found

    def _expect_small(self, size: int) -> None:
        if size > _ROW_MAX:
            raise FileRefused(
                f"The row that begins in line {self._line} is longer than {_ROW_MAX} characters. Is a quote left open?"
            )

    def _read(self, line: int, record: str) -> Read | None:
        try:
            (cells,) = list(csv.reader(io.StringIO(record, newline=""), strict=True)) or [[]]
        except (csv.Error, ValueError):
            return line, (Flaw("row", "Its quotes do not match.", "Put a cell with quotes or line ends into quotes."),)
        if self._columns is None:
            self._columns = _columns([cell.strip().removeprefix(_BOM).strip() for cell in cells])
            return None
        if not any(cell.strip() for cell in cells):
            return None
        if len(cells) != len(self._columns):
            what = f"It has {len(cells)} cells, and the first line names {len(self._columns)} columns."
            return line, (Flaw("row", what, "Give it as many."),)
        return line, _row(dict(zip(self._columns, map(_unguarded, cells), strict=True)))


def _columns(names: Sequence[str]) -> Sequence[str]:
    if len(names) > _COLUMNS_MAX:
        raise FileRefused(f"The file has {len(names)} columns; {_COLUMNS_MAX} are the most.")
    for name in names:
        part, colon, language = name.partition(":")
        if name not in _FIXED and not (part in ("name", "synopsis") and colon and language):
            raise FileRefused(
                f"The column {name[:60]!r} means nothing here. There are {', '.join(_FIXED)}, name:en, synopsis:en."
            )
    if len(set(names)) != len(names):
        raise FileRefused("A column is named twice.")
    return names


def _row(cells: Mapping[str, str]) -> Row | tuple[Flaw, ...]:
    flaws: list[Flaw] = []
    values: dict[str, object] = {}
    languages: dict[str, list[str]] = {}
    for name, text in cells.items():
        part, _, language = name.partition(":")
        if language:
            languages.setdefault(language, ["", ""])[part == "synopsis"] = text
            continue
        try:
            values[name] = _READ.get(name, str.strip)(text)
        except ValueError as error:
            flaws.append(Flaw(name, str(error), "An export shows how it is written."))
    if flaws:
        return tuple(flaws)
    if languages:
        values["words"] = {code: Words(name, more) for code, (name, more) in languages.items() if name or more}
    if not values.get("original_language"):
        values.pop("original_language", None)
    if not values.get("type", "movie"):
        values.pop("type")
    sheet = Sheet(**values)  # type: ignore[arg-type]  # each was read by the reader of its column
    return Row(sheet, frozenset(values), frozenset(languages))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _read_number(text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise ValueError(f"{plain[:20]!r} is not a whole number.")
    return int(plain)


def _read_marks(text: str) -> dict[str, str]:
    return dict(_split(text, 2, 2))


def _read_aliases(text: str) -> tuple[Alias, ...]:
    return tuple(Alias(name, kind, language) for kind, language, name in _split(text, 3, 3))  # type: ignore[arg-type]  # checked with the sheet


def _read_credits(text: str) -> tuple[Credit, ...]:
    return tuple(Credit(c[1], c[0], c[2], c[3]) for c in _split(text, 2, 4))  # type: ignore[arg-type]  # checked with the sheet


_READ: Mapping[str, Callable[[str], object]] = {
    "season": _read_number,
    "episode": _read_number,
    "year": _read_number,
    "marks": _read_marks,
    "genres": lambda text: tuple(genre for (genre,) in _split(text, 1, 1)),
    "tags": lambda text: tuple(tag for (tag,) in _split(text, 1, 1)),
    "aliases": _read_aliases,
    "credits": _read_credits,
}


def _joined(items: Iterable[Sequence[str]]) -> str:
    """`actor:Mara Quill:The keeper|director:Ben Example`. A backslash before one of the three makes it an ordinary letter."""
    return "|".join(":".join(map(_escaped, _without_ending(item))) for item in items)


def _without_ending(item: Sequence[str]) -> Sequence[str]:
    """Empty parts at the end say nothing."""
    filled = max((n for n, part in enumerate(item, 1) if part), default=0)
    return item[:filled]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace(":", "\\:")


def _split(text: str, least: int, most: int) -> list[list[str]]:
    items: list[list[str]] = [[""]]
    letters = iter(text)
    for letter in letters:
        if letter == "\\":
            items[-1][-1] += next(letters, "")
        elif letter == "|":
            items.append([""])
        elif letter == ":":
            items[-1].append("")
        else:
            items[-1][-1] += letter
    found = [[part.strip() for part in item] for item in items if any(part.strip() for part in item)]
    for item in found:
        if not least <= len(item) <= most:
            raise ValueError(f"{':'.join(item)[:60]!r} has {len(item)} parts.")
    return [[*item, *[""] * (most - len(item))] for item in found]


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
