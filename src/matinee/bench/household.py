"""What a member does beside watching: signs devices in and keeps a list. What was answered with yes is looked up again."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from matinee.control.members.http.cookies import token_in
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Outgoing
from matinee.kernel.quantities import seconds
from matinee.sim.audience import Member
from matinee.sim.http import Client
from matinee.sim.ledger import Ledger
from matinee.wire.encoding import to_json

_EVERY = seconds(0.7)
_DEVICES_MAX = 20
_NO_LONGER = (401, 403)


class Household:
    def __init__(self, member: Member, client: Client, password: str, ledger: Ledger, clock: Clock, chance: Chance):
        self._member = member
        self._client = client
        self._password = password
        self._ledger = ledger
        self._clock = clock
        self._chance = chance
        self._tokens: list[str] = []
        self._may_be_listed = {False}
        """What the list may say of the film: both, while nobody knows whether the last change arrived."""

    async def live(self, film: str) -> None:
        """Until canceled."""
        steps: tuple[Callable[[str], Awaitable[object]], ...] = (self._sign_in, self._change_list, self.look)
        while True:
            for step in steps:
                try:
                    await step(film)
                except Unavailable:
                    self._ledger.count("household not answered")
                await self._clock.sleep(_EVERY)

    async def look(self, film: str) -> bool:
        """The list says what it was told, and whoever was signed in is. Whether that was answered, so that it was judged."""
        path = f"/profiles/{self._member.profile}/watchlist"
        status, listed = await self._client.call("GET", path)
        is_answered = status == 200
        if is_answered and (film in [each["id"] for each in listed]) not in self._may_be_listed:
            self._ledger.break_(f"{self._member.name}'s list does not say of {film} what it was told last.")
        if self._tokens:
            token = self._tokens[int(self._chance.uniform() * len(self._tokens))]
            status, _ = await replace(self._client, token=token).call("GET", "/profiles")
            if status in _NO_LONGER:
                self._ledger.break_(f"{self._member.name} signed a device in, and it is answered {status}.")
            is_answered = is_answered and status == 200
        return is_answered

    async def _sign_in(self, _film: str) -> None:
        if len(self._tokens) == _DEVICES_MAX:
            return
        body = to_json({"email": self._member.email, "password": self._password, "device": "another"})
        headers = {"content-type": "application/json"}
        asked = Outgoing("POST", f"{self._client.base}/api/v1/sessions", headers, body, self._client.timeout)
        answer = await self._client.network.fetch(asked)
        if answer.status == 201:
            self._tokens.append(token_in(answer.headers["set-cookie"]))
            self._ledger.count("devices signed in")

    async def _change_list(self, film: str) -> None:
        wanted = self._chance.uniform() < 0.5
        self._may_be_listed = self._may_be_listed | {wanted}
        path = f"/profiles/{self._member.profile}/watchlist/{film}"
        status, _ = await self._client.call("PUT" if wanted else "DELETE", path)
        if status == 204:
            self._may_be_listed = {wanted}
            self._ledger.count("list changed")
