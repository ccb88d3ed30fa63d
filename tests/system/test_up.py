"""`matinee up` as an operator lives with it: ports, signals, restarts, crashes, backups."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import imageio_ffmpeg
import pytest

from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD
from matinee.app.services import PROCESSES
from tests.running import (
    COMMAND,
    Service,
    children_of,
    companion_of,
    environment,
    is_alive,
    new_service,
    running,
    wait_until,
)

pytestmark = pytest.mark.ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
HOUSE_AND_EDGES = ("up", "origin", "appliance")
"""A word of each one's command."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(new_service(tmp_path)) as started:
        yield started


@pytest.fixture
def in_one_process(tmp_path: Path) -> Iterator[Service]:
    """For what only such a house does, whatever the whole run asks for."""
    with running(new_service(tmp_path, split=False)) as started:
        yield started


@pytest.mark.parametrize("flag", ["--port", "--edge-port", "--origin-port"])
def test_a_taken_port_is_named_and_nothing_is_left_running(tmp_path: Path, flag: str) -> None:
    wanted = new_service(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = up_that_ends(*wanted.flags(), flag, str(port))
    assert done.returncode == 1, done.stderr
    assert f"port {port}" in done.stderr
    assert f"choose another with {flag}." in done.stderr
    assert "Traceback" not in done.stderr
    assert not _of(tmp_path)
    assert not (wanted.data / "running.json").exists()
    with running(wanted):
        assert wanted.is_ready()


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_certificate_that_is_none_ends_the_start_with_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    certificate, key = tmp_path / "own.crt", tmp_path / "own.key"
    for path in (certificate, key):
        if content is not None:
            path.write_bytes(content)
    wanted = new_service(tmp_path)
    done = up_that_ends(*wanted.flags(), "--certificate", str(certificate), "--private-key", str(key))
    assert done.returncode == 2, done.stderr
    assert f"The certificate {certificate} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert not _of(tmp_path)


def test_a_certificate_without_its_key_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    done = up_that_ends(*new_service(tmp_path).flags(), "--certificate", str(tmp_path / "own.crt"))
    assert done.returncode == 2, done.stderr
    assert "Give both --certificate and --private-key, or neither." in done.stderr


def test_a_second_service_on_the_same_data_is_refused_and_told_where_the_first_is(service: Service) -> None:
    second = subprocess.run(
        [*COMMAND, "up", "--data", str(service.data), "--port", "0", "--no-demo"],
        capture_output=True,
        text=True,
        env=environment({}),
        timeout=60,
    )
    assert second.returncode == 1
    assert service.url in second.stderr


def test_ctrl_c_ends_it_cleanly_and_the_next_start_keeps_everything(service: Service) -> None:
    made = service.run("operator", "add", "second@demo.example").stdout
    password = made.split("password")[1].split()[0]
    assert service.stop(signal.SIGINT) == 0
    assert not (service.data / "running.json").exists()
    service.start()
    status, _ = service.call("POST", "/sessions", {"email": "second@demo.example", "password": password})
    assert status == 201


def test_the_first_operator_is_shown_once(service: Service) -> None:
    # Whether it is up can be asked a moment before it says so.
    wait_until(lambda: service.log.read_text().count("operate as") == 1)
    service.stop()
    service.start()
    wait_until(lambda: service.log.read_text().count("Matinee is up") == 2)
    assert service.log.read_text().count("operate as") == 1


def test_house_and_companions_end_with_a_killed_service_and_it_starts_again(service: Service) -> None:
    assert service.process is not None
    parent, processes = service.process.pid, len(PROCESSES) + 3 if service.split else 3
    wait_until(lambda: len(children_of(parent)) == processes, service.log)  # edges begin once the house is up
    children = children_of(parent)
    profiles = service.call("GET", "/profiles", token=service.operator())[1]["data"]
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in children))
    service.start()
    assert service.call("GET", "/profiles", token=service.operator())[1]["data"] == profiles


