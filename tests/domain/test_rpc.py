"""Calls between services: every inside door travels, errors come back as themselves, nothing happens twice."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.app.rpc.connect import OnlyAtHome
from matinee.app.rpc.door import ServiceDoor
from matinee.app.rpc.problems import KnownErrors, pack_problem
from matinee.app.rpc.serve import serve
from matinee.app.rpc.shapes import CannotTravel, shapes, stays
from matinee.app.services import ERROR_MODULES, TABLE
from matinee.control.catalog.api import Catalog, NewTitle, TitleNotFound, Viewer, Words
from matinee.control.members.api import EmailTaken
from matinee.control.playback.api import TooManyStreams
from matinee.kernel.context import deadline_monotonic, request_id
from matinee.kernel.errors import Blame, MatineeError, NotFound, Refusal, Unavailable
from matinee.kernel.ids import TitleId
from matinee.kernel.network import Answer, NotReached, Outgoing
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds
from matinee.resilience.guard import calls_of
from matinee.resilience.neighbor import NoAnswer
from matinee.wire.inside import CLIENT, DEADLINE_MS, TOKEN
from matinee.wire.problems import MEDIA_TYPE
from tests.house import HandClock, House
from tests.wire import SECRET, LossyNetwork, MemoryNetwork, Wire, WireClock, client, spans

ERRORS = KnownErrors(ERROR_MODULES)


@pytest.mark.parametrize("name", TABLE)
def test_every_call_of_every_inside_door_can_travel_or_takes_a_stream(name: str) -> None:
    protocol = TABLE[name].protocol
    assert set(shapes(protocol)) == {call for call, method in calls_of(protocol).items() if not stays(method)}


def test_only_calls_that_take_a_stream_stay_at_home() -> None:
    staying = {f"{n}.{c}" for n, s in TABLE.items() for c, method in calls_of(s.protocol).items() if stays(method)}
    assert staying == {"production.upload_part", "exchange.take_in"}


class Opaque:
    """Has no form on the wire."""


@dataclass(frozen=True)
class Wrapped:
    inner: Mapping[str, tuple[Opaque, ...]]


class Untraveled(Protocol):
    async def ask(self, value: Wrapped) -> None: ...


def test_an_annotation_that_cannot_travel_is_named() -> None:
    with pytest.raises(CannotTravel, match=r"Untraveled.ask: value is .*Wrapped.*Opaque cannot travel"):
        shapes(Untraveled)


class Untyped(Protocol):
    async def ask(self) -> object: ...


def test_what_may_be_anything_cannot_travel() -> None:
    with pytest.raises(CannotTravel, match="return is"):
        shapes(Untyped)


@dataclass(frozen=True)
class Parcel:
    words: Mapping[str, str]
    data: bytes
    at: Instant
    kind: Literal["small", "large"] = "small"
    parts: tuple[int, ...] = ()


class Post(Protocol):
    @call(idempotent=True)
    async def echo(self, parcel: Parcel, *, also: Sequence[str] = ()) -> tuple[Parcel, Sequence[str]]: ...

    @call(idempotent=True)
    async def look(self) -> int: ...

    async def count(self) -> int: ...

    async def refuse(self, how: str) -> None: ...

    async def time_left(self) -> float | None: ...

    async def request(self) -> str: ...

    async def stream(self, parts: AsyncIterator[bytes]) -> int: ...


class PostOffice:
    def __init__(self, clock: WireClock) -> None:
        self.counted = 0
        self._clock = clock

    async def echo(self, parcel: Parcel, *, also: Sequence[str] = ()) -> tuple[Parcel, Sequence[str]]:
        return parcel, also

    async def look(self) -> int:
        return self.counted

    async def count(self) -> int:
        self.counted += 1
        return self.counted

    async def refuse(self, how: str) -> None:
        raise {
            "known": TitleNotFound(),
            "members": EmailTaken("Taken.", suggestion="b@example.org"),
            "failure": Unavailable("The disk sleeps.", retry_after_s=2),
            "unmeant": ZeroDivisionError("secret detail"),
        }[how]

    async def time_left(self) -> float | None:
        deadline = deadline_monotonic.get()
        return None if deadline is None else deadline - self._clock.monotonic()

    async def request(self) -> str:
        return request_id.get()

    async def stream(self, parts: AsyncIterator[bytes]) -> int:
        return len([part async for part in parts])


@dataclass
class Office:
    clock: WireClock
    own: PostOffice
    network: MemoryNetwork
    post: Post


def open_office(monkeypatch: pytest.MonkeyPatch, network: type[MemoryNetwork] | None = None) -> Office:
    clock = WireClock(HandClock())
    own = PostOffice(clock)
    monkeypatch.setitem(TABLE, "post", type(TABLE["members"])(Post, lambda _g, _n: own))
    door = ServiceDoor({"post": serve(Post, own, clock)}, _nothing, clock, spans(clock), secret=SECRET)
    carrier = MemoryNetwork(door) if network is None else network(door)
    return Office(clock, own, carrier, client("post", carrier, clock))


async def _nothing(*_: Any) -> None:
    raise NotFound("Nothing here.")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    return open_office(monkeypatch)


async def test_values_arrive_as_they_were_sent(office: Office) -> None:
    parcel = Parcel({"z": "first", "a": "second"}, b"\x00\xff", HandClock().now(), "large", (1, 2))
    found, also = await office.post.echo(parcel, also=("x",))
    assert (found, list(also)) == (parcel, ["x"])
    assert list(found.words) == ["z", "a"], "a mapping keeps its order"


async def test_an_error_comes_back_as_the_error_it_was(office: Office) -> None:
    with pytest.raises(TitleNotFound, match="no such title"):
        await office.post.refuse("known")
    with pytest.raises(EmailTaken) as taken:
        await office.post.refuse("members")
    assert taken.value.members == {"suggestion": "b@example.org"}
    with pytest.raises(Unavailable, match="The disk sleeps"):
        await office.post.refuse("failure")


async def test_what_nobody_meant_to_raise_says_nothing_of_its_insides(office: Office) -> None:
    with pytest.raises(MatineeError) as failed:
        await office.post.refuse("unmeant")
    assert failed.value.status == 500
    assert "secret" not in failed.value.sentence


async def test_a_deadline_shrinks_on_its_way(office: Office) -> None:
    deadline_monotonic.set(office.clock.monotonic() + 0.2)
    assert await office.post.time_left() == pytest.approx(0.2, abs=0.01)
    deadline_monotonic.set(office.clock.monotonic() + 60)
    assert await office.post.time_left() == pytest.approx(1.0, abs=0.01), "no more than the call's own time"


async def test_the_request_id_goes_along(office: Office) -> None:
    request_id.set("a-request-of-ours")
    assert await office.post.request() == "a-request-of-ours"


async def test_a_call_with_a_stream_is_refused_with_where_to_ask(office: Office) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"part"

    with pytest.raises(OnlyAtHome, match="stream"):
        await office.post.stream(parts())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({TOKEN: "guessed"}, 403),
        ({TOKEN: SECRET, CLIENT: "192.0.2.7"}, 404),  # what the gateway passes on is never a call
        ({TOKEN: SECRET, DEADLINE_MS: "0"}, 503),
        ({TOKEN: SECRET, DEADLINE_MS: "soon"}, 400),
        ({TOKEN: SECRET}, 200),
    ],
)
async def test_only_a_service_of_the_house_that_still_waits_is_answered(
    office: Office, headers: dict[str, str], status: int
) -> None:
    answer = await office.network.fetch(Outgoing("POST", "http://wire.test/rpc/post/count", headers, b"{}"))
    assert answer.status == status
    assert office.own.counted == (status == 200)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"parcel":1}', b'{"unheard":1}', b"\xff", b'{"also":["x"]}'])
async def test_arguments_that_do_not_fit_are_refused(office: Office, body: bytes) -> None:
    answer = await office.network.fetch(Outgoing("POST", "http://wire.test/rpc/post/echo", {TOKEN: SECRET}, body))
    assert answer.status == 400


class HalfDeaf(LossyNetwork):
    """Loses every second answer of any call, whether it may be repeated or not."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, seed=1)
        self.heard = 0

    async def fetch(self, request: Outgoing) -> Answer:
        answer = await MemoryNetwork.fetch(self, request)
        self.heard += 1
        if self.heard % 2:
            raise Unavailable("The answer was lost.")
        return answer


