"""The inside door of members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.errors import Conflict, NotFound, NotSignedIn, Refusal, Unavailable
from matinee.kernel.ids import AccountId, ProfileId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds

PROFILES_MAX = 5
SIGN_IN_DAYS = 60
ADULT, KID = 18, 7
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


@dataclass(frozen=True, slots=True)
class NewProfile:
    name: str
    avatar: str = AVATAR
    language: str = "en"
    kids: bool = False


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
        """Raises `NotSignedIn`; a profile of another account is `ProfileNotFound`."""
        ...

    @call(idempotent=True)
    async def profiles(self, account_id: AccountId) -> Sequence[Profile]: ...

    @call(idempotent=True)
    async def profile(self, account_id: AccountId, profile_id: ProfileId) -> Profile: ...

    async def add_profile(self, account_id: AccountId, new: NewProfile) -> Profile: ...

    async def change_profile(self, account_id: AccountId, profile_id: ProfileId, new: NewProfile) -> Profile: ...

    async def remove_profile(self, account_id: AccountId, profile_id: ProfileId) -> None: ...

    @call(idempotent=True)
    async def watchlist(self, profile_id: ProfileId) -> Sequence[TitleId]:
        """Newest first. As it was kept: whoever shows it filters by `catalog.visible`."""
        ...

    async def list_title(self, profile_id: ProfileId, title_id: TitleId) -> None: ...

    async def unlist_title(self, profile_id: ProfileId, title_id: TitleId) -> None: ...
