"""The letters that members write: what they say, and whether one that cannot be sent is tried again."""

from textwrap import shorten

from matinee.engines.mail.port import Letter, Mail
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids
from matinee.resilience.fallback import or_else

_FACT_MAX = 60
"""Characters of what others named: room for a name, and none for a letter within the letter."""
_NOT_YOU = "If that was not you, change your password and sign every device out."
_SAID = {
    "totp-added": ("Two-step sign-in is on", "From now on a code of your authenticator is asked for. {not_you}"),
    "totp-removed": ("The authenticator was removed", "Codes of your authenticator are no longer asked for. {not_you}"),
    "passkey-added": ("A passkey was added", "A passkey can sign in to your account now. {not_you}"),
    "passkey-removed": ("A passkey was removed", "It no longer signs in to your account. {not_you}"),
    "codes-renewed": ("New recovery codes were made", "The recovery codes from before count no more. {not_you}"),
    "code-used": ("A recovery code was used", "A recovery code stood in for your second step, and is spent. {not_you}"),
    "oidc-added": ("Another way to sign in was added", "Your account can be opened from another service. {not_you}"),
    "oidc-removed": (
        "A way to sign in was removed",
        "Your account is no longer opened from another service. {not_you}",
    ),
}

_WITH_A_LINK = {
    "sign-up": (
        "Confirm your address",
        "Somebody, probably you, wants to open an account with this address. Open this page within two days, and it is"
        " open:\n\n{link}\n\nIf that was not you, do nothing: without it there is no account.",
    ),
    "reset": (
        "Choose a new password",
        "Somebody, probably you, forgot the password of this account. Choose a new one within half an hour:\n\n{link}"
        "\n\nIf that was not you, do nothing: your password is as it was.",
    ),
    "email": (
        "Confirm your new address",
        "An account is to be found under this address from now on. Open this page within an hour:\n\n{link}"
        "\n\nIf that was not you, do nothing.",
    ),
}
_PAGES = {"sign-up": "verify", "reset": "reset-password", "email": "verify"}
_SAID |= {
    "known": (
        "You have an account already",
        "Somebody, probably you, wanted to open an account with this address. There is one: sign in, or choose a new"
        " password if it is forgotten. If that was not you, do nothing.",
    ),
    "password": ("Your password was changed", "Every other device was signed out. {not_you}"),
    "reset-done": (
        "Your password was changed",
        "A new password was chosen by a link in a letter to you, and every device signed out. {not_you}",
    ),
    "email-asked": (
        "Your address is about to change",
        "Another address was given for your account. It counts once it is confirmed there. {not_you}",
    ),
    "email-done": ("Your address was changed", "Letters go to another address from now on. {not_you}"),
    "email-taken": (
        "You have an account already",
        "Somebody wanted to move an account to this address, which has one of its own. Nothing was changed.",
    ),
    "welcome": ("Welcome", "Your account is open. Choose who is watching, and press play."),
    "left": (
        "Your account is gone",
        "Your account was deleted with all that belonged to it. What the law wants kept of payments is kept as long as"
        " it wants. Good bye.",
    ),
    "signed-in": ("A new device signed in", "{device} signed in to your account at {at}. {not_you}"),
}
_SAID |= {
    "passkey-another": ("A passkey was added", "“{name}” can sign in to your account now. {not_you}"),
    "passkey-gone": ("A passkey was removed", "“{name}” signs nobody in any more. {not_you}"),
    "passkey-stopped": (
        "A passkey was stopped",
        "“{name}” was used with a counter that had gone back, as a copy of it would. It signs nobody in any more. Sign in"
        " another way, remove it and add a new one. {not_you}",
    ),
    "oidc-another": ("A sign-in was linked", "{name} opens your account from now on. {not_you}"),
    "oidc-gone": ("A sign-in was unlinked", "{name} opens your account no more. {not_you}"),
}


class Letters:
    """`url`: where the house's pages are."""

    def __init__(self, mail: Mail, clock: Clock, ids: Ids, url: str) -> None:
        self._url = url
        self._mail = mail
        self._clock = clock
        self._ids = ids

    async def tell(self, to: str, what: str, **facts: str) -> None:
        """After the fact that it tells of: a letter that cannot be sent undoes nothing."""
        await or_else(self._mail.send(self._said(to, what, self._ids.new(), facts)), None, name="members.mail")

    async def tell_surely(self, to: str, what: str, *, letter_id: str, **facts: str) -> None:
        """For who tries again: raises where it cannot be sent. The id makes it one letter however often it is tried."""
        await self._mail.send(self._said(to, what, letter_id, facts))

    async def send_link(self, to: str, what: str, token: str) -> None:
        """Behind the `#` it is in no request and no log: the page reads it. Raises where it cannot be sent."""
        subject, text = _WITH_A_LINK[what]
        written = text.format(link=f"{self._url}/{_PAGES[what]}#{token}")
        await self._mail.send(Letter(self._ids.new(), to, subject, written, self._clock.now()))

    def _said(self, to: str, what: str, letter_id: str, facts: dict[str, str]) -> Letter:
        subject, text = _SAID[what]
        said = {name: shorten(fact, _FACT_MAX, placeholder="…") for name, fact in facts.items()}
        return Letter(letter_id, to, subject, text.format(not_you=_NOT_YOU, **said), self._clock.now())