def test_a_killed_house_comes_back_and_the_edges_serve_on_meanwhile(in_one_process: Service) -> None:
    service = in_one_process
    assert service.process is not None
    main = service.process.pid
    wait_until(lambda: None not in [companion_of(main, word) for word in HOUSE_AND_EDGES], service.log)
    house, *edges = [companion_of(main, word) for word in HOUSE_AND_EDGES]
    assert house is not None
    token = service.operator()
    announced = (service.data / "running.json").read_text()
    os.kill(house, signal.SIGKILL)
    wait_until(lambda: not (service.data / "running.json").exists(), service.log)
    refused = up_that_ends("--data", str(service.data), "--port", "0")
    assert refused.returncode == 1
    assert "running already" in refused.stderr
    wait_until(lambda: service.alive() and service.is_ready() and (service.data / "running.json").exists(), service.log)
    assert service.call("GET", "/profiles", token=token)[0] == 200
    assert (service.data / "running.json").read_text() == announced
    assert [companion_of(main, word) for word in HOUSE_AND_EDGES[1:]] == edges
    assert service.log.read_text().count("Matinee is up") == 1
    assert service.stop(signal.SIGINT) == 0


def test_a_house_that_is_killed_before_it_was_ever_up_is_not_started_again(tmp_path: Path) -> None:
    wanted = new_service(tmp_path)
    argv = [*COMMAND, "up", "--no-demo", *wanted.flags()]
    begun = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({}))
    wait_until(lambda: companion_of(begun.pid, "up") is not None)
    os.kill(companion_of(begun.pid, "up") or 0, signal.SIGKILL)
    said, words = begun.communicate(timeout=60)
    assert begun.returncode == 1
    assert said == ""
    assert words == "matinee: The service was ended by signal 9 before it was up.\n"
    assert not _of(tmp_path)


@pytest.mark.parametrize("companion", ["appliance", "origin"])
def test_a_killed_companion_comes_back(service: Service, companion: str) -> None:
    assert service.process is not None
    main = service.process.pid
    wait_until(lambda: companion_of(main, companion) is not None, service.log)
    killed = companion_of(main, companion)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: companion_of(main, companion) not in (None, killed), service.log)

    def healthy() -> bool:
        fleet = service.call("GET", "/edge/appliances", token=service.operator())[1]["data"]
        return len(fleet) == 2 and all(a["healthy"] for a in fleet)

    wait_until(healthy, service.log)


def test_a_publish_that_a_kill_broke_off_goes_on_with_what_was_encoded(service: Service, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    # Longer than one chunk of the first release, so that there is something to keep.
    drawing = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=66", "-f", "lavfi", "-i", "sine=d=66"]
    subprocess.run([FFMPEG, "-v", "error", *drawing, "-c:v", "libx264", str(film)], check=True, timeout=120)
    flags = ["--title", "Broken off", "--releases", "fast", "--rating", "G", "--data", str(service.data)]
    argv = [*COMMAND, "publish", str(film), *flags]
    chunks = service.data / "work" / "encoding" / "chunks"
    begun = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({}))
    wait_until(lambda: begun.poll() is not None or len(_whole(chunks)) > 0, service.log)
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    done_before = _whole(chunks)
    _, words = begun.communicate(timeout=60)
    assert begun.returncode == 1, words
    assert "Traceback" not in words
    assert done_before, "the kill came before any chunk was whole"

    service.start()
    seen = dict(done_before)
    again = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({}))
    while again.poll() is None:
        # A chunk encoded again would be another file under the same name.
        seen.update({name: number for name, number in _whole(chunks).items() if name in done_before})
    said, words = again.communicate()
    assert again.returncode == 0, words
    assert seen == done_before
    (title,) = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    assert title["state"] == "available"
    assert said.strip().endswith(title["id"])
    assert [release["profile"] for release in title["releases"]] == ["fast"]


