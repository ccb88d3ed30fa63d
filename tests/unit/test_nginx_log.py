"""NGINX's log: every line counts once, also while the file is put aside, and it never grows without end."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.media_server.nginx_log import AccessLog
from tests import examples


def line(status: int, sent: int, *, reason: str = "-", file: str = "-") -> bytes:
    return f"{status}\t{sent}\t{reason}\t{file}\t-\t-\n".encode()


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_files_refusals_and_failures_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    log = AccessLog(path)
    append(path, line(200, 500, file="r/hd/v1/a") + line(206, 10, file="r/hd/v1/a"))
    append(path, line(403, 180, reason="expired", file="r/hd/v1/a") + line(500, 90, file="r/hd/v1/b"))
    append(path, line(200, 3))
    log.read()
    counts = log.counts
    assert (counts.requests, counts.bytes, counts.refused, counts.errors) == (5, 510, 1, 1)
    assert counts.by_reason == {"expired": 1}
    log.close()


def test_who_left_before_an_answer_asked_nothing(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    append(path, line(408, 0) + line(499, 0) + b"nonsense\n\n")
    log = AccessLog(path)
    log.read()
    assert log.counts.requests == 0
    log.close()


def test_what_a_worker_still_writes_into_the_file_that_was_put_aside_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    log = AccessLog(path, bytes_max=100)
    append(path, line(200, 1, file="r/hd/v1/a") * 10)
    log.read()
    with path.open("ab") as worker:
        assert log.turn_over()
        worker.write(line(200, 1, file="r/hd/v1/a"))
    append(path, line(200, 1, file="r/hd/v1/a"))
    log.read()
    assert log.counts.requests == 12
    assert not log.turn_over()
    log.close()


@examples.of(25)
@given(st.lists(st.integers(1, 60), max_size=40), st.integers(20, 300))
def test_no_line_is_lost_or_counted_twice_however_it_is_broken_off(pieces: list[int], bytes_max: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        log = AccessLog(path, bytes_max=bytes_max)
        text = line(200, 7, file="r/hd/v1/a") * 40
        at = 0
        for size in pieces:
            append(path, text[at : at + size])
            at += size
            log.read()
            if text[: min(at, len(text))].endswith(b"\n"):
                log.turn_over()  # NGINX turns to the new file between two lines
        append(path, text[at:])
        log.read()
        assert (log.counts.requests, log.counts.bytes) == (40, 280)
        log.close()