async def test_a_lost_answer_is_asked_for_again_only_where_that_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    office = open_office(monkeypatch, HalfDeaf)
    with pytest.raises(NoAnswer):
        await office.post.count()
    assert office.own.counted == 1, "sent once, whatever became of it"
    assert await office.post.count() == 2
    assert await office.post.look() == 2
    assert await office.post.look() == 2


class SoonThere(MemoryNetwork):
    """Takes no connection the first time."""

    is_there = False

    async def fetch(self, request: Outgoing) -> Answer:
        if not self.is_there:
            self.is_there = True
            raise NotReached("Nobody took the connection.")
        return await super().fetch(request)


async def test_what_never_left_is_sent_again_even_if_it_may_be_done_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    office = open_office(monkeypatch, SoonThere)
    assert await office.post.count() == 1


class Garbled(MemoryNetwork):
    """In between stands something that answers with what looks like a problem of ours."""

    body = b""

    async def fetch(self, request: Outgoing) -> Answer:
        return Answer(400, {"content-type": MEDIA_TYPE}, self.body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"\xff",
        b'{"type":"unheard-of","status":"soon"}',
        b'{"type":"unheard-of","status":[]}',
        b'{"type":"unheard-of","status":200}',
    ],
)
async def test_a_problem_that_cannot_be_read_is_no_fault_of_who_asked(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(Garbled, "body", body)
    office = open_office(monkeypatch, Garbled)
    with pytest.raises(NoAnswer) as failed:
        await office.post.count()
    assert (failed.value.status, failed.value.blame) == (503, Blame.NEIGHBOR)


def test_a_problem_whose_members_are_called_like_our_own_arguments_is_read() -> None:
    found = ERRORS.unpack(b'{"type":"unheard-of","status":409,"detail":"No.","sentence":"x","self":1,"of":2}')
    assert (found.sentence, found.members) == ("No.", {"of": 2})


@given(
    st.sampled_from(["TooManyStreams", "unheard-of"]), st.sampled_from(list(Blame)), st.sampled_from([404, 500, 503])
)
def test_an_error_nobody_here_knows_keeps_status_blame_and_sentence(name: str, blame: Blame, status: int) -> None:
    kind = type("NewerError", (MatineeError,), {"status": status, "blame": blame})
    found = ERRORS.unpack(pack_problem(kind("What a newer version says.", of=name))[1])
    assert (found.status, found.blame, found.sentence, found.members) == (
        status,
        blame,
        "What a newer version says.",
        {"of": name},
    )
    assert found.type == "newer-error"
    assert isinstance(found, Refusal) == (blame is Blame.CLIENT)


def test_an_error_made_of_values_comes_back_with_its_sentence() -> None:
    found = ERRORS.unpack(pack_problem(TooManyStreams(2, (), upgrade_to="premium"))[1])
    assert isinstance(found, TooManyStreams)
    assert found.members == {"allowed": 2, "active_streams": [], "upgrade_to": "premium"}
    assert "2 screens" in found.sentence


async def test_many_calls_over_a_wire_that_loses_are_all_answered(house: House) -> None:
    calls = WireClock(house.clock)
    wire = Wire(calls, lossy=True)
    catalog: Catalog = wire.bind("catalog", house.catalog)
    words = {"ja": Words("紙の舟"), "en": Words("Paper Boat")}
    title_id = await catalog.create(NewTitle("movie", words))
    viewer = Viewer("DE", 18, 2)
    for _ in range(100):
        verdicts = await catalog.visible(viewer, [title_id, TitleId("nobody")], at=house.clock.now())
        assert {v.reason for v in verdicts.values()} == {"preparing", "unknown"}
    assert isinstance(wire.network, LossyNetwork)
    assert wire.network.lost > 2
    (desk,) = await catalog.desk()
    assert desk.title.original_language == "ja", "the first language is the original, over every wire"
    assert seconds(1) == shapes(Catalog)["visible"].policy.timeout
