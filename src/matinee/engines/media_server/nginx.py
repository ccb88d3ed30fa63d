"""NGINX as the media server: rendered settings, tickets checked by a script in it, its log read back.

It is a companion of this process. The listening socket is ours and handed to it, so that a taken port is known at once, and
viewers wait a moment instead of being refused when it died and is started again. Nothing is ever reloaded: ticket keys and
denied releases are files that its script reads for each request, so a change holds in all workers when the call returns.
"""

import grp
import os
import pwd
import re
import resource
import socket
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from matinee.engines.media_server.counters import total
from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.listening import listen
from matinee.engines.media_server.nginx_config import CERTIFICATE, PRIVATE_KEY, SERVED, NginxPlan, render_config
from matinee.engines.media_server.nginx_keeper import NginxKeeper
from matinee.engines.media_server.nginx_log import LOG_BYTES_MAX, AccessLog
from matinee.engines.media_server.nginx_program import NginxProgram, find_nginx
from matinee.engines.media_server.nginx_sockets import NginxSockets
from matinee.engines.media_server.port import MediaServerConfig, Sent, Served
from matinee.engines.media_server.private_folder import PrivateFolder
from matinee.engines.media_server.sockets_open import sockets_open
from matinee.engines.media_server.tls import tls_context
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.processes import Command, Processes, ProgramFailed
from matinee.kernel.quantities import days, seconds
from matinee.wire.encoding import b64url, to_json

