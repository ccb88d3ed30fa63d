"""A real `matinee up` for tests: own data directory, free ports, one small title, ended by its id."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matinee.control.members.http.cookies import token_in
from matinee.kernel.network import free_port

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS_MAX = 60


@dataclass
class Service:
    """A running service and how to talk to it."""

    data: Path
    port: int
    edge_port: int
    origin_port: int
    demo: bool = False
    split: bool = False
    """Each service as a process of its own."""
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def start(self) -> None:
        flags = [] if self.demo else ["--no-demo"]
        flags += ["--split"] if self.split else []
        # Left behind by one that was killed; what else it left may still answer for a moment.
        (self.data / "running.json").unlink(missing_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "up", *self.flags(), *flags], stdout=out, stderr=out, env=environment(self.environment)
            )
        wait_until(lambda: self.alive() and (self.data / "running.json").exists() and self.is_ready(), self.log)

    def flags(self) -> list[str]:
        ports = {"--port": self.port, "--edge-port": self.edge_port, "--origin-port": self.origin_port}
        return ["--data", str(self.data), *(str(part) for pair in ports.items() for part in pair)]

    def alive(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}: {self.log.read_text()[-3000:]}")
        return True

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return int(answer.status) == 200
        except OSError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def run(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """A command of ours on this service's data directory."""
        done = subprocess.run(
            [*COMMAND, *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            env=environment(self.environment),
            timeout=280,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"matinee {' '.join(arguments)} failed: {done.stdout}\n{done.stderr}")
        return done

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        profile: str | None = None,
    ) -> tuple[int, Any]:
        """Status and JSON of one call under /api/v1."""
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if profile:
            headers["x-matinee-profile"] = profile
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            headers=headers,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text else None

    def sign_in(self, email: str, password: str) -> str:
        """The token of a fresh sign-in."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/sessions",
            method="POST",
            headers={"content-type": "application/json"},
            data=json.dumps({"email": email, "password": password}).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return token_in(", ".join(answer.headers.get_all("set-cookie")))

    def add_person(self, email: str, *profiles: str) -> str:
        """An account with these profiles; answers its password."""
        password = self.run("operator", "add", email).stdout.split("password")[1].split()[0]
        token = self.sign_in(email, password)
        for name in profiles:
            assert self.call("POST", "/profiles", {"name": name}, token=token)[0] == 201
        return password

    def operator(self) -> str:
        return (self.data / "operator.token").read_text().strip()


COMMAND = [sys.executable, "-m", "matinee"]


def environment(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", **more}


def wait_until(condition: Any, log: Path | None = None, seconds: float = _START_SECONDS_MAX) -> None:
    """Poll a condition. The pause only spares the processor; the condition alone decides."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"still waiting after {seconds} s. {log.read_text()[-3000:] if log else ''}")
        time.sleep(0.05)


def new_service(folder: Path, **more: Any) -> Service:
    """In the mode the whole run asks for (`MATINEE_TEST_SPLIT=1`), unless a test says which it is about."""
    more.setdefault("split", os.environ.get("MATINEE_TEST_SPLIT") == "1")
    return Service(folder / "data", free_port(), free_port(), free_port(), **more)


def companion_of(pid: int, word: str) -> int | None:
    """The companion whose command has this word."""
    for child in children_of(pid):
        with suppress(OSError):
            if word.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return child
    return None


def children_of(pid: int) -> list[int]:
    """Live companions of a process, oldest first."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sorted(int(child) for child in listed if is_alive(int(child)))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def running(service: Service) -> Iterator[Service]:
    service.start()
    try:
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()


def small_film(folder: Path, *, film: str = "paper-boat", seconds: int = 6) -> Path:
    """The first seconds of a demo film at 360p: shots, sound in two languages, three subtitles, a poster."""
    out = folder / "film"
    subprocess.run(
        [sys.executable, "-m", "matinee.demo.films.render", film, "--out", str(out), "--seconds-max", str(seconds),
         "--width", "640", "--height", "360"],
        check=True,
        env=environment({}),
        stdout=subprocess.DEVNULL,
        timeout=240,
    )  # fmt: skip
    return out
