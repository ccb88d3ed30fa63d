"""What is gathered of what was sent: by many threads, read back from a log, and never without end."""

import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.media_server.core_orders import is_sent, sent_read, sent_written
from matinee.engines.media_server.nginx_log import AccessLog
from matinee.engines.media_server.port import Sent
from matinee.engines.media_server.sent import Gathered, recipient
from matinee.wire.accounts import Said


def told(log: AccessLog) -> list[Sent]:
    log.read()
    return log.sent.taken()


def test_what_many_threads_add_while_it_is_taken_is_told_once() -> None:
    gathered, begun, over = Gathered(), threading.Barrier(5), threading.Event()
    found: list[Sent] = []

    def add() -> None:
        begun.wait()
        for _ in range(1000):
            gathered.moved(("session", "release", "hd"), 1)
            gathered.answered(("session", "release", "hd"), Said(starved=1))

    def take() -> None:
        begun.wait()
        while not over.is_set():
            found.extend(gathered.taken())

    adding = [threading.Thread(target=add) for _ in range(4)]
    taking = threading.Thread(target=take)
    for thread in (*adding, taking):
        thread.start()
    for thread in adding:
        thread.join()
    over.set()
    taking.join()
    found += gathered.taken()
    assert sum(each.bytes for each in found) == sum(each.requests for each in found) == 4000
    assert sum(each.said.starved for each in found) == 4000


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["r1", "r2"]), st.integers(1, 1000))))
def test_more_sessions_than_are_told_apart_lose_their_names_and_no_byte(moves: list[tuple[int, str, int]]) -> None:
    gathered = Gathered(sessions_max=5)
    for session, release, count in moves:
        gathered.answered((f"s{session}", release, "hd"), Said(500))
        gathered.moved((f"s{session}", release, "hd"), count)
    sent = gathered.taken()
    assert len(sent) <= 5 + 2
    for release in ("r1", "r2"):
        mine = [each for each in sent if each.release == release]
        assert sum(each.bytes for each in mine) == sum(count for _, name, count in moves if name == release)
        assert sum(each.requests for each in mine) == sum(1 for _, name, _ in moves if name == release)
    assert all(each.said == Said() for each in sent if each.session == "")
    assert gathered.taken() == []


@given(st.lists(st.builds(Sent, *[st.text(max_size=9)] * 3, *[st.integers(0, 1 << 50)] * 3, st.builds(Said))))
def test_what_a_process_says_is_one_line_and_means_the_same(sent: list[Sent]) -> None:
    line = sent_written(sent)
    assert is_sent(line)
    assert line.index(b"\n") == len(line) - 1
    assert list(sent_read(line)) == sent


def test_a_fills_tickets_are_no_viewers() -> None:
    assert recipient("fill", ("r1", "hd", "v1", "1.m4s")) is None
    assert recipient("s1", ("r1", "release.json")) == ("s1", "r1", "")
    assert recipient("s1", ("r1", "hd", "v1", "1.m4s")) == ("s1", "r1", "hd")


def test_a_log_tells_who_was_sent_what_and_what_failed(tmp_path: Path) -> None:
    file = "r1/hd/v1/1.m4s"
    lines = [
        f"200\t500\t-\t{file}\ts1\tmtp%3D800%2Cbs",
        f"206\t70\t-\t{file}\ts1\t-",
        f"500\t33\t-\t{file}\ts1\t-",
        f"416\t33\t-\t{file}\ts1\tbl%3D10",
        f"403\t33\texpired\t{file}\t-\t-",
        f"499\t20\t-\t{file}\ts1\t-",
        f"200\t80\t-\t{file}\t?\t-",
        f"200\t80\t-\t{file}\tfill\t-",
        "200\t3\t-\t-\t-\t-",
        f"200\t5\t-\t{file}\ts1",
        f"many\t5\t-\t{file}\ts1\t-",
    ]
    (tmp_path / "access.log").write_text("\n".join(lines) + "\n")
    log = AccessLog(tmp_path / "access.log")
    assert told(log) == [
        Sent("s1", "r1", "hd", 4, 570, 1, Said(800, buffer_ms=10, starved=1)),
        Sent("", "r1", "hd", 1, 80, 0, Said()),
    ]
    assert told(log) == []


@given(st.lists(st.binary(max_size=60)))
def test_no_line_whatever_stands_in_it_stops_the_counting(lines: list[bytes]) -> None:
    log = AccessLog(Path("nowhere"))
    for line in (*lines, b"200\t5\t-\tr1/hd/v1/1.m4s\ts1\t" + b"".join(lines).replace(b"\t", b"")):
        log.count(line)
    assert [(each.session, each.bytes) for each in log.sent.taken() if each.release == "r1"] == [("s1", 5)]
