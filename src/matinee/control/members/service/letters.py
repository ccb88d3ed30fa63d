"""The letters that members write: what they say, and that one which cannot be sent undoes nothing."""

from matinee.engines.mail.port import Letter, Mail
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids
from matinee.resilience.fallback import or_else

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


class Letters:
    def __init__(self, mail: Mail, clock: Clock, ids: Ids) -> None:
        self._mail = mail
        self._clock = clock
        self._ids = ids

    async def tell(self, to: str, what: str) -> None:
        """Of a change to what proves the account."""
        subject, text = _SAID[what]
        await self.send(to, subject, text.format(not_you=_NOT_YOU))

    async def send(self, to: str, subject: str, text: str, *, letter_id: str = "") -> None:
        """After the fact that it tells of."""
        letter = Letter(letter_id or self._ids.new(), to, subject, text, self._clock.now())
        await or_else(self._mail.send(letter), None, name="members.mail")