_SCRIPTS = ("gate.js", "tickets.js")
_CONFIG, _ACCESS_LOG = "nginx.conf", "access.log"
_PRIVATE = 0o600
_ALL = ".all"
"""No tier is called so."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}\Z")


class NginxServer:
    """Implements `MediaServer`."""

    def __init__(
        self,
        clock: Clock,
        processes: Processes,
        limits: ServerLimits | None = None,
        program: NginxProgram | None = None,
        log_bytes_max: int = LOG_BYTES_MAX,
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._limits = limits or ServerLimits()
        self._program = program
        self._log_bytes_max = log_bytes_max
        self._keys: Mapping[str, bytes] = {}
        self._denied: set[tuple[str, str | None]] = set()
        self._revoked: dict[str, int] = {}
        self._listener: socket.socket | None = None
        self._port = 0
        self._private: PrivateFolder | None = None
        self._log = AccessLog(Path(_ACCESS_LOG))
        self._sockets: NginxSockets | None = None
        self._keeper: NginxKeeper | None = None

    async def start(self, config: MediaServerConfig) -> None:
        if self._listener is not None:
            raise RuntimeError("the server runs already")
        if config.certificate is not None:
            tls_context(config.certificate, config.private_key)  # says what is wrong with it in our words
        program = self._program or await find_nginx(self._processes)
        self._listener = listen(config.host, config.port)
        self._port = self._listener.getsockname()[1]
        try:
            self._private = PrivateFolder()
            self._fill_folder(config)
            self._log = AccessLog(self.folder / _ACCESS_LOG, self._log_bytes_max)
            self._sockets = await NginxSockets.opened(self.folder, self._log, self._clock, self._open_now)
            (self.folder / _CONFIG).write_text(render_config(self._plan(config, program)))
            await self._check(program)
            self._keeper = NginxKeeper(self._command(program), self._log, self._processes, self._clock)
            await self._keeper.start(self._port, is_tls=config.certificate is not None, host=config.host)
        except BaseException:
            await self.stop()
            raise

    @property
    def port(self) -> int:
        return self._port

    @property
    def folder(self) -> Path:
        """What this NGINX was told, while it runs."""
        assert self._private is not None
        return self._private.path

    def deny(self, release: str, path: str | None = None) -> None:
        self._denied.add((release, path))
        if self._listener is not None:
            self._mark_denied(release, path)

    def revoke(self, sessions: Mapping[str, int]) -> None:
        now = self._clock.now().timestamp()
        known = {**self._revoked, **sessions}
        self._revoked = {session: until for session, until in known.items() if until > now}
        if self._listener is not None:
            for session in known.keys() - self._revoked.keys():
                (self.folder / "revoked" / session).unlink(missing_ok=True)
            for session in sessions.keys() & self._revoked.keys():
                self._mark_revoked(session)

    def trust(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        if self._listener is not None:
            self._write_keys()

    def served(self) -> Served:
        self._log.read()
        self._log.counts.connections = self._open_now()
        return total([self._log.counts])

    def sent(self) -> Sequence[Sent]:
        self._log.read()
        return self._log.sent.taken()

    async def stop(self) -> None:
        if self._listener is None:
            return
        if self._keeper is not None:
            await self._keeper.stop()
            self._keeper = None
        if self._sockets is not None:
            self._sockets.close()
            self._sockets = None
        self._listener.close()
        self._listener = None
        self._log.read()
        self._log.counts.connections = 0
        self._log.close()
        if self._private is not None:
            self._private.remove()
            self._private = None

    # ---- its folder

    def _fill_folder(self, config: MediaServerConfig) -> None:
        for inner in ("denied", "revoked", "temporary", "served"):
            (self.folder / inner).mkdir(mode=0o700)
        (self.folder / SERVED).symlink_to(config.root.absolute())
        for name, path in ((CERTIFICATE, config.certificate), (PRIVATE_KEY, config.private_key or config.certificate)):
            if path is not None:
                (self.folder / name).symlink_to(path.absolute())
        scripts = resources.files("matinee.engines.media_server") / "njs"
        for name in _SCRIPTS:
            (self.folder / name).write_bytes((scripts / name).read_bytes())
        self._keys = dict(config.keys)
        self._write_keys()
        for release, denied in self._denied:
            self._mark_denied(release, denied)
        for session in self._revoked:
            self._mark_revoked(session)

    def _write_keys(self) -> None:
        """Replaced as a whole: a request reads the old keys or the new ones."""
        new = self.folder / "keys.new"
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(to_json({name: b64url(key) for name, key in self._keys.items()}))
        new.replace(self.folder / "keys.json")

    def _mark_denied(self, release: str, path: str | None) -> None:
        """A folder for each release of which anything is denied; so one look is enough for all others."""
        parts = (release, *(() if path is None else path.split("/")))
        if not all(part.strip(".") for part in parts) or "/" in release:  # nothing that a request could name
            return
        mark = self.folder / "denied" / release / (_ALL if path is None else path)
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.touch(mode=_PRIVATE)

    def _mark_revoked(self, session: str) -> None:
        if _NAME.match(session):  # any other is none that a ticket could name
            (self.folder / "revoked" / session).touch(mode=_PRIVATE)

    # ---- its process

    def _plan(self, config: MediaServerConfig, program: NginxProgram) -> NginxPlan:
        assert self._listener is not None
        return NginxPlan(
            # The address it was resolved to: a name may stand for several, and NGINX would listen at each.
            host=self._listener.getsockname()[0],
            port=self._port,
            is_tls=config.certificate is not None,
            workers=max(1, config.workers),
            user=_us() if os.geteuid() == 0 else None,
            module=program.module,
            sockets=self.folder,
            open_files_max=_open_files_max(),
            limits=self._limits,
        )

    def _command(self, program: NginxProgram) -> Command:
        assert self._listener is not None
        handle = self._listener.fileno()
        return Command(
            self._argv(program),
            timeout=days(365),
            folder=self.folder,
            # By this it knows a socket that it inherits, as from an NGINX that it replaces.
            environment={"NGINX": f"{handle};"},
            handles=(handle,),
            is_part_of_us=True,
            killed_by="TERM",
        )

    def _argv(self, program: NginxProgram) -> list[str]:
        return [program.path, "-p", f"{self.folder}/", "-c", _CONFIG, "-e", "stderr"]

    async def _check(self, program: NginxProgram) -> None:
        try:
            await self._processes.run(
                Command([*self._argv(program), "-t", "-q"], timeout=seconds(20), folder=self.folder)
            )
        except ProgramFailed as error:
            raise Unavailable(f"NGINX {program.version} does not take its settings: {error.stderr[-600:]}") from error

    def _open_now(self) -> int:
        return sockets_open(self._port) if self._listener is not None else 0


def _us() -> str:
    return f"{pwd.getpwuid(os.geteuid()).pw_name} {grp.getgrgid(os.getegid()).gr_name}"


def _open_files_max() -> int:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
