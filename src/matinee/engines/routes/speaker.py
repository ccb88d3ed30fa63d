"""The embedded feed: a BGP speaker that listens, and says nothing but that it is there.

Connections are asyncio's streams, here and nowhere else in the house: BGP is a conversation, not a request, so the
network door has no word for it. What is said on them is decided in `session`, which knows no sockets.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address

from matinee.engines.routes.messages import Open, encode, router_number
from matinee.engines.routes.port import BgpSettings, Neighbor, RouteEvent
from matinee.engines.routes.session import (
    ADMINISTRATIVE_SHUTDOWN,
    COLLISION,
    CONNECTION_REJECTED,
    Session,
    Turn,
)
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.log import logger
from matinee.kernel.quantities import minutes, seconds

_READ_BYTES = 16 << 10
"""Some thousands of prefixes; after each, others have their turn."""
_CONNECT_TIMEOUT = seconds(5)
_LAST_WORDS_TIMEOUT = seconds(1)
_PAUSE_MIN, _PAUSE_MAX = seconds(1), seconds(30)
"""Between attempts to connect; doubled while sessions do not last."""
_LASTING = minutes(1)
_LOOKS_AT_ARRIVALS = 3
_WATCH_MAX = seconds(1)
"""The peer's first words shorten what was to be waited for; a third of the shortest hold time is as long as this."""
_STOPPED = "We stopped listening."

Heard = Callable[[RouteEvent], None]


class BgpSpeaker:
    """Implements `RouteFeed`. One `run` at a time."""

    def __init__(self, settings: BgpSettings, clock: Clock) -> None:
        _check_router_id(settings.router_id)
        self._settings = settings
        self._clock = clock
        self._peerings = {_address(each.address): _Peering(each) for each in settings.neighbors}
        if len(self._peerings) != len(settings.neighbors):
            raise InvalidInput("A neighbor is named twice. Sessions are told apart by address: name each once.")
        self._listens_at: tuple[str, int] | None = None
        self._last_stranger = ""
        self._log = logger("engines.routes")

    @property
    def listens_at(self) -> tuple[str, int] | None:
        return self._listens_at

    async def run(self, heard: Heard) -> None:
        settings = self._settings
        listener = None
        if settings.listen_port is not None:
            listener = _listen(settings.listen_address, settings.listen_port)
            self._listens_at = listener.getsockname()[:2]
        try:
            async with asyncio.TaskGroup() as group:
                for peering in self._peerings.values():
                    if peering.neighbor.connects:
                        group.create_task(self._keep_connecting(peering, heard))
                if listener is None:
                    await asyncio.Event().wait()
                else:
                    await self._keep_accepting(listener, group, heard)
        finally:
            self._listens_at = None
            if listener is not None:
                listener.close()

    async def _keep_accepting(self, listener: socket.socket, group: asyncio.TaskGroup, heard: Heard) -> None:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if server.is_serving():
                group.create_task(self._accept(reader, writer, heard))
            else:
                writer.close()

        server = await asyncio.start_server(accept, sock=listener)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard) -> None:
        found = writer.get_extra_info("peername")
        if found is None:  # gone already
            writer.close()
            return
        address = _address(found[0].partition("%")[0])
        peering = self._peerings.get(address)
        if peering is None:
            writer.close()
            if address != self._last_stranger:
                self._last_stranger = address
                self._log.info("bgp_stranger", address=address)
        elif self._clock.monotonic() < peering.quiet_until or peering.awaits_theirs:
            await _part(reader, writer, encode(CONNECTION_REJECTED))
        else:
            await self._converse(peering, reader, writer, heard, is_ours=False)

    async def _keep_connecting(self, peering: "_Peering", heard: Heard) -> None:
        neighbor, pause = peering.neighbor, _PAUSE_MIN
        while True:
            await peering.alone()
            await self._clock.sleep(seconds(peering.quiet_until - self._clock.monotonic()))
            began = self._clock.monotonic()
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT.total_seconds()):
                    reader, writer = await asyncio.open_connection(neighbor.address, neighbor.port)
            except OSError as error:  # TimeoutError is one
                self._note(peering, f"It cannot be connected to: {_cause(error)}.")
            else:
                await self._converse(peering, reader, writer, heard, is_ours=True)
            lasted = self._clock.monotonic() - began >= _LASTING.total_seconds()
            pause = _PAUSE_MIN if lasted else pause
            await self._clock.sleep(pause)
            pause = min(pause * 2, _PAUSE_MAX)

    async def _converse(
        self,
        peering: "_Peering",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        heard: Heard,
        *,
        is_ours: bool,
    ) -> None:
        """From the first byte to the last. Returns when the connection is closed."""

        def gives_way(opened: Open) -> bool:
            return self._gives_way(peering, conversation, opened)

        now = self._clock.monotonic()
        session = Session(self._settings, peering.neighbor, now=now, gives_way=gives_way)
        conversation = _Conversation(session, writer, heard, is_ours=is_ours)
        peering.conversations.append(conversation)
        try:
            conversation.act(session.begin())
            async with asyncio.TaskGroup() as both:
                tasks = [
                    both.create_task(self._listen_to(peering, conversation, reader)),
                    both.create_task(self._watch(conversation)),
                ]
                await conversation.over.wait()
                for task in tasks:
                    task.cancel()
        except BaseException:  # we are stopped, or whoever listens failed: the peer is told down all the same
            try:
                conversation.act(session.end(_STOPPED, ADMINISTRATIVE_SHUTDOWN))
            finally:
                writer.close()
            raise
        finally:
            self._forget(peering, conversation)
        await _part(reader, writer, b"")

    async def _listen_to(
        self, peering: "_Peering", conversation: "_Conversation", reader: asyncio.StreamReader
    ) -> None:
        session = conversation.session
        while True:
            try:
                data = await reader.read(_READ_BYTES)
            except OSError as error:
                conversation.act(session.lost(f"The connection broke: {_cause(error)}."))
                return
            if not data:
                conversation.act(session.lost("It closed the connection."))
                return
            known = len(session.faults)
            conversation.act(session.receive(data, self._clock.monotonic()))
            if len(session.faults) > known:
                peer, faults = peering.neighbor.address, sorted(session.faults)
                self._log.warning("bgp_routes_treated_as_withdrawn", peer=peer, faults=faults)
            if session.is_over:
                return
            await asyncio.sleep(0)

    async def _watch(self, conversation: "_Conversation") -> None:
        session = conversation.session
        while not session.is_over:
            due_in = seconds(max(0.0, session.wakes_at - self._clock.monotonic()))
            await self._clock.sleep(min(due_in, _WATCH_MAX))
            # Where we were held up ourselves, what the peer said meanwhile waits in the socket: it is heard first.
            for _ in range(_LOOKS_AT_ARRIVALS):
                await asyncio.sleep(0)
            conversation.act(session.wake(self._clock.monotonic()))

    def _gives_way(self, peering: "_Peering", conversation: "_Conversation", opened: Open) -> bool:
        """Of two connections, one that is established stays; else the one that the higher identifier made (RFC 6286)."""
        ours, theirs = (router_number(self._settings.router_id), self._settings.asn), (opened.router_id, opened.asn)
        for other in list(peering.conversations):
            if other is conversation:
                continue
            if other.session.state == "established":
                return True
            if other.session.state == "open-confirm":
                if conversation.is_ours != (ours > theirs):
                    return True
                other.act(other.session.end("Another connection with it stays.", COLLISION))
        return False

    def _forget(self, peering: "_Peering", conversation: "_Conversation") -> None:
        peering.conversations.remove(conversation)
        peering.left.set()
        session = conversation.session
        if session.has_excess:
            pause = self._settings.excess_pause.total_seconds()
            peering.quiet_until = self._clock.monotonic() + pause
        if session.was_established:
            peering.last_reason = ""
        if session.reason != _STOPPED:
            self._note(peering, session.reason)

    def _note(self, peering: "_Peering", reason: str) -> None:
        """A peer that fails in the same way again and again is one line in the log."""
        if reason != peering.last_reason:
            peering.last_reason = reason
            self._log.warning("bgp_no_session", peer=peering.neighbor.address, reason=reason)


