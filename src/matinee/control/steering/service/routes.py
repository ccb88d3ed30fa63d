"""What was announced to the appliances: heard from them, kept on the database, and in memory as a table to ask.

Each instance reads what is new since it last looked, so that all of them come to know the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from matinee.control.steering import store
from matinee.control.steering.api import AnnouncedPrefix, AnnouncedRoute, RoutesFound
from matinee.control.steering.model.addresses import Address, Prefix, parse_address, parse_prefix
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.engines.database.port import Database, Work
from matinee.kernel.errors import InvalidInput
from matinee.wire.encoding import from_json, to_json
from matinee.wire.routes import RouteNews

_PARTS_MAX = 500
"""Messages kept of one appliance; then it is asked for all of its table again."""
_PREFIXES_MAX = 50_000
"""In one message."""
_MED_MAX, _PATH_MAX = 0xFFFF_FFFF, 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    epoch: str
    until: int
    parts: int


class RoutesHeard:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}
        self._last = 0
        """The newest part that was read."""
        self.table = RouteTable()

    async def take(self, news: RouteNews) -> int:
        """Up to where this appliance's table is known now; 0: all of it is wanted."""
        _check(news)
        await self.look()
        known = self.known_until(news.appliance_id, news.epoch)
        if news.since > known:
            return known

        def work(work: Work) -> None:
            if news.since == 0:
                store.forget_routes(work, news.appliance_id)
            store.put_routes(work, news.appliance_id, to_json(news))

        await self._database.write(work)
        await self.look()
        return self.known_until(news.appliance_id, news.epoch)

    def known_until(self, appliance_id: str, epoch: str) -> int:
        known = self._known.get(appliance_id)
        return known.until if known is not None and known.epoch == epoch and known.parts < _PARTS_MAX else 0

    async def look(self) -> None:
        """Read what has come since."""
        for number, body in await self._database.read(lambda work: store.routes_after(work, self._last)):
            if number > self._last:  # another look may have been quicker
                self._last = number
                self._apply(from_json(body, RouteNews))

    def found(self, sought: str) -> RoutesFound:
        """Every announced prefix that holds this address or prefix."""
        if "/" in sought:
            bits, longest, network = parse_prefix(sought, field="prefix")
            address = Address(bits, network << (bits - longest))
        else:
            address = parse_address(sought, field="address")
            longest = address.bits
        matches = tuple(
            AnnouncedPrefix(
                str(Prefix(address.bits, length, address.number >> (address.bits - length))),
                tuple(AnnouncedRoute(*each) for each in sorted(routes, key=lambda each: (each.path_length, each.med))),
            )
            for length, routes in self.table.matches(address)
            if length <= longest
        )
        return RoutesFound(len(self.table), matches)

    def keep_only(self, lives: Iterable[tuple[str, str]]) -> None:
        """An appliance that began anew knows nothing of what its peers had announced to it before: neither do we."""
        for appliance_id, epoch in lives:
            known = self._known.get(appliance_id)
            if known is not None and known.epoch != epoch:
                del self._known[appliance_id]
                self.table.flush(appliance_id)

    def _apply(self, news: RouteNews) -> None:
        source = news.appliance_id
        known = self._known.get(source)
        if news.since == 0:
            self.table.flush(source)
        elif known is None or known.epoch != news.epoch:
            return  # the beginning of this table is gone
        for text in news.withdrawn:
            self.table.withdraw(parse_prefix(text), source)
        for alike in news.announced:
            route = Route(source, alike.path_length, alike.med)
            for text in alike.prefixes:
                self.table.announce(parse_prefix(text), route)
        before = known.until if known is not None and news.since > 0 else 0
        parts = known.parts + 1 if known is not None and news.since > 0 else 1
        self._known[source] = _Known(news.epoch, max(before, news.until), parts)


def _check(news: RouteNews) -> None:
    """Before any of it is kept: what is kept is read by every instance, at every start."""
    count = len(news.withdrawn) + sum(len(alike.prefixes) for alike in news.announced)
    if count > _PREFIXES_MAX:
        raise InvalidInput(f"{count} prefixes in one message are too many: {_PREFIXES_MAX} at most.")
    if not 0 <= news.since <= news.until:
        raise InvalidInput("The changes of routes are numbered upwards from 0.", field="since")
    for alike in news.announced:
        if not (0 <= alike.path_length <= _PATH_MAX and 0 <= alike.med <= _MED_MAX):
            raise InvalidInput("No route has such a path or discriminator.", field="announced")
        for text in alike.prefixes:
            parse_prefix(text)
    for text in news.withdrawn:
        parse_prefix(text)
