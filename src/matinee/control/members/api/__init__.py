"""The inside door of members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.errors import Conflict, NotAllowed, NotFound, NotSignedIn, Refusal, Unavailable
from matinee.kernel.ids import AccountId, ProfileId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds

PROFILES_MAX = 5
SIGN_IN_DAYS = 60
ADULT, KID = 18, 7
"""The ratings that a profile has unless it chooses another; a kids' profile can choose none above its own."""
AVATAR = "lantern"
"""One of the client's faces; it gives any other name one of them by chance."""
OPERATOR = "operator"
IDLE_DAYS = 30
"""A device that shows itself no more for so long is signed out; this machine's own commands are not."""
PASSWORD_TIME = seconds(10)
"""For calls that look at a password: they may wait for others that do."""
OWN_COMMANDS = "this machine's commands"
"""The device name of the sign-in that `matinee publish` uses: its token lies in a file, not in a head."""


@dataclass(frozen=True, slots=True)
class Account:
    id: AccountId
    email: str
    country: str
    roles: tuple[str, ...]
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Profile:
    id: ProfileId
    account_id: AccountId
    name: str
    avatar: str
    language: str
    kids: bool
    maturity: int
    autoplay_next: bool = True
    """The next episode begins by itself."""
    autoplay_previews: bool = True
    locked: bool = False
    """It has a PIN."""
    main: bool = False
    """The first of the account: it stays."""


@dataclass(frozen=True, slots=True)
class NewProfile:
    name: str
    avatar: str = AVATAR
    language: str = "en"
    kids: bool = False
    maturity: int | None = None
    """An age that ratings have. None: as befits its kind."""
    autoplay_next: bool = True
    autoplay_previews: bool = True


@dataclass(frozen=True, slots=True)
class ChangedProfile:
    """What is None stays as it is, whatever else is changed meanwhile."""

    name: str | None = None
    avatar: str | None = None
    language: str | None = None
    kids: bool | None = None
    maturity: int | None = None
    autoplay_next: bool | None = None
    autoplay_previews: bool | None = None
    seen: tuple[bool, int] | None = None
    """Kids and rating as they were when this change of them was allowed."""

    def onto(self, now: Profile) -> NewProfile:
        """A profile that becomes a kids' one, or ceases to be one, has the rating of its new kind unless it names one."""
        is_other_kind = self.kids not in (None, now.kids)
        return NewProfile(
            self.name if self.name is not None else now.name,
            self.avatar or now.avatar or AVATAR,
            self.language or now.language,
            self.kids if self.kids is not None else now.kids,
            self.maturity if self.maturity is not None or is_other_kind else now.maturity,
            self.autoplay_next if self.autoplay_next is not None else now.autoplay_next,
            self.autoplay_previews if self.autoplay_previews is not None else now.autoplay_previews,
        )


