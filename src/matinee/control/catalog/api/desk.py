"""The desk where titles are written: one sheet a title, who changed it, many at once, and files in and out."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from matinee.control.catalog.api import Artwork, ArtworkKind, TitleState, TitleType, Words
from matinee.kernel.errors import Conflict, Refusal
from matinee.kernel.ids import TitleId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, minutes, seconds

AliasKind = Literal["original", "reading", "transliteration", "working", "other"]
Role = Literal[
    "actor", "voice", "director", "writer", "creator", "producer", "composer", "cinematographer", "editor", "presenter"
]
Form = Literal["json", "csv"]
HOW = Literal["edited", "made", "imported", "in bulk", "scheduled"]

ALIAS_KINDS: tuple[AliasKind, ...] = get_args(AliasKind)
ROLES: tuple[Role, ...] = get_args(Role)
PERFORMERS: tuple[Role, ...] = ("actor", "voice")
FILE_MAX_BYTES = 1 << 30
"""Of what is taken in."""
"""Who is a title's cast; the others are its crew."""


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name by which people look for a title."""

    name: str
    kind: AliasKind = "other"
    language: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """What a person did for a title, in the order of the credits. An empty `person` is found by the name, or made."""

    name: str
    role: Role = "actor"
    character: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that people write of a title. This is what is edited, imported and exported."""

    type: TitleType = "movie"
    original_language: str = "en"
    words: Mapping[str, Words] = field(default_factory=dict)
    id: str = ""
    external_id: str = ""
    """The maker's own name for it."""
    series: str = ""
    """Of an episode: its series, by id or by the maker's name."""
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    rating: str = "NR"
    """What holds in countries whose board has not judged it."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """By rating system."""
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the desk has it. What came with a release can be described and put in order, and not taken away."""

    artwork: Artwork
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Filed:
    """A sheet with what the house knows of the title. `version` rises with every change."""

    sheet: Sheet
    version: int
    state: TitleState
    publish_at: Instant | None
    has_release: bool
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different. None leaves a thing as it is; `clear` names what is to be empty.

    Words are given by language and leave other languages alone; a name that is empty takes its language away.
    """

    original_language: str | None = None
    words: Mapping[str, Words] | None = None
    external_id: str | None = None
    series: str | None = None
    season: int | None = None
    episode: int | None = None
    type: TitleType | None = None
    year: int | None = None
    rating: str | None = None
    marks: Mapping[str, str] | None = None
    genres: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    aliases: tuple[Alias, ...] | None = None
    credits: tuple[Credit, ...] | None = None
    clear: tuple[Literal["year", "external_id"], ...] = ()


@dataclass(frozen=True, slots=True)
class ManyChange:
    """What is to be different on many sheets at once."""

    add_genres: tuple[str, ...] = ()
    remove_genres: tuple[str, ...] = ()
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    """Added to those there are; an empty mark takes its system's away."""
    rating: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which titles. All that is said must hold; `text` is part of a name in any language, or the maker's name."""

    ids: tuple[TitleId, ...] | None = None
    text: str = ""
    type: TitleType | None = None
    state: TitleState | None = None
    genre: str = ""
    tag: str = ""
    series: TitleId | None = None


@dataclass(frozen=True, slots=True)
class FiledPage:
    sheets: tuple[Filed, ...]
    total: int
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that keeps a sheet from being kept: where, what, and what to do."""

    field: str
    what: str
    todo: str


@dataclass(frozen=True, slots=True)
class RowFlaw:
    line: int
    """In a CSV file, where the row begins; in JSON, which title of the file."""
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file, or would become of it."""

    rows: int
    made: int
    changed: int
    same: int
    refused: int
    flaws: tuple[RowFlaw, ...]
    """The first so many; `refused` counts all rows that have any."""
    written: bool
    """False after a dry run, and where one row was wrong and all or nothing was asked for."""


@dataclass(frozen=True, slots=True)
class Exported:
    text: str
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BulkChanged:
    """One title of a bulk edit: the fields that change, before and after."""

    id: TitleId
    name: str
    fields: Mapping[str, tuple[str, str]]
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkReport:
    selected: int
    changed: int
    refused: int
    shown: tuple[BulkChanged, ...]
    """The first so many of those that change or are refused."""
    written: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of a title's own history."""

    version: int
    at: Instant
    by: str
    how: str
    fields: tuple[str, ...]
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewPicture:
    kind: ArtworkKind
    data: bytes
    shows: str = ""
    language: str = ""
    subjects: tuple[str, ...] = ()
    focus: tuple[float, float] | None = None


class SheetRefused(Refusal):
    """The sheet has flaws: `flaws` names each, with what to do."""

    status = 422


class EditedMeanwhile(Conflict):
    """Somebody else has changed the title since it was read."""

    status = 412


class FileRefused(Refusal):
    """The file as a whole cannot be read, or is too large."""

    status = 422


class Desk(Protocol):
    @call(idempotent=True, timeout=seconds(5))
    async def page(self, chosen: Selection, *, limit: int = 50, cursor: str | None = None) -> FiledPage:
        """Titles without trailers and previews, newest first; of a series, its episodes in order."""
        ...

    @call(idempotent=True)
    async def sheet(self, title_id: TitleId) -> Filed:
        """Raises `TitleNotFound`."""
        ...

    @call(timeout=seconds(5))
    async def make(self, sheet: Sheet, *, by: str) -> Filed:
        """Raises `SheetRefused`, also where the maker's name is taken."""
        ...

    @call(timeout=seconds(5))
    async def edit(self, title_id: TitleId, change: Change, *, version: int, by: str) -> Filed:
        """Raises `EditedMeanwhile` where the title has another version by now, and `SheetRefused`."""
        ...

    @call(timeout=minutes(5), priority=Priority.BATCH)
    async def edit_many(self, chosen: Selection, change: ManyChange, *, by: str, dry_run: bool) -> BulkReport:
        """Those that would get a flaw stay as they are. Written in bounded batches, each whole or not at all."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def edits(self, title_id: TitleId, *, limit: int = 100) -> Sequence[Edit]:
        """Newest first. They outlive their title."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def schedule(self, title_id: TitleId, at: Instant | None, *, by: str) -> Filed:
        """Publish it then, or as soon after as it is placed. None: not by itself."""
        ...

    @call(idempotent=True, timeout=minutes(1))
    async def publish_due(self) -> Sequence[TitleId]:
        """Publish what was scheduled for now or before."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def picture(self, title_id: TitleId, name: str) -> bytes:
        """One of its pictures, whoever may see the title: for operators."""
        ...

    @call(timeout=seconds(10))
    async def add_picture(self, title_id: TitleId, picture: NewPicture, *, by: str) -> Filed: ...

    @call(idempotent=True, timeout=seconds(5))
    async def arrange_pictures(self, title_id: TitleId, pictures: Sequence[Artwork], *, by: str) -> Filed:
        """These, in this order, with what is said of them. One made by hand that is not named is taken away."""
        ...


class Exchange(Protocol):
    """Whole catalogs, in and out."""

    @call(timeout=minutes(60), priority=Priority.BATCH)
    async def take_in(
        self, file: AsyncIterator[bytes], form: Form, *, by: str, dry_run: bool, valid_only: bool
    ) -> Report:
        """Raises `FileRefused`. Repeating it changes nothing: rows find their titles by id or by the maker's name."""
        ...

    @call(idempotent=True, timeout=seconds(10), priority=Priority.BATCH)
    async def give_out(self, form: Form, *, cursor: str | None = None) -> Exported:
        """Every title but trailers and previews, series before their episodes, a piece at a time: together they are a file."""
        ...
