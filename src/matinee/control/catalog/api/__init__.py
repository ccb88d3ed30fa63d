"""The inside door of catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from matinee.kernel.errors import MatineeError, NotFound, Refusal
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.callers import Caller
from matinee.wire.events import Envelope
from matinee.wire.releases import Marker, Release

TitleType = Literal["movie", "series", "documentary", "special", "episode", "trailer", "preview"]
"""An episode, a trailer and a preview belong to another title: they are nobody's entry, and are seen with it."""
TitleState = Literal["preparing", "available", "withdrawn"]
ArtworkKind = Literal["poster", "backdrop", "still", "logo"]

EVERYWHERE = "*"
"""The country of a window that holds in all countries."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """All that visibility depends on. Built from the caller ticket."""

    country: str
    maturity: int
    plan_rank: int
    language: str = "en"
    suspicion: str = ""
    """Why the country of this connection is not believed; said to whoever is refused for it."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, not including, `end`, in `country`, for plans of at least `plan_rank`.

    Either bound may be a local day instead: then it is the moment at which that day begins in each country.
    """

    country: str = EVERYWHERE
    start: Instant | None = None
    end: Instant | None = None
    plan_rank: int = 0
    offline: bool = True
    start_on: date | None = None
    end_on: date | None = None
    zone: str | None = None
    """Whose midnight is meant, where it is not that of the country's own zone."""
    license: str | None = None
    """The contract that grants it."""


def viewer_of(caller: Caller) -> Viewer:
    return Viewer(caller.country, caller.maturity, caller.plan_rank, caller.language, caller.suspicion)


@dataclass(frozen=True, slots=True)
class Rights:
    """What visibility needs to know of a title."""

    title_id: TitleId
    state: TitleState | Literal["unknown"]
    maturity: int
    windows: tuple[Window, ...]
    belongs_to: "Rights | None" = None
    """Of a trailer or a preview: those of its title, which decide for it. Of a title that is gone they are unknown."""
    is_episode: bool = False
    """Those of its series decide, and its own as well."""
    ages: Mapping[str, int] = field(default_factory=dict)
    """By country, where its board has judged the title: that decides there, and `maturity` elsewhere."""

    def age_in(self, country: str) -> int:
        return self.ages.get(country, self.maturity)


@dataclass(frozen=True, slots=True)
class Words:
    """A title in one language."""

    name: str
    synopsis: str = ""


@dataclass(frozen=True, slots=True)
class Artwork:
    kind: ArtworkKind
    key: str
    """In the blobs store."""
    shows: str = ""
    language: str = ""
    """Of the words in the picture. Empty: it has none, and is for everybody."""
    subjects: tuple[str, ...] = ()
    """What it shows, for whoever chooses among pictures: a person, a mood, a place."""
    focus: tuple[float, float] | None = None
    """The point to keep when it is cropped: parts of its width from the left, and of its height from the top."""


@dataclass(frozen=True, slots=True)
class NewTitle:
    type: TitleType
    words: Mapping[str, Words]
    """By language; the first is the original."""
    year: int | None = None
    rating: str = "NR"
    genres: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    publish_when_placed: bool = True
    external_id: str | None = None
    """The maker's own name for it: the same one finds the same title again."""
    belongs_to: TitleId | None = None
    """The title that this is a trailer, a preview or an episode of."""
    season: int | None = None
    episode: int | None = None
    """Of an episode: which it is in its season."""


@dataclass(frozen=True, slots=True)
class Title:
    id: TitleId
    type: TitleType
    words: Mapping[str, Words]
    original_language: str
    year: int | None
    rating: str
    maturity: int
    genres: tuple[str, ...]
    cast: tuple[str, ...]
    state: TitleState
    current_release: ReleaseId | None
    duration_ms: int | None
    artwork: tuple[Artwork, ...]
    windows: tuple[Window, ...]
    created_at: Instant
    belongs_to: Rights | None = None
    """Of a trailer, a preview or an episode: the rights of its title."""
    season: int | None = None
    episode: int | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    """By rating system: what its board gave the title."""
    ages: Mapping[str, int] = field(default_factory=dict)
    """By country, what follows from the marks. Elsewhere `maturity` holds."""
    tags: tuple[str, ...] = ()

    def age_in(self, country: str) -> int:
        return self.ages.get(country, self.maturity)

    def in_language(self, language: str) -> Words:
        """The words in this language, else in its base language, else in the original."""
        for wanted in (language, language.split("-")[0], self.original_language):
            if wanted in self.words:
                return self.words[wanted]
        return next(iter(self.words.values()))

    def picture(self, kind: ArtworkKind, language: str = "") -> str | None:
        """The address of the first picture of this kind with words in this language, else without any, else of any."""
        these = [a for a in self.artwork if a.kind == kind]
        spoken = (language.split("-")[0], "")
        best = min(these, key=lambda a: spoken.index(a.language) if a.language in spoken else 2, default=None)
        name = None if best is None else best.key.rsplit("/", 1)[-1]
        return None if name is None else f"/api/v1/artwork/{self.id}/{name}"


