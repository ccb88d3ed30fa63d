"""Walls around a program that reads what strangers send: some files, no network, nothing else.

Linux lets any process shut doors behind itself for good, without root: Landlock for files, a system call filter (seccomp)
for sockets. Both hold for a thread and for whatever it starts. So the thread that is about to start a program walls
itself in (`kernel/starting`), and no code has to run between fork and exec. Where a kernel lacks one of them that wall is
missing, and `matinee doctor` says so; limits hold everywhere on Linux.
"""

import ctypes
import os
import platform
import stat
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# ---- Landlock, from the kernel's headers: the numbers are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MOVE, _TRUNCATE, _CONTROL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_FILES_V1 = (1 << 13) - 1
_NETWORK = 0b11
"""To bind and to connect."""
_SCOPES = 0b11
"""Abstract sockets and signals: neither reaches a process outside."""
_LATER_FILES = {2: _MOVE, 3: _TRUNCATE, 5: _CONTROL_DEVICE}
"""What later versions of Landlock know to deny."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6

# ---- prctl and seccomp
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _IS, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT = 0, 4
_ALLOW, _KILL, _REFUSE_EACCES = 0x7FFF0000, 0x80000000, 0x00050000 | 13
_IO_URING = 425
_FIRST_X32 = 0x40000000
"""The second set of system calls that x86-64 has."""

_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store")
_FACTS = ("/etc/ld.so.cache", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system", "/dev/urandom", "/dev/zero")
"""What programs ask of the machine they run on."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """All that a program may touch. A file that is to be written is made first, empty, so that no name beside it is open to
    the program; when the program fails, the file goes.
    """

    reads: Sequence[Path] = ()
    writes: Sequence[Path] = ()
    """Files; or folders, with all below them."""


@dataclass(frozen=True, slots=True)
class Walls:
    """What this system can close: other files, and the network."""

    files: bool
    network: bool


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    socket: int
    trace: int


_MACHINES = {"x86_64": _Machine(0xC000003E, 41, 101), "aarch64": _Machine(0xC00000B7, 198, 117)}


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


@cache
def walls() -> Walls:
    """What this system offers. Asked without walling anybody in."""
    return Walls(files=_landlock_version() > 0, network=_has_filters())


def enter(confinement: Confinement, programs: Sequence[Path]) -> None:
    """Wall in the calling thread, and what it starts from now on. There is no way out: the thread has to end after."""
    offered = walls()
    if not offered.files and not offered.network:
        return
    _call(_libc().prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    if offered.files:
        _close_files(confinement, programs)
    if offered.network:
        _close_network()


def _close_files(confinement: Confinement, programs: Sequence[Path]) -> None:
    version = _landlock_version()
    every = _FILES_V1 | sum(right for since, right in _LATER_FILES.items() if version >= since)
    handled = [every, _NETWORK if version >= _NETWORK_SINCE else 0, _SCOPES if version >= _SCOPES_SINCE else 0]
    size = 8 * (3 if version >= _SCOPES_SINCE else 2 if version >= _NETWORK_SINCE else 1)
    rules = _call(_libc().syscall(_CREATE_RULESET, struct.pack("QQQ", *handled), ctypes.c_size_t(size), 0))
    try:
        for path, rights in _rights(confinement, programs, every):
            _allow(rules, path, rights & every)
        _call(_libc().syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _rights(confinement: Confinement, programs: Sequence[Path], every: int) -> Iterator[tuple[Path, int]]:
    yield from ((Path(folder), _EXECUTE | _READ_FILE | _READ_FOLDER) for folder in _LIBRARIES)
    yield from ((Path(fact), _READ_FILE | _READ_FOLDER) for fact in _FACTS)
    yield Path(os.devnull), _READ_FILE | _WRITE_FILE
    yield from ((program, _EXECUTE | _READ_FILE) for program in programs)
    yield from ((path, _READ_FILE | _READ_FOLDER) for path in confinement.reads)
    for path in confinement.writes:
        if not path.is_dir():
            path.touch()
        yield path, every & ~(_EXECUTE | _CONTROL_DEVICE)


def _allow(rules: int, path: Path, rights: int) -> None:
    # What is not there needs no right, and what is asked of it will fail in its own words.
    with suppress(FileNotFoundError, NotADirectoryError):
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(handle).st_mode):
                rights &= _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
            rule = struct.pack("=Qi", rights, handle)
            _call(_libc().syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0))
        finally:
            os.close(handle)


def _close_network() -> None:
    """No new socket, by this door or by another: io_uring opens them too, and so does a process one can trace.

    Pairs of sockets stay: they lead nowhere but to the program itself and its children.
    """
    machine = _MACHINES[platform.machine()]
    refused = (machine.socket, machine.trace, _IO_URING)
    program = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IS, 1, 0, machine.audit),
        (_ANSWER, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, len(refused) + 1, 0, _FIRST_X32),
        *((_IS, len(refused) - place, 0, number) for place, number in enumerate(refused)),
        (_ANSWER, 0, 0, _ALLOW),
        (_ANSWER, 0, 0, _REFUSE_EACCES),
    ]
    compiled = b"".join(struct.pack("HBBI", *line) for line in program)
    told = _Filter(len(program), compiled)
    _call(_libc().prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(told), 0, 0))


@cache
def _landlock_version() -> int:
    """0 where the kernel has none, or does not let us."""
    if sys.platform != "linux":
        return 0
    version: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    return max(0, version)


def _has_filters() -> bool:
    if sys.platform != "linux" or platform.machine() not in _MACHINES or sys.maxsize < 1 << 32:
        return False
    # Asked with no filter at all: a kernel that would take one complains of the address.
    _libc().prctl(_SET_SECCOMP, _FILTER_MODE, None, 0, 0)
    return ctypes.get_errno() == _EFAULT


_EFAULT = 14


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"a program cannot be confined: {os.strerror(number)}")
    return answer
