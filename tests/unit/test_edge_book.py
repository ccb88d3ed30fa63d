"""What an edge tells of what it sent: whatever is acknowledged, lost or refused, steering's sums come to what was sent."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matinee.delivery.edge.model.book import ROWS_MAX, Book
from matinee.delivery.edge.model.playing import TOLD_MAX, Playing, named
from matinee.delivery.gateway.api import GatewayConfig
from matinee.engines.media_server.port import Sent
from matinee.kernel.quantities import Instant, Span, days, hours, minutes
from matinee.wire.accounts import Accounts, Said, SessionAccount, Streamed
from matinee.wire.encoding import to_json
from tests.builders import NOON

TODAY, TOMORROW = NOON.date().isoformat(), (NOON + days(1)).date().isoformat()


def sent(session: str = "s1", release: str = "r1", size: int = 100, tier: str = "hd", said: Said | None = None) -> Sent:
    return Sent(session, release, tier, 1, size, 0, said or Said())


def closed(book: Book, *more: Sent, at: Instant = NOON) -> Accounts:
    book.enter(more, at=at)
    book.close(at=at)
    assert book.on_its_way is not None
    return book.on_its_way


def test_an_account_says_what_was_sent_since_the_one_before_and_the_days_sums() -> None:
    book = Book("oca-1", "boot-1", "a build")
    first = closed(book, sent(said=Said(500)), sent(said=Said(700, 3000)), sent("s2", "r2", 5), sent(tier="audio"))
    assert first == Accounts(
        "oca-1",
        "boot-1",
        1,
        NOON,
        (Streamed(TODAY, "r1", "hd", 200), Streamed(TODAY, "r2", "hd", 5), Streamed(TODAY, "r1", "audio", 100)),
        (SessionAccount("s1", "r1", 3, 300, 0, Said(700, 3000)), SessionAccount("s2", "r2", 1, 5, 0, Said())),
        "a build",
    )
    book.acknowledge(1, at=NOON)
    second = closed(book, sent("s1", "r1", 7), at=NOON + minutes(1))
    assert (second.number, second.streamed) == (2, (Streamed(TODAY, "r1", "hd", 207),))
    assert second.sessions == (SessionAccount("s1", "r1", 1, 7, 0),)


def test_where_nothing_was_sent_nothing_is_told() -> None:
    book = Book("oca-1", "boot-1")
    book.close(at=NOON)
    assert book.on_its_way is None
    closed(book, sent())
    book.acknowledge(1, at=NOON)
    book.close(at=NOON)
    assert book.on_its_way is None


def test_an_account_stays_as_it_is_until_it_is_acknowledged_and_what_came_meanwhile_is_in_the_next() -> None:
    book = Book("oca-1", "boot-1")
    first = closed(book, sent())
    assert closed(book, sent(size=1), at=NOON + hours(3)) == first
    book.acknowledge(0, at=NOON)
    assert book.on_its_way == first
    book.acknowledge(1, at=NOON)
    assert closed(book).streamed == (Streamed(TODAY, "r1", "hd", 101),)


def test_a_new_day_begins_a_new_sum_and_forgets_the_old_one_once_it_is_known() -> None:
    book = Book("oca-1", "boot-1")
    closed(book, sent())
    book.acknowledge(1, at=NOON)
    account = closed(book, sent(size=3), at=NOON + days(1))
    assert account.streamed == (Streamed(TOMORROW, "r1", "hd", 3),)
    book.acknowledge(2, at=NOON + days(1))
    assert list(book._sums) == [(TOMORROW, "r1", "hd")]


def test_more_sessions_than_an_account_holds_are_summed_and_no_release_loses_a_byte() -> None:
    book = Book("oca-1", "boot-1", sessions_max=3)
    book.enter([sent(f"s{number}", f"r{number % 2}", 10, said=Said(5)) for number in range(20)], at=NOON)
    assert book.is_full
    account = closed(book)
    assert [each.session for each in account.sessions] == ["s0", "s1", "s2", "", ""]
    assert [each.said for each in account.sessions[3:]] == [Said(), Said()]
    assert sum(each.bytes for each in account.sessions) == 200
    assert {each.release_id: each.bytes for each in account.streamed} == {"r0": 100, "r1": 100}


def test_a_minute_with_more_than_an_account_holds_is_told_in_several_and_the_next_minute_waits() -> None:
    book = Book("oca-1", "boot-1", rows_max=3)
    book.enter([sent("s1", f"r{number}") for number in range(7)], at=NOON)
    streamed, sessions = list[str](), list[str]()
    for number in range(1, 4):
        account = closed(book, sent("s2", "r9"))
        streamed += [each.release_id for each in account.streamed]
        sessions += [each.session for each in account.sessions]
        book.acknowledge(number, at=NOON)
        assert book.is_due == (number < 3)
    assert streamed == [*(f"r{number}" for number in range(7)), "r9"]
    assert sessions == [*["s1"] * 7, "s2"]
    assert [each.requests for each in closed(book).sessions] == [2]


def test_the_largest_account_is_let_in_by_the_gateway() -> None:
    name = "\N{FILM PROJECTOR}" * 64
    book = Book("o" * 60, "b" * 26)
    book.enter([sent("s" * 60 + f"{n:04}", "r" * 60 + f"{n:04}", 10**16, "t" * 32, Said(10**9, 10**9, 10**9, 9, name))
                for n in range(ROWS_MAX)], at=NOON)  # fmt: skip
    account = closed(book)
    assert len(account.sessions) == len(account.streamed) == ROWS_MAX
    assert len(to_json(account)) < GatewayConfig().body_max_bytes


def test_days_of_a_clock_that_was_ahead_are_told_as_today_once_it_is_set_right() -> None:
    book = Book("oca-1", "boot-1")
    closed(book, sent(), at=NOON + days(30))
    book.take_back()
    account = closed(book, sent(size=1), at=NOON)
    assert (account.number, account.streamed) == (1, (Streamed(TODAY, "r1", "hd", 101),))
    assert account.sessions == (SessionAccount("s1", "r1", 2, 101, 0),)


def test_how_often_players_ran_dry_is_summed_over_the_minutes_of_sessions_whether_or_not_anyone_listens() -> None:
    book = Book("a", "b")
    dry = Said(starved=2)
    closed(book, sent("s1"), sent("s1", said=dry), sent("s2"))
    assert (book.session_minutes, book.starved) == (2, 2)
    closed(book, sent("s1", said=dry))
    assert (book.session_minutes, book.starved) == (3, 4), "another minute of the first session"
    book.acknowledge(1, at=NOON)
    book.close(at=NOON)
    book.take_back()
    assert (book.session_minutes, book.starved) == (3, 4), "what is told again has happened once"


def test_a_releases_description_is_no_film() -> None:
    account = closed(Book("oca-1", "boot-1"), sent(tier="", size=9))
    assert (account.streamed, account.sessions[0].bytes) == ((), 9)


class Telling(RuleBasedStateMachine):
    """An edge that tells, over a line that loses, to a desk that keeps the largest sum and counts each number once."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book("oca-1", "boot-1", rows_max=4, sessions_max=5)
        self.at = NOON
        self.streamed: Counter[tuple[str, str, str]] = Counter()
        self.by_release: Counter[str] = Counter()
        self.desk: dict[tuple[str, str, str], int] = {}
        self.sessions: dict[int, Iterable[SessionAccount]] = {}

    @rule(session=st.integers(0, 6), release=st.sampled_from(["r1", "r2", "r3"]), size=st.integers(0, 50))
    def send(self, session: int, release: str, size: int) -> None:
        self.book.enter([sent(f"s{session}", release, size)], at=self.at)
        self.streamed[self.at.date().isoformat(), release, "hd"] += size
        self.by_release[release] += size

    @rule(wait=st.sampled_from([minutes(1), hours(13)]))
    def wait(self, wait: Span) -> None:
        self.at += wait

    @rule()
    def close(self) -> None:
        self.book.close(at=self.at)

    @rule(answered=st.booleans())
    def tell(self, answered: bool) -> None:
        if (account := self.book.on_its_way) is None:
            return
        for each in account.streamed:
            count = (each.day, each.release_id, each.tier)
            self.desk[count] = max(each.bytes, self.desk.get(count, 0))
        self.sessions[account.number] = account.sessions
        if answered:
            self.book.acknowledge(account.number, at=self.at)

    @rule()
    def refuse(self) -> None:
        if self.book.on_its_way is not None and self.book.on_its_way.number not in self.sessions:
            self.book.take_back()

    @invariant()
    def what_is_known_was_sent(self) -> None:
        assert all(size <= self.streamed[count] for count, size in self.desk.items())

    def teardown(self) -> None:
        for _ in range(60):
            self.close()
            self.tell(answered=True)
        assert self.desk == {count: size for count, size in self.streamed.items() if size}
        rows = [each for account in self.sessions.values() for each in account]
        for release, size in self.by_release.items():
            assert sum(each.bytes for each in rows if each.release_id == release) == size
        assert all(len(list(account)) <= 4 for account in self.sessions.values())


TestTelling = Telling.TestCase


def test_a_release_is_played_until_nobody_was_sent_anything_of_it_for_a_while() -> None:
    playing = Playing(120)
    playing.note(["a", "b"], at=0)
    playing.note(["a", "c"], at=60)
    assert set(playing.now(at=119)) == {"a", "b", "c"}
    assert set(playing.now(at=120)) == {"a", "c"}
    playing.note(["c"], at=170)
    assert playing.now(at=179) == ("c", "a")
    assert playing.now(at=290) == ()


@pytest.mark.parametrize("count", [3, 2000])
def test_a_report_names_the_latest_of_those_that_are_held(count: int) -> None:
    played = [f"r{number}" for number in range(count)]
    assert named(played, lambda each: each != "r1") == tuple(["r0", *played[2:]][:TOLD_MAX])


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.floats(0, 50))))
def test_who_was_served_within_the_time_is_playing_and_nobody_else(turns: list[tuple[set[str], float]]) -> None:
    playing, last, now = Playing(100), dict[str, float](), 0.0
    for releases, wait in turns:
        now += wait
        playing.note(releases, at=now)
        last |= dict.fromkeys(releases, now)
    assert set(playing.now(at=now)) == {release for release, at in last.items() if now - at < 100}
