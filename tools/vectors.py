"""Writes vectors/{tickets,releases,events}.json: cases that Python and TypeScript must judge alike. Part of `make bless`.

Keys and times are fixed, so that a second run changes nothing. The keys sign nothing but these cases.
"""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Instant, Span, from_epoch_ms
from matinee.wire.callers import Caller
from matinee.wire.encoding import b64url, to_json, to_plain
from matinee.wire.events import (
    AccountDeleted,
    AccountOpened,
    BillingNotice,
    Event,
    LetterDue,
    PlaybackEnded,
    PlaybackStarted,
    ProfileRemoved,
    ReleasePlaced,
    ReleasePublished,
    ReleaseReady,
    ReleaseRemoved,
    RightsEnded,
    SignedInAnew,
    SignedOut,
    TitleChanged,
    TitleEdited,
    TitleLeaving,
    seal,
)
from matinee.wire.releases import ContentKey, Marker, Release, Segment, StoredFile, Thumbnails, Track, files_of
from matinee.wire.tickets import EdgeTicket, KeyRing, LicenseToken, Payload, PlayToken, sign
from tools.schemas import render

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "vectors"

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEYS = {
    "2026-11": hashlib.sha256(b"vector key, november").digest(),
    "2026-10": hashlib.sha256(b"vector key, october").digest(),
}
RING = KeyRing("2026-11", KEYS)
_FOREIGN = hashlib.sha256(b"a key that is in no ring").digest()
_EXP = int(NOW.timestamp()) + 3600

RELEASE = "01939c2e-8f00-7a11-8b22-c33d44e55f66"
TITLE = "01939c2e-7000-7b00-9a00-000000000001"
SESSION = "01939c2e-9a00-7c00-8a00-00000000000a"
ACCOUNT = "01939c2e-1000-7d00-8a00-00000000000b"
PROFILE = "01939c2e-1100-7d00-8a00-00000000000c"
KEY_ID = "3f2504e04f8941d39a0c0305e82c3301"