@dataclass(frozen=True, slots=True)
class Card:
    """A title as rows and lists show it."""

    id: str
    name: str
    type: str
    year: int | None
    rating: str
    duration_s: int | None
    synopsis: str
    genres: tuple[str, ...]
    poster_url: str | None
    backdrop_url: str | None
    artwork_url: str | None
    progress: float | None = None


def card(title: Title, language: str, progress: float | None = None) -> Card:
    words = title.in_language(language)
    return Card(
        id=title.id,
        name=words.name,
        type=title.type,
        year=title.year,
        rating=title.rating,
        # Half a second counts as one, as the player has it; `round` would go to the even one.
        duration_s=None if title.duration_ms is None else (title.duration_ms + 500) // 1000,
        synopsis=words.synopsis,
        genres=title.genres,
        poster_url=title.picture("poster", language),
        backdrop_url=title.picture("backdrop", language),
        artwork_url=title.picture("still", language) or title.picture("backdrop", language),
        progress=progress,
    )


@dataclass(frozen=True, slots=True)
class ReleaseNote:
    """A release as the operator's desk lists it."""

    release_id: ReleaseId
    profile: str
    created_at: Instant
    duration_ms: int
    size_bytes: int
    placed: bool
    edition: str = ""
    """Names the master with what came with it. Empty in releases from before: each is an edition of its own."""
    handed_in_at: Instant | None = None
    """When its edition was handed in last."""


@dataclass(frozen=True, slots=True)
class DeskTitle:
    title: Title
    releases: tuple[ReleaseNote, ...]
    earlier_release: ReleaseId | None = None
    """Where a roll back leads."""


@dataclass(frozen=True, slots=True)
class Page:
    titles: tuple[Title, ...]
    next_cursor: str | None = None


class TitleNotFound(NotFound):
    """There is no such title, or this viewer may not see it: the two must look alike."""

    def __init__(self) -> None:
        super().__init__("There is no such title here.")


class NotShownHere(TitleNotFound):
    """The title is there, this viewer is old enough for it, and the rights say no: where, when, or with which plan."""

    def __init__(self, sentence: str, reason: str, **members: object) -> None:
        MatineeError.__init__(self, sentence, reason=reason, **members)


class ReleaseUnknown(MatineeError):
    """A release is named that catalog has no record of."""

    status = 404


class NotYetPlayable(Refusal):
    """The title is known, but nothing of it can be played now."""

    status = 409


class NothingToRollBack(Refusal):
    status = 409


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a title is visible, and if not, why and from when. The reason is for logs and desks, not for kids."""

    visible: bool
    reason: Literal["ok", "unknown", "withdrawn", "preparing", "maturity", "territory", "window", "plan"] = "ok"
    available_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class Playable:
    title: Title
    release: Release
    until: Instant | None = None
    """When the viewer's rights to it end, as far as that is known now."""


@dataclass(frozen=True, slots=True)
class Openings:
    """What rights say of all titles at once: the exceptions. A title that is in neither can be seen there now."""

    barred: tuple[TitleId, ...] = ()
    """Nothing of theirs is open."""
    opens: Mapping[TitleId, Instant] = field(default_factory=dict)
    """Those that open, or just have, and when: nothing was open right before."""


