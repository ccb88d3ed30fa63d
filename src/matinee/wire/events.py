"""The event envelope and every event type. What would point upward between domains is one of these on the log."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json


class Event(Protocol):
    """An event's data: a frozen value that knows its topic, its type, and the key that orders it."""

    topic: ClassVar[str]
    type: ClassVar[str]

    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """Events of one key are delivered in order, at least once; `id` is what a consumer remembers to act once."""

    id: str
    topic: str
    type: str
    key: str
    at: Instant
    source: str
    data: bytes
    version: int = 1


E = TypeVar("E", bound=Event)


def seal(event: Event, *, ids: Ids, at: Instant, source: str) -> Envelope:
    return Envelope(ids.new(), event.topic, event.type, event.key, at, source, to_json(event))


def unseal(envelope: Envelope, kind: type[E]) -> E:
    if envelope.type != kind.type:
        raise ValueError(f"{envelope.type} is not {kind.type}")
    return from_json(envelope.data, kind, what=f"The event {envelope.type}")


@dataclass(frozen=True, slots=True)
class ReleaseReady:
    """Studio: an immutable version is complete, scored and stored. Starts fill."""

    topic: ClassVar[str] = "releases"
    type: ClassVar[str] = "release.ready"
    title_id: str
    release_id: str
    profile: str
    duration_ms: int
    size_bytes: int
    manifest_sha256: str
    """Hash of `release.json`."""
    edition: str = ""
    """Names the master with all that came with it: equal for the releases of one, in whatever profile. Empty in events from
    before there was such a name."""

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class ReleasePlaced:
    """Steering: enough appliances hold all of a release for it to be served."""

    topic: ClassVar[str] = "releases"
    type: ClassVar[str] = "release.placed"
    title_id: str
    release_id: str

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class ReleaseRemoved:
    """Studio: a release is gone for good, with its title. Who holds any of it deletes that."""

    topic: ClassVar[str] = "releases"
    type: ClassVar[str] = "release.removed"
    title_id: str
    release_id: str

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class ReleasePublished:
    """Catalog: the current pointer of a title moved. `release_id` None: withdrawn."""

    topic: ClassVar[str] = "titles"
    type: ClassVar[str] = "release.published"
    title_id: str
    release_id: str | None

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class TitleChanged:
    """Catalog: metadata, artwork, rights or visibility of a title changed; caches and indexes follow."""

    topic: ClassVar[str] = "titles"
    type: ClassVar[str] = "title.changed"
    title_id: str

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class TitleEdited:
    """Catalog: somebody changed what is written of a title. For whoever keeps a record of who did what."""

    topic: ClassVar[str] = "titles"
    type: ClassVar[str] = "title.edited"
    title_id: str
    by: str
    """The account."""
    how: str
    version: int
    fields: tuple[str, ...]
    before: dict[str, str]
    after: dict[str, str]
    """Of those fields, as texts; long ones are cut."""

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class TitleLeaving:
    """Catalog: a title can no longer be watched from `leaves_at` on. Told some days ahead, so that who listed it may still."""

    topic: ClassVar[str] = "titles"
    type: ClassVar[str] = "title.leaving"
    title_id: str
    leaves_at: Instant
    countries: tuple[str, ...] = ("*",)
    """`*`: all of them."""

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class RightsEnded:
    """Catalog: in these countries (`*`: everywhere) nobody may watch a title any more. Said once of each end."""

    topic: ClassVar[str] = "rights"
    type: ClassVar[str] = "rights.ended"
    title_id: str
    countries: tuple[str, ...]
    at: Instant
    reason: str = "window"
    """`window`: it came to its end; `changed`: somebody moved it; `withdrawn`: the title is out of every surface."""

    @property
    def key(self) -> str:
        return self.title_id


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    topic: ClassVar[str] = "viewing"
    type: ClassVar[str] = "playback.started"
    session_id: str
    account_id: str
    profile_id: str
    title_id: str
    release_id: str

    @property
    def key(self) -> str:
        return self.profile_id


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    topic: ClassVar[str] = "viewing"
    type: ClassVar[str] = "playback.ended"
    session_id: str
    account_id: str
    profile_id: str
    title_id: str
    reason: str

    @property
    def key(self) -> str:
        return self.profile_id


@dataclass(frozen=True, slots=True)
class ProfileRemoved:
    """Members: a profile is gone, and what others keep of it has to go, too."""

    topic: ClassVar[str] = "members"
    type: ClassVar[str] = "profile.removed"
    account_id: str
    profile_id: str

    @property
    def key(self) -> str:
        return self.profile_id


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Members: a device is signed out. What plays there ends."""

    topic: ClassVar[str] = "members"
    type: ClassVar[str] = "device.signed_out"
    account_id: str
    device_id: str
    """That of the sign-in, as caller tickets name it."""

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class SignedInAnew:
    """Members: a device that was not known signed in. The account's owner is told."""

    topic: ClassVar[str] = "members"
    type: ClassVar[str] = "device.signed_in"
    account_id: str
    device_id: str
    device: str
    """What it calls itself."""
    at: Instant

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class LetterDue:
    """Members, to itself: a letter is to be written. What it says is kept there, not here."""

    topic: ClassVar[str] = "members"
    type: ClassVar[str] = "letter.due"
    letter_id: str

    @property
    def key(self) -> str:
        return self.letter_id


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """Members: someone signed up and showed that the address is theirs. Billing begins the plan that was chosen."""

    topic: ClassVar[str] = "members"
    type: ClassVar[str] = "account.opened"
    account_id: str
    plan: str

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """Members: an account is gone for good, with these profiles. Who keeps anything of it deletes that, but for what the
    law wants kept."""

    topic: ClassVar[str] = "members"
    type: ClassVar[str] = "account.deleted"
    account_id: str
    profile_ids: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class BillingNotice:
    """Billing: something a member is to be told. `kind`: payment_failed, recovered, plan_ended, trial_ended."""

    topic: ClassVar[str] = "billing"
    type: ClassVar[str] = "billing.notice"
    account_id: str
    kind: str
    plan: str

    @property
    def key(self) -> str:
        return self.account_id


EVENTS: tuple[type[Event], ...] = (
    ReleaseReady,
    ReleaseRemoved,
    ReleasePlaced,
    ReleasePublished,
    TitleChanged,
    TitleEdited,
    TitleLeaving,
    RightsEnded,
    PlaybackStarted,
    PlaybackEnded,
    ProfileRemoved,
    SignedOut,
    BillingNotice,
    SignedInAnew,
    LetterDue,
    AccountOpened,
    AccountDeleted,
)