def test_what_was_acknowledged_survives_a_kill_and_a_backup_carries_it_elsewhere(
    service: Service, tmp_path: Path
) -> None:
    token = service.operator()
    status, _ = service.call("POST", "/profiles", {"name": "Kept"}, token=token)
    assert status == 201
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    service.start()
    assert _names(service) == ["Operator", "Kept"]
    service.run("backup", str(tmp_path / "house.tar"))
    assert (tmp_path / "house.tar").stat().st_mode & 0o077 == 0
    elsewhere = new_service(tmp_path / "elsewhere")
    elsewhere.run("restore", str(tmp_path / "house.tar"))
    with running(elsewhere):
        assert _names(elsewhere) == ["Operator", "Kept"]


def test_a_damaged_backup_restores_nothing(service: Service, tmp_path: Path) -> None:
    service.run("backup", str(tmp_path / "house.tar"))
    whole = (tmp_path / "house.tar").read_bytes()
    (tmp_path / "torn.tar").write_bytes(whole[: len(whole) // 2])
    target = new_service(tmp_path / "target")
    done = target.run("restore", str(tmp_path / "torn.tar"), check=False)
    assert done.returncode == 1
    assert "not a whole backup" in done.stderr or "ends before" in done.stderr
    assert not target.data.exists()


def test_doctor_tells_what_this_machine_has(tmp_path: Path) -> None:
    done = new_service(tmp_path).run("doctor", check=False)
    assert "FFmpeg" in done.stdout or "ffmpeg" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_demo_member_is_not_made_without_the_demo(service: Service) -> None:
    status, _ = service.call("POST", "/sessions", {"email": DEMO_EMAIL, "password": DEMO_PASSWORD})
    assert status == 401


def test_beyond_loopback_the_service_speaks_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    import ssl
    import urllib.request

    service = new_service(tmp_path)
    # 127.0.0.2 is loopback too; a name that is not asks for TLS while staying on this machine.
    log = service.log
    with log.open("ab") as out:
        service.process = subprocess.Popen(
            [*COMMAND, "up", *service.flags(), "--no-demo", "--host", "0.0.0.0", "--public-host", "localhost"],
            stdout=out,
            stderr=out,
            env=environment({}),
        )
    try:
        wait_until(lambda: service.alive() and (service.data / "running.json").exists(), log)
        trusting = ssl.create_default_context(cafile=str(next((service.data / "tls").glob("*.crt"))))
        with urllib.request.urlopen(f"https://localhost:{service.port}/readyz", context=trusting) as answer:
            assert answer.status == 200
            assert answer.headers["strict-transport-security"]
        assert "https://localhost" in log.read_text()

        def healthy() -> bool:
            request = urllib.request.Request(
                f"https://localhost:{service.port}/api/v1/edge/appliances",
                headers={"authorization": f"Bearer {service.operator()}"},
            )
            with urllib.request.urlopen(request, context=trusting) as answer:
                return bool(answer.read().count(b'"healthy":true') == 2)

        wait_until(healthy, log)
    finally:
        service.stop()


def up_that_ends(*flags: str) -> "subprocess.CompletedProcess[str]":
    argv = [*COMMAND, "up", "--no-demo", *flags]
    return subprocess.run(argv, capture_output=True, text=True, env=environment({}), timeout=60)


def _whole(chunks: Path) -> dict[str, int]:
    """Finished chunks, and which file each is. The studio may tidy one away while we look."""
    found = {}
    for path in chunks.glob("*.mp4"):
        if re.fullmatch("[0-9a-f]{32}-[0-9a-f]{32}", path.stem):
            with suppress(FileNotFoundError):
                found[path.name] = path.stat().st_ino
    return found


def _of(folder: Path) -> list[str]:
    """Live programs that were told about this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().decode(errors="replace")
            if str(folder) in command:
                found.append(command)
    return found


def _names(service: Service) -> list[str]:
    found = service.call("GET", "/profiles", token=service.operator())[1]["data"]
    return [p["name"] for p in found]
