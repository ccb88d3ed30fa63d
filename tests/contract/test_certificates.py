"""The certificate of our own making: always one that fits its key."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.app.certificates import made_certificate
from matinee.app.doors import Doors
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import SystemFiles
from matinee.kernel.quantities import Instant


class LaterClock(SystemClock):
    def now(self) -> Instant:
        return super().now() + timedelta(days=380)


class FilesThatLoseKeys(SystemFiles):
    """The machine goes down before the key is written."""

    async def write(self, path: Path, content: bytes, *, mode: int = 0o600) -> None:
        if path.suffix == ".key":
            raise OSError("power was lost")
        await super().write(path, content, mode=mode)


def _fits(pair: tuple[Path, Path]) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)
    except ssl.SSLError:
        return False
    return True


async def test_a_renewal_that_is_cut_off_leaves_no_pair_that_does_not_match(tmp_path: Path) -> None:
    first = await made_certificate(tmp_path, "film.example", Doors())
    assert _fits(first)
    with pytest.raises(OSError, match="power"):
        await made_certificate(tmp_path, "film.example", Doors(clock=LaterClock(), files=FilesThatLoseKeys()))
    assert _fits(await made_certificate(tmp_path, "film.example", Doors(clock=LaterClock())))


async def test_it_is_made_once(tmp_path: Path) -> None:
    certificate, _ = await made_certificate(tmp_path, "film.example", Doors())
    before = certificate.read_bytes()
    await made_certificate(tmp_path, "film.example", Doors())
    assert certificate.read_bytes() == before


async def test_a_host_that_no_certificate_can_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="ASCII form"):
        await made_certificate(tmp_path, "kinö.example", Doors())