@dataclass(frozen=True, slots=True)
class SignIn:
    """A device that is signed in. `id` names it; it is not the token."""

    id: str
    account_id: AccountId
    device: str
    created_at: Instant
    last_seen_at: Instant
    proved_at: Instant
    """When someone last proved here to be the account's owner."""
    methods: tuple[str, ...] = ()
    """By what (`api.proofs.Method`)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The token is shown once, here; only its hash is kept."""

    token: str
    account: Account
    expires_at: Instant
    mark: str = ""
    """For a device that was not known: what it shows from now on to be. It signs nobody in."""

    def __repr__(self) -> str:
        return f"SignedIn(token=[redacted], account={self.account!r})"


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password was right, and one of `methods` has to follow. Whoever holds the token may show it, for minutes, once."""

    token: str
    methods: tuple[str, ...]
    expires_at: Instant

    def __repr__(self) -> str:
        return f"SecondStep(token=[redacted], methods={self.methods!r})"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What a right password opens: a sign-in, or, where a second factor is set up, the way to it."""

    signed_in: SignedIn | None
    second_step: SecondStep | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a sign-in token speaks for, with the profile it chose (or none)."""

    account: Account
    sign_in: SignIn
    profile: Profile | None
    kids: bool = False
    """A kids' profile, or nobody on a device that a kids' profile has not been left on."""


class WrongCredentials(NotSignedIn):
    """The same sentence whether the address is unknown or the password wrong."""

    def __init__(self) -> None:
        super().__init__("That e-mail address and password do not go together.")


class TooManyAttempts(Refusal):
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {seconds} seconds.", retry_after_s=seconds)


class TooManySignIns(Unavailable):
    """Looking at a password costs memory and time on purpose, so only a few are looked at together."""

    def __init__(self) -> None:
        super().__init__("Many people are signing in at this moment. Try again in a few seconds.", retry_after_s=3)


class EmailTaken(Conflict):
    """There is an account of that address already."""


class ProfileNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such profile on this account.")


class TooManyProfiles(Refusal):
    status = 409

    def __init__(self) -> None:
        super().__init__(f"An account has at most {PROFILES_MAX} profiles. Remove one first.", allowed=PROFILES_MAX)


class MainProfile(Conflict):
    def __init__(self) -> None:
        super().__init__("This is the account's main profile. It stays as long as the account does.")


class ProfileLocked(NotAllowed):
    """`profile_ids`: the PIN of any of these lets this device in."""

    def __init__(self, profile_ids: Sequence[ProfileId]) -> None:
        super().__init__("A PIN is needed to watch as this profile from here.", profile_ids=list(profile_ids))


class NotForKids(NotAllowed):
    def __init__(self) -> None:
        super().__init__("This is the account's, and a kids' profile is in use. Choose a grown-up's profile first.")


class Members(Protocol):
    @call(timeout=PASSWORD_TIME)
    async def create(self, email: str, password: str, *, country: str, roles: Sequence[str] = ()) -> Account:
        """Whose address was looked at already. An empty password is none: such an account is proved in other ways."""
        ...

    @call(idempotent=True)
    async def account(self, account_id: AccountId) -> Account: ...

    @call(idempotent=True)
    async def find(self, email: str) -> Account | None: ...

    @call(timeout=PASSWORD_TIME)
    async def set_password(self, account_id: AccountId, password: str) -> None:
        """Change it and sign every device out, but for this machine's own commands."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def sign_in(self, email: str, password: str, *, device: str, address: str, known: str = "") -> FirstStep:
        """`known`: the mark this device was given when it signed in before; nobody's guesses elsewhere slow it."""
        ...

    async def open_session(
        self, account_id: AccountId, *, device: str, methods: Sequence[str] = ("command",), known: str = ""
    ) -> SignedIn:
        """Sign a device in that was proved by `methods`: whoever asks has looked at them. A second factor is not asked for;
        for this machine's own commands there is nobody to ask."""
        ...

    async def renew_session(self, account_id: AccountId, sign_in_id: str, *, methods: Sequence[str]) -> SignedIn:
        """The same device under a new token, as one proved just now. The old token is nobody's. Raises `NotSignedIn`."""
        ...

    @call(idempotent=True)
    async def grant_role(self, account_id: AccountId, role: str) -> None: ...

    @call(idempotent=True)
    async def first_with_role(self, role: str) -> AccountId:
        """The oldest account of that role. Raises `NotFound`."""
        ...

    async def sign_out(self, account_id: AccountId, sign_in_id: str) -> None: ...

    @call(idempotent=True)
    async def sign_ins(self, account_id: AccountId) -> Sequence[SignIn]: ...

    @call(idempotent=True)
    async def identify(self, token: str, profile_id: str | None) -> Identity:
        """Raises `NotSignedIn`; a profile of another account is `ProfileNotFound`, one that needs a PIN which this device
        has not given `ProfileLocked`. From here on the device is in this profile."""
        ...

    @call(idempotent=True)
    async def profiles(self, account_id: AccountId) -> Sequence[Profile]: ...

    @call(idempotent=True)
    async def profile(self, account_id: AccountId, profile_id: ProfileId) -> Profile: ...

    async def add_profile(self, account_id: AccountId, new: NewProfile) -> Profile: ...

    async def change_profile(self, account_id: AccountId, profile_id: ProfileId, change: ChangedProfile) -> Profile: ...

    async def remove_profile(self, account_id: AccountId, profile_id: ProfileId) -> None: ...

    @call(idempotent=True)
    async def watchlist(self, profile_id: ProfileId) -> Sequence[TitleId]:
        """Newest first. As it was kept: whoever shows it filters by `catalog.visible`."""
        ...

    async def list_title(self, profile_id: ProfileId, title_id: TitleId) -> None: ...

    async def unlist_title(self, profile_id: ProfileId, title_id: TitleId) -> None: ...