@dataclass(slots=True)
class _Conversation:
    session: Session
    writer: asyncio.StreamWriter
    heard: Heard
    is_ours: bool
    """Whether we connected."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def act(self, turn: Turn) -> None:
        is_over = self.session.is_over
        # Who does not read gets no second keepalive: what waits for it here must not grow.
        if turn.say and (is_over or self.writer.transport.get_write_buffer_size() == 0):
            self.writer.write(turn.say)
        for event in turn.events:
            self.heard(event)
        if is_over:
            self.over.set()


@dataclass(slots=True)
class _Peering:
    """A neighbor, and the connections there are with it: one, or two until it is clear which of them stays."""

    neighbor: Neighbor
    conversations: list[_Conversation] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    quiet_until: float = 0.0
    last_reason: str = ""

    @property
    def awaits_theirs(self) -> bool:
        """Whether a connection that the neighbor made still has to show what it is: a second one waits for that."""
        waiting = ("open-sent", "open-confirm")
        return any(not each.is_ours and each.session.state in waiting for each in self.conversations)

    async def alone(self) -> None:
        while self.conversations:
            self.left.clear()
            await self.left.wait()


async def _part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, last_words: bytes) -> None:
    """Close so that last words arrive: over unread bytes it would be a reset that overtakes them."""
    with suppress(OSError):
        try:
            async with asyncio.timeout(_LAST_WORDS_TIMEOUT.total_seconds()):
                if not writer.is_closing():
                    writer.write(last_words)
                    writer.write_eof()
                while await reader.read(_READ_BYTES):
                    pass
        finally:
            writer.transport.abort()


def _cause(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno is not None else "nobody answers"


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        listener.setblocking(False)
        listener.bind((address, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise _named(error, address, port) from error
    return listener


def _named(error: OSError, address: str, port: int) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        reason = "another program listens there. Stop it or choose another port"
    elif error.errno == errno.EACCES:
        reason = "only the superuser may. Choose a port above 1023"
    else:
        reason = f"{error.strerror}. Check the address"
    return Unavailable(f"BGP cannot be awaited on port {port} of {address}: {reason}.", port=port)


def _address(text: str) -> str:
    """As sockets and people write it, in one form."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError as error:
        raise InvalidInput(f"{text} is no address. Name neighbors by their addresses.") from error
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise InvalidInput(f"{text} is valid on one link only. Name the neighbor by a global address.")
        address = address.ipv4_mapped or address
    return str(address)


def _check_router_id(router_id: str) -> None:
    try:
        if router_number(router_id):
            return
    except AddressValueError:
        pass
    raise InvalidInput(f"“{router_id}” is no router id. Take an IPv4 address of this machine.")