class Catalog(Protocol):
    @call(idempotent=True)
    async def visible(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> Mapping[TitleId, Verdict]:
        """The one policy. Every surface filters by it."""
        ...

    @call(idempotent=True)
    async def title(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Title:
        """Raises `TitleNotFound` for what this viewer may not see."""
        ...

    @call(idempotent=True)
    async def titles(self, viewer: Viewer, *, at: Instant, limit: int = 100, cursor: str | None = None) -> Page:
        """Visible titles, newest first."""
        ...

    @call(idempotent=True)
    async def several(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> Mapping[TitleId, Title]:
        """Those that are visible, and entries of their own: a trailer stands in no row and on no list."""
        ...

    @call(idempotent=True)
    async def belonging(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Sequence[Title]:
        """The trailers of a title, its preview and its episodes, those that this viewer may see, oldest first."""
        ...

    @call(idempotent=True)
    async def parts(self, title_id: TitleId) -> Sequence[TitleId]:
        """All that belongs to a title: for operators, no visibility applied. Of one that is unknown, nothing."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def preview(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Release | None:
        """Of a visible title, where it was cut from the master of the release that is current."""
        ...

    @call(idempotent=True)
    async def search(self, viewer: Viewer, text: str, *, at: Instant, limit: int = 20) -> Sequence[Title]: ...

    @call(idempotent=True)
    async def playable(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Playable:
        """A title this viewer may play now, and its current release. Of a series, the first such episode."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def release(self, release_id: ReleaseId) -> Release: ...

    @call(timeout=seconds(5))
    async def create(self, new: NewTitle) -> TitleId:
        """By `external_id` a known title keeps its id, releases and rights, and is called what is said now. Without one,
        each is a title of its own: so nobody asks again on its own account.
        """
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def describe(self, title_id: TitleId, new: NewTitle) -> None:
        """A known title is called what is said now; what else it has stays, its maker's own name for it too."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def add_artwork(self, title_id: TitleId, release_id: ReleaseId, artwork: Sequence[Artwork]) -> None:
        """The title's pictures are these from this release on; it need not be ready yet. Those of an earlier one come back
        with it."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def note_markers(self, title_id: TitleId, source_sha256: str, markers: Sequence[Marker]) -> None:
        """What the studio found in this master. `playable` shows it wherever the maker said nothing of that kind."""
        ...

    async def set_rights(self, title_id: TitleId, windows: Sequence[Window]) -> None:
        """Refused for what belongs to another title: that one's rights decide."""
        ...

    @call(idempotent=True, timeout=seconds(10))
    async def openings(self, countries: Sequence[str], *, since: Instant, at: Instant, until: Instant) -> Openings:
        """In these countries, in any where none are named, for any plan: what is barred from `at` until `until`, and what
        opens between `since` and `until`. For those who bring films near: no visibility applied."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def hand_in(self, title_id: TitleId, edition: str, releases: Sequence[ReleaseId]) -> None:
        """A person wants this edition to be the title's from now on; these releases were made of it before.

        What is placed of it is published at once, over whatever was chosen, and the rest as it is placed: unless the title
        is withdrawn, or waits for its operator.
        """
        ...

    async def publish(self, title_id: TitleId, release_id: ReleaseId | None = None) -> None:
        """Move the pointer to this release, which stays until one is placed of an edition that is handed in later.

        None: to the newest that is placed; of a withdrawn title, to the chosen one where a choice still holds.
        """
        ...

    async def roll_back(self, title_id: TitleId) -> ReleaseId:
        """Move the pointer to the best placed release of the edition before the current one's. It stays, as with `publish`."""
        ...

    async def withdraw(self, title_id: TitleId) -> None: ...

    @call(idempotent=True, timeout=seconds(5))
    async def remove(self, title_id: TitleId) -> None:
        """Forget a title for good, with its words, pictures, rights and releases, and with all that belongs to it.

        What is unknown is forgotten already.
        """
        ...

    @call(idempotent=True)
    async def desk(self) -> Sequence[DeskTitle]:
        """All titles with their releases: for operators, no visibility applied."""
        ...

    @call(idempotent=True)
    async def desk_title(self, title_id: TitleId) -> DeskTitle:
        """One of them. Raises `TitleNotFound`."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topics `releases` and `titles`. Repeating one changes nothing."""
        ...

    async def reindex(self) -> None:
        """Build the search index again from the tables: after a restore, which does not bring it."""
        ...

    @call(idempotent=True)
    async def artwork(self, viewer: Viewer, title_id: TitleId, name: str, *, at: Instant) -> bytes:
        """One picture of a visible title."""
        ...


class ReleaseShelf(Protocol):
    """Where catalog reads what the studio stored. `app` wires it to the blobs port."""

    async def release_json(self, release_id: ReleaseId) -> bytes: ...

    async def picture(self, key: str) -> bytes: ...
