"""Settings: what an operator may choose. From the environment and flags, parsed once, typed ever after."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from matinee.kernel.errors import InvalidInput


def default_data() -> Path:
    """`MATINEE_DATA`, else the user's data folder."""
    if named := os.environ.get("MATINEE_DATA"):
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "matinee"


_INSIDE_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
"""Where this machine reaches itself when it listens on every address."""
_TICKETS_MAY_NAME = frozenset(("country", "client"))
_PATHWAY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}\Z")
_PATHWAY_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?\Z")
_FORMS = {
    "outside_cdns": "name=https://host/path, each name once, several with a comma between them",
    "payments": "pretend or stripe",
    "trusted_proxies": "networks such as 10.0.0.0/8, several with a comma between them",
}
_LOG_LEVELS = ("debug", "info", "warning", "error")
_RANGES = {
    "port": (0, 65535),
    "edge_port": (1, 65535),
    "origin_port": (1, 65535),
    "workers": (1, 64),
    "worker_processes": (0, 64),
    "title_jobs": (1, 10_000),
    "review_one_in": (1, 1_000_000),
    "kept_chunks_gib": (0, 1 << 20),
    "leaving_soon_days": (1, 90),
}


@dataclass(frozen=True, slots=True)
class Settings:
    data: Path
    host: str = "127.0.0.1"
    port: int = 8400
    edge_port: int = 8401
    origin_port: int = 8402
    public_host: str | None = None
    """The name viewers use, where it differs from the address listened on."""
    certificate: Path | None = None
    private_key: Path | None = None
    demo: bool = True
    workers: int = 1
    """Encodes at once in a process."""
    worker_processes: int = 0
    """How many processes encode beside the house. With any, the house itself encodes nothing."""
    title_jobs: int | None = None
    """How many jobs of one title may be in hand at once, over all processes."""
    review_one_in: int = 10
    """Of the versions in which quality control found nothing, one in so many is shown to a person all the same."""
    watch: Path | None = None
    """A folder: films put into it are published."""
    kept_chunks_gib: int = 20
    """Of finished chunks, put by so that a title's next version encodes only what has changed. 0: none."""
    log_level: str = "warning"
    country: str = "XX"
    """Where viewers are taken to be whose address says nothing: that of this machine or of a network of one's own."""
    countries: Path | None = None
    """Which country an address is in: a database in MaxMind's format (.mmdb). Without one, what the registries delegated."""
    suspect_networks: Path | None = None
    """Networks that viewers hardly come from (a line each: network or AS number, `hosting` or `vpn`, a name)."""
    portability: frozenset[str] = frozenset()
    """Countries, or `EU`, whose members keep their catalog on a short stay in another of them. None: where one is decides."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose word in X-Forwarded-For is believed."""
    leaving_soon_days: int = 7
    """How long before a title leaves it says so, and those who have it on My List are told."""
    tickets_name: frozenset[str] = frozenset()
    """What edge tickets name beside what they must: `country`, `client` (the network of who asks; phones move)."""
    outside_cdns: Mapping[str, str] = field(default_factory=dict)
    """CDNs of others that fetch from our origins, by the name of their pathway: base URLs."""
    payments: Literal["pretend", "stripe"] = "pretend"
    """Who moves the money. `pretend` moves none."""
    stripe_key: Path | None = None
    """A file with Stripe's secret key in it."""
    stripe_webhook_secret: Path | None = None
    """A file with the secret that signs Stripe's messages."""
    stripe_url: str = "https://api.stripe.com"
    billing_terms: Path | None = None
    """A file with prices, taxes, trials and the seller's details (JSON), instead of ours."""
    passwords: Literal["strong", "light"] = "strong"
    """How much work a password's hash is. Never read from outside: light ones are for simulated members."""
    breached_passwords: Path | None = None
    """Passwords that are refused: SHA-1 digests, sorted, one a line, or the passwords themselves."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def workers_here(self) -> int:
        """Encodes at once in the process that advances journeys."""
        return 0 if self.worker_processes else self.workers

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "http"

    @property
    def shown_host(self) -> str:
        return self.public_host or self.host

    @property
    def inside_host(self) -> str:
        """The address under which processes of this machine reach each other, whatever viewers call it."""
        return _INSIDE_OF.get(self.host, self.host)

    @property
    def origin(self) -> str:
        """Scheme and host as URLs write them."""
        host = f"[{self.shown_host}]" if ":" in self.shown_host else self.shown_host
        return f"{self.scheme}://{host}"

    @property
    def url(self) -> str:
        return f"{self.origin}:{self.port}"


def listens_everywhere(host: str) -> bool:
    return host in _INSIDE_OF


def inherited_environment() -> dict[str, str]:
    """For a program of ours that is to differ in a name or two."""
    return dict(os.environ)


def plain_output() -> bool:
    """Whether the reader wants no color and no rewritten lines (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def read_settings(flags: Mapping[str, object], environment: Mapping[str, str] | None = None) -> Settings:
    """Flags win over `MATINEE_*` variables, which win over defaults. A wrong value is named."""
    env = dict(os.environ if environment is None else environment)
    values: dict[str, object] = {"data": Path(str(flags.get("data") or default_data())).expanduser().resolve()}
    for name, kind in (
        ("host", str),
        ("port", int),
        ("edge_port", int),
        ("origin_port", int),
        ("public_host", str),
        ("certificate", Path),
        ("private_key", Path),
        ("workers", int),
        ("worker_processes", int),
        ("title_jobs", int),
        ("review_one_in", int),
        ("watch", Path),
        ("kept_chunks_gib", int),
        ("log_level", str),
        ("country", str),
        ("breached_passwords", Path),
        ("countries", Path),
        ("suspect_networks", Path),
        ("portability", _words),
        ("trusted_proxies", _networks),
        ("leaving_soon_days", int),
        ("tickets_name", _words),
        ("outside_cdns", _pathways),
        ("payments", _provider),
        ("stripe_key", Path),
        ("stripe_webhook_secret", Path),
        ("stripe_url", str),
        ("billing_terms", Path),
    ):
        given = flags.get(name)
        given = env.get(f"MATINEE_{name.upper()}") if given is None else given
        if given is not None:
            values[name] = _parsed(name, given, kind)
    # A second house beside the first is one flag away.
    for number, name in enumerate(("edge_port", "origin_port"), 1):
        if values.get("port") and name not in values:
            values[name] = _parsed(name, str(values["port"] + number), int)  # type: ignore[operator]  # parsed above
    if (demo := flags.get("demo")) is not None:
        values["demo"] = bool(demo)
    settings = Settings(**values, environment=env)  # type: ignore[arg-type]  # each value was parsed to its field's type
    if (settings.certificate is None) != (settings.private_key is None):
        raise InvalidInput("Give both --certificate and --private-key, or neither.")
    if listens_everywhere(settings.host) and settings.public_host is None:
        raise InvalidInput(f"Listening on {settings.host}, say by which name viewers come: --public-host NAME.")
    return settings


def _provider(text: str) -> str:
    if text not in ("pretend", "stripe"):
        raise ValueError(text)
    return text


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def _networks(text: str) -> tuple[str, ...]:
    """In order, each as itself."""
    return tuple(str(ip_network(word.strip())) for word in text.split(",") if word.strip())


def _pathways(text: str) -> dict[str, str]:
    """`name=https://host/path,…`"""
    found = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, url = part.partition("=")
        if not (_PATHWAY.match(name) and _PATHWAY_URL.match(url)) or name in found:
            raise ValueError(part)
        found[name] = url.rstrip("/")
    return found


def _parsed(name: str, given: object, kind: Callable[[Any], Any]) -> Any:
    try:
        value = kind(given)
    except (TypeError, ValueError):
        what = "a whole number" if kind is int else _FORMS.get(name, f"a {kind.__name__}")
        raise InvalidInput(f"{name} cannot be {given!r}: it must be {what}.", field=name) from None
    if name in _RANGES:
        least, most = _RANGES[name]
        if not least <= value <= most:
            raise InvalidInput(f"{name} cannot be {value}: it must be from {least} to {most}.", field=name)
    if name == "log_level" and value not in _LOG_LEVELS:
        raise InvalidInput(f"{name} cannot be {value!r}: it must be one of {', '.join(_LOG_LEVELS)}.", field=name)
    if name == "tickets_name" and not value <= _TICKETS_MAY_NAME:
        words = ", ".join(sorted(_TICKETS_MAY_NAME))
        raise InvalidInput(f"{name} cannot be {given!r}: it must be some of {words}.", field=name)
    return value