EDGE = EdgeTicket("2026-11", RELEASE, ("clear", "audio", "sd", "hd"), _EXP, SESSION, "DE")
PLAY = PlayToken("2026-11", SESSION, ACCOUNT, PROFILE, TITLE, RELEASE, _EXP)
LICENSE = LicenseToken("2026-11", SESSION, ACCOUNT, "dev-1", RELEASE, ("sd", "hd"), _EXP, "once-1")
CALLER = Caller(
    "2026-11", int(NOW.timestamp()) + 5, ACCOUNT, PROFILE, "DE", 16, "standard", 2, ("member",), "dev-1", "ja"
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in vectors().items():
        (FOLDER / name).write_text(text)


def vectors() -> dict[str, str]:
    """File names and what belongs in them."""
    return {
        "tickets.json": render(tickets()),
        "releases.json": render(releases()),
        "events.json": render(events()),
    }


def tickets() -> dict[str, Any]:
    return {
        "about": "Each case: verify `ticket` as `purpose` with `keys` at `now`. `payload` or `refused` must come out.",
        "keys": {kid: key.hex() for kid, key in KEYS.items()},
        "now": int(NOW.timestamp()),
        "cases": [*_granted(), *_refused()],
        "admits": [
            {"ticket": sign(EDGE, RING), "release": RELEASE, "tier": "hd", "admits": True},
            {"ticket": sign(EDGE, RING), "release": RELEASE, "tier": "uhd", "admits": False},
            {"ticket": sign(EDGE, RING), "release": TITLE, "tier": "hd", "admits": False},
        ],
        "clients": _clients(),
    }


def _clients() -> list[dict[str, Any]]:
    """Who may show a ticket that says whom it is for. `bytes` is the address as a socket has it, in hexadecimal digits."""
    office, site = "4:c63364", "6:20010db80001"
    mapped = "00000000000000000000ffff"
    cases: list[tuple[str | None, str, str, bool]] = [
        (None, "198.51.100.7", "c6336407", True),
        (None, "2001:db8:1::7", "20010db8000100000000000000000007", True),
        (office, "198.51.100.7", "c6336407", True),
        (office, "198.51.100.255", "c63364ff", True),
        (office, "198.51.101.7", "c6336507", False),
        (office, "::ffff:198.51.100.7", f"{mapped}c6336407", True),
        (office, "::ffff:c633:6507", f"{mapped}c6336507", False),
        (office, "c633:6400::1", "c6336400000000000000000000000001", False),
        (site, "2001:db8:1:ffff::1", "20010db80001ffff0000000000000001", True),
        (site, "2001:0DB8:0001:0000:0000:0000:0000:0001", "20010db8000100000000000000000001", True),
        (site, "2001:db8:2::1", "20010db8000200000000000000000001", False),
        (site, "32.1.13.184", "20010db8", False),
        ("4:c6336407", "198.51.100.7", "c6336407", True),
        ("4:c6336407", "198.51.100.70", "c6336446", False),
    ]
    return [
        {"ticket": sign(replace(EDGE, client=client), RING), "address": address, "bytes": digits, "is_for": answer}
        for client, address, digits, answer in cases
    ]


def _granted() -> list[dict[str, Any]]:
    cases: list[tuple[str, Payload]] = [
        ("an edge ticket", EDGE),
        ("an edge ticket without a country", replace(EDGE, country=None)),
        ("an edge ticket for one network", replace(EDGE, client="4:c63364")),
        ("an edge ticket signed with last month's key", replace(EDGE, kid="2026-10")),
        ("an edge ticket in its last second", replace(EDGE, exp=int(NOW.timestamp()) + 1)),
        ("a play token", PLAY),
        ("a license token", LICENSE),
        ("a caller ticket", CALLER),
        ("a caller ticket of an account that chose no profile", replace(CALLER, profile=None)),
        ("a plan whose name is not ASCII", replace(CALLER, plan="Größe 大")),
    ]
    before = {name: value for name, value in to_plain(EDGE).items() if name != "client"}
    return [
        {"name": name, "purpose": payload.purpose, "ticket": sign(payload, RING), "payload": to_plain(payload)}
        for name, payload in cases
    ] + [
        {
            "name": "an edge ticket of a build that knew no clients, with a word of one to come",
            "purpose": "edge",
            "ticket": _forge(to_json({**before, "later": [1]})),
            "payload": to_plain(EDGE),
        }
    ]


def _refused() -> list[dict[str, Any]]:
    good = sign(EDGE, RING)
    body, mac = good.split(".")
    plain = to_plain(EDGE)
    expired = replace(EDGE, exp=int(NOW.timestamp()))
    cases = [
        ("nothing", "edge", "", "malformed"),
        ("no signature", "edge", body, "malformed"),
        ("an empty signature", "edge", f"{body}.", "bad signature"),
        ("three parts", "edge", f"{good}.{mac}", "malformed"),
        ("padding", "edge", f"{body}.{mac}=", "malformed"),
        ("a foreign character", "edge", f"{body}.{mac[:-1]}!", "malformed"),
        ("the standard alphabet", "edge", f"{body}.+{mac[1:]}", "malformed"),
        ("a last character with spare bits set", "edge", f"{body}.{mac[:-1]}{_spare_bits(mac[-1])}", "malformed"),
        ("a body that is not JSON", "edge", _forge(b"not json"), "malformed"),
        ("a body without its release", "edge", _forge(_without(plain, "release")), "malformed"),
        ("an end that is text", "edge", _forge(to_json({**plain, "exp": "soon"})), "malformed"),
        ("tiers that are one text", "edge", _forge(to_json({**plain, "tiers": "hd"})), "malformed"),
        ("a country that is a number", "edge", _forge(to_json({**plain, "country": 49})), "malformed"),
        ("a client that is a number", "edge", _forge(to_json({**plain, "client": 4})), "malformed"),
        ("a client that is a list", "edge", _forge(to_json({**plain, "client": ["4:c63364"]})), "malformed"),
        ("a version of tomorrow", "edge", _forge(to_json({**plain, "v": 2})), "malformed"),
        ("more than a ticket may hold", "edge", f"{body}{'A' * 1024}.{mac}", "malformed"),
        ("a key nobody has", "edge", _forge(to_json(replace(EDGE, kid="2020-01"))), "unknown key"),
        ("a signature by a foreign key", "edge", _forge(to_json(EDGE), key=_FOREIGN), "bad signature"),
        ("one bit of the signature turned", "edge", f"{body}.{_turned(mac)}", "bad signature"),
        (
            "a shortened signature",
            "edge",
            f"{body}.{b64url(_mac(KEYS['2026-11'], 'edge', body)[:16])}",
            "bad signature",
        ),
        (
            "another body under the same signature",
            "edge",
            f"{b64url(to_json({**plain, 'tiers': ['uhd']}))}.{mac}",
            "bad signature",
        ),
        (
            "an edge payload signed for the license door",
            "edge",
            _forge(to_json(EDGE), purpose="license"),
            "bad signature",
        ),
        ("an old body named as the new key's", "edge", _forge(to_json(EDGE), key=KEYS["2026-10"]), "bad signature"),
        ("a play token at the edge", "edge", sign(PLAY, RING), "malformed"),
        ("an edge ticket as a play token", "play", good, "malformed"),
        ("a license token as a play token", "play", sign(LICENSE, RING), "malformed"),
        ("a ticket that ends now", "edge", sign(expired, RING), "expired"),
        ("a play token that ended", "play", sign(replace(PLAY, exp=0), RING), "expired"),
        ("a license token that ended", "license", sign(replace(LICENSE, exp=1), RING), "expired"),
        ("a caller ticket that ended", "caller", sign(replace(CALLER, exp=int(NOW.timestamp()) - 5), RING), "expired"),
    ]
    return [{"name": name, "purpose": purpose, "ticket": text, "refused": why} for name, purpose, text, why in cases]


def _mac(key: bytes, purpose: str, body: str) -> bytes:
    """Written out again here, so that the vectors do not take the tested code's word for it."""
    return hmac.new(key, b"matinee:" + purpose.encode() + b":" + body.encode(), hashlib.sha256).digest()


def _forge(payload: bytes, *, key: bytes = KEYS["2026-11"], purpose: str = "edge") -> str:
    body = b64url(payload)
    return f"{body}.{b64url(_mac(key, purpose, body))}"


def _without(plain: dict[str, Any], name: str) -> bytes:
    return to_json({key: value for key, value in plain.items() if key != name})


def _turned(mac: str) -> str:
    return ("B" if mac[0] == "A" else "A") + mac[1:]


def _spare_bits(last: str) -> str:
    """A character that decodes to the same bytes: 43 characters carry two bits more than 32 bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(last) | 1]


def _segment(name: str, start: int, duration: int, vmaf: float | None = None) -> Segment:
    return Segment(name, start, duration, 1000 + start % 997, hashlib.sha256(name.encode()).hexdigest(), vmaf)


def _init(track: str) -> StoredFile:
    return StoredFile("init.mp4", 800, hashlib.sha256(f"init of {track}".encode()).hexdigest())


def small_release() -> Release:
    """Two rungs, one language, subtitles and thumbnails: every part of the message, twice where order matters."""
    video = tuple(
        Track(
            id=f"v{height}",
            kind="video",
            tier="hd" if height > 576 else "sd",
            mime="video/mp4",
            codecs="avc1.64001f",
            timescale=24000,
            bandwidth=height * 2500,
            bandwidth_average=height * 2000,
            init=_init(f"v{height}"),
            segments=tuple(_segment(f"{n}.m4s", n * 96000, 96000, 93.5 + n / 4) for n in range(2)),
            key_id=KEY_ID,
            width=height * 16 // 9,
            height=height,
            frame_rate="24000/1000",
            vmaf=93.6,
        )
        for height in (360, 720)
    )
    audio = Track(
        id="a-en",
        kind="audio",
        tier="audio",
        mime="audio/mp4",
        codecs="mp4a.40.2",
        timescale=48000,
        bandwidth=130000,
        bandwidth_average=128000,
        init=_init("a-en"),
        segments=tuple(_segment(f"{n}.m4s", n * 192000, 192000) for n in range(2)),
        language="en",
        channels=2,
        sample_rate=48000,
    )
    text = Track("t-ja", "text", "clear", "text/vtt", "wvtt", 1000, 300, 200, None, (_segment("all.vtt", 0, 8000),))
    sheets = Track(
        "thumbs", "image", "clear", "image/jpeg", "jpeg", 1000, 9000, 9000, None, (_segment("0.jpg", 0, 8000),)
    )
    return Release(
        release_id=RELEASE,
        title_id=TITLE,
        created_at=NOW,
        profile="fast",
        source_sha256=hashlib.sha256(b"a master").hexdigest(),
        duration_ms=8000,
        scheme="cbcs",
        tracks=(*video, audio, replace(text, language="ja", label="日本語"), sheets),
        keys=(ContentKey(KEY_ID, "sd", {"common": "AAAAIHBzc2g="}),),
        markers=(Marker("intro", 0, 2000), Marker("chapter", 2000, 8000, "The boat")),
        thumbnails=Thumbnails("thumbs", 5, 5, 160, 90, 2000, 4),
        notes=("silence added: the master had no sound",),
    )


def releases() -> dict[str, Any]:
    release = small_release()
    plain = to_plain(release)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("a version of tomorrow", {**plain, "version": 2}),
        ("a scheme nobody speaks", {**plain, "scheme": "none"}),
        ("no tracks at all", {key: value for key, value in plain.items() if key != "tracks"}),
        ("a track of an unknown kind", {**plain, "tracks": [{**plain["tracks"][0], "kind": "smell"}]}),
        ("thumbnail columns that are text", {**plain, "thumbnails": {**plain["thumbnails"], "columns": "five"}}),
    ]
    return {
        "about": "`valid` must be read and written back with this canonical hash; `files` is what it lists, in order.",
        "valid": [
            {
                "name": "a small release with every part",
                "release": plain,
                "canonical_sha256": hashlib.sha256(to_json(release)).hexdigest(),
                "files": [[path, stored.size, stored.sha256] for path, stored in files_of(release)],
            }
        ],
        "refused": [{"name": name, "release": broken} for name, broken in wrong],
    }


class _CountingChance:
    """The same ids in every run."""

    def __init__(self) -> None:
        self._drawn = 0

    def bytes(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.sha256(self._drawn.to_bytes(4)).digest()[:count]

    def uniform(self) -> float:
        return 0.5


class _FixedClock:
    def now(self) -> Instant:
        return from_epoch_ms(int(NOW.timestamp()) * 1000)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, span: Span) -> None:
        return None


def sample_events() -> list[Event]:
    sha = hashlib.sha256(b"release.json").hexdigest()
    return [
        ReleaseReady(TITLE, RELEASE, "fast", 8000, 12345, sha, edition=hashlib.sha256(b"edition").hexdigest()),
        ReleasePlaced(TITLE, RELEASE),
        ReleaseRemoved(TITLE, RELEASE),
        ReleasePublished(TITLE, RELEASE),
        ReleasePublished(TITLE, None),
        TitleChanged(TITLE),
        TitleEdited(TITLE, ACCOUNT, "edit", 3, ("year",), {"year": "2024"}, {"year": "2025"}),
        TitleLeaving(TITLE, NOW, ("DE", "FR")),
        RightsEnded(TITLE, ("DE", "FR"), NOW, "changed"),
        PlaybackStarted(SESSION, ACCOUNT, PROFILE, TITLE, RELEASE),
        PlaybackEnded(SESSION, ACCOUNT, PROFILE, TITLE, "stopped"),
        ProfileRemoved(ACCOUNT, PROFILE),
        SignedOut(ACCOUNT, "dev-1"),
        SignedInAnew(ACCOUNT, "dev-1", "A browser", NOW),
        LetterDue(SESSION),
        AccountOpened(ACCOUNT, "standard"),
        AccountDeleted(ACCOUNT, (PROFILE,)),
        BillingNotice(ACCOUNT, "payment_failed", "standard"),
    ]


def events() -> dict[str, Any]:
    ids = Ids(_FixedClock(), _CountingChance())
    sealed = [seal(event, ids=ids, at=NOW, source="vectors") for event in sample_events()]
    return {
        "about": "`data` is base64 of canonical JSON; `event` is what it says.",
        "valid": [
            {"type": event.type, "envelope": to_plain(envelope), "event": to_plain(event)}
            for event, envelope in zip(sample_events(), sealed, strict=True)
        ],
        "refused": [
            {"name": "an event of another type", "type": "title.changed", "envelope": to_plain(sealed[0])},
            {
                "name": "data without a field",
                "type": "title.changed",
                "envelope": {**to_plain(sealed[4]), "data": "e30="},
            },
        ],
    }


if __name__ == "__main__":
    main()
