"""Any database in MaxMind's format: of countries, of networks, or of both, whoever made it."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb

from matinee.engines.geo.port import NOWHERE, DataUnreadable, Place
from matinee.kernel.addresses import plain_address
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.log import logger

_log = logger("engines.geo")
_LOOK_EVERY_SECONDS = 10.0
_COUNTRIES = ("country", "registered_country", "represented_country")
_ANONYMOUS = ("is_anonymous", "is_anonymous_vpn", "is_anonymous_proxy", "is_public_proxy", "is_tor_exit_node", "is_vpn")


class MmdbGeo:
    def __init__(self, path: Path, files: Files, clock: Clock) -> None:
        self._path = path
        self._files = files
        self._clock = clock
        self._reader: maxminddb.Reader | None = None
        self._state: tuple[int, int] | None = None
        self._looked = float("-inf")

    async def open(self) -> "MmdbGeo":
        """Raises `DataUnreadable`: a service that was told to use it must not start without."""
        self._state, self._looked = await self._files.state(self._path), self._clock.monotonic()
        self._reader = await self._read()
        return self

    def locate(self, address: str) -> Place:
        if self._reader is None:
            return NOWHERE
        try:
            found = self._reader.get(plain_address(address))
        except (ValueError, maxminddb.InvalidDatabaseError):  # no address, or a broken record
            return NOWHERE
        return _place(found) if isinstance(found, Mapping) else NOWHERE

    async def refresh(self) -> None:
        now = self._clock.monotonic()
        if now - self._looked < _LOOK_EVERY_SECONDS:
            return
        self._looked = now
        state = await self._files.state(self._path)
        if state is None or state == self._state:
            return
        self._state = state
        try:
            self._reader = await self._read()
        except DataUnreadable as error:
            _log.error("the new country data cannot be read, and the old stays", reason=error.sentence)
        else:
            _log.info("country data read anew", file=self._path.name)

    async def _read(self) -> maxminddb.Reader:
        try:
            data = await self._files.read(self._path)
            reader = maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD)
            # A file that was cut off opens all the same; its last records are what is missing.
            reader.get("2001:db8::1" if reader.metadata().ip_version == 6 else "203.0.113.1")
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise DataUnreadable(
                f"{self._path} is not a database of addresses (.mmdb): {error}. Give MATINEE_COUNTRIES another file."
            ) from error
        return reader


def _place(record: Mapping[str, Any]) -> Place:
    """Makers name the same thing differently."""
    traits = record.get("traits")
    traits = traits if isinstance(traits, Mapping) else record
    asn = record.get("autonomous_system_number") or record.get("asn") or traits.get("autonomous_system_number")
    name = record.get("autonomous_system_organization") or record.get("as_name") or record.get("organization")
    return Place(
        _country(record),
        _number(asn),
        name if isinstance(name, str) else None,
        traits.get("is_hosting_provider") is True,
        any(traits.get(flag) is True for flag in _ANONYMOUS),
    )


def _country(record: Mapping[str, Any]) -> str | None:
    for part in _COUNTRIES:
        value = record.get(part)
        code = value.get("iso_code") if isinstance(value, Mapping) else value
        if isinstance(code, str) and len(code) == 2:
            return code.upper()
    code = record.get("country_code")
    return code.upper() if isinstance(code, str) and len(code) == 2 else None


def _number(asn: object) -> int | None:
    if isinstance(asn, int):
        return asn
    digits = str(asn or "").removeprefix("AS")
    return int(digits) if digits.isdigit() else None
