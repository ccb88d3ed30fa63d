"""Five masters of five kinds, each published into a fresh house, played in a real Chromium in every codec it decodes, and read.

What the browser cannot show is not passed over: all pictures and sounds are opened with their licenses and decoded to their ends.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.bench.browser import NotPlayed, Seen, Watcher
from matinee.bench.houses import HouseFailed, RealHouse
from matinee.bench.masters import FULL, MASTERS, SMALL, Scale
from matinee.bench.reading import Opened, Reader
from matinee.bench.report import Figure, Report
from matinee.kernel.errors import InvalidInput
from matinee.kernel.processes import Command, ProgramFailed
from matinee.kernel.quantities import minutes
from matinee.wire.encoding import from_json
from matinee.wire.releases import RELEASE_FILE, Release, VideoCodec, codec_family

_EMAIL = "showcase@bench.example"
_IN_CHROMIUM = ("avc1", "av01", "vp09")


@dataclass(frozen=True, slots=True)
class _Shown:
    name: str
    release: Release | None = None
    publish_s: float = 0.0
    seen: tuple[Seen, ...] = ()
    opened: tuple[Opened, ...] = ()
    wrong: str = ""

    @property
    def has_played(self) -> bool:
        """In each codec that Chromium decodes."""
        pictures = [track for track in self.release.tracks if track.kind == "video"] if self.release else []
        wanted = {codec_family(track) for track in pictures} & {*_IN_CHROMIUM}
        return bool(wanted) and wanted == {seen.codec for seen in self.seen if seen.decoded}

    def row(self) -> Mapping[str, object]:
        tracks = self.release.tracks if self.release else ()
        pictures = [track for track in tracks if track.kind == "video"]
        return {
            "film": self.name,
            "wrong": self.wrong,
            "publish_s": round(self.publish_s, 1),
            "ladder": [f"{codec_family(t)} {t.width}x{t.height} {t.video_range or 'SDR'}" for t in pictures],
            "sounds": sum(track.kind == "audio" for track in tracks),
            "texts": sum(track.kind == "text" for track in tracks),
            "played": [
                f"{seen.codec} {seen.width}x{seen.height}: {seen.played_s:.2f} s, {seen.decoded} frames"
                for seen in self.seen
            ],
            "opened": len(self.opened),
            "not_opened": [f"{each.track}: {each.wrong}" for each in self.opened if each.wrong],
        }


async def run(options: argparse.Namespace, doors: Doors, say: Callable[[str], None]) -> Report:
    names = options.films.split(",") if options.films else list(MASTERS)
    if unknown := [name for name in names if name not in MASTERS]:
        raise InvalidInput(f"There is no master {unknown[0]!r}. There are {', '.join(MASTERS)}.", field="films")
    scale = SMALL if options.small else FULL
    with TemporaryDirectory(prefix="matinee-bench-") as folder:
        house = RealHouse(Path(folder), doors)
        await house.start(split=False, log=Path(folder) / "house.log")
        try:
            show = _Show(house, Path(folder), scale, options.codecs, doors, say, keep=options.keep)
            await show.open()
            shown = [await show.film(name) for name in names]
        finally:
            await house.stop()
            await doors.network.close()
    wanted = sum(track.kind in ("video", "audio") for film in shown if film.release for track in film.release.tracks)
    opened = [each for film in shown for each in film.opened]
    figures = [
        Figure("published", sum(film.release is not None for film in shown), "films", len(names), "higher"),
        Figure("played", sum(film.has_played for film in shown), "films", len(names), "higher"),
        Figure("tracks_opened", sum(not each.wrong for each in opened), "tracks", max(1, wanted), "higher"),
        Figure("dropped_share", _dropped_share([seen for film in shown for seen in film.seen]), "of frames"),
    ]
    asked = {"films": names, "codecs": list(options.codecs), "lines_max": scale.lines, "seconds": scale.seconds}
    return Report("showcase", asked, figures, {"films": [film.row() for film in shown]})


class _Show:
    def __init__(
        self,
        house: RealHouse,
        folder: Path,
        scale: Scale,
        codecs: Sequence[VideoCodec],
        doors: Doors,
        say: Callable[[str], None],
        *,
        keep: Path | None,
    ) -> None:
        self._house = house
        self._folder = folder
        self._scale = scale
        self._codecs = codecs
        self._doors = doors
        self._say = say
        self._keep = keep
        self._password = ""

    async def open(self) -> None:
        """Somebody to watch."""
        adding = [sys.executable, "-m", "matinee", "operator", "add", _EMAIL, "--data", str(self._house.data)]
        told = (await self._doors.processes.run(Command(adding, minutes(1)))).stdout.decode()
        self._password = told.split("password")[1].split()[0]
        await self._house.welcome(_EMAIL, self._password)

    async def film(self, name: str) -> _Shown:
        """What went wrong with one is its own, and the next gets its turn."""
        drawing = self._folder / name
        drawing.mkdir()
        self._say(f"{name}: drawing …")
        master = await MASTERS[name](drawing, self._scale, self._doors.processes)
        self._say(f"{name}: publishing {master.stat().st_size / 1e6:.1f} MB …")
        began = self._doors.clock.monotonic()
        release: Release | None = None
        took, seen, opened = 0.0, [], []
        try:
            release = await self._release_of(await self._published(name, master))
            took = self._doors.clock.monotonic() - began
            families = {codec_family(track) for track in release.tracks if track.kind == "video"}
            for family in [each for each in _IN_CHROMIUM if each in families]:
                self._say(f"{name}: playing {family} …")
                seen.append(await self._watched(name, release.title_id, family))
            self._say(f"{name}: reading {len(release.tracks)} tracks …")
            opened = await Reader(self._house, self._doors, drawing).read(release)
        except (ProgramFailed, HouseFailed, NotPlayed) as error:
            self._say(f"{name}: {error}")
            return _Shown(name, release, took, tuple(seen), wrong=str(error))
        return _Shown(name, release, took, tuple(seen), tuple(opened))

    async def _watched(self, name: str, title_id: str, family: str) -> Seen:
        picture = self._keep / f"{name}-{family}.png" if self._keep else None
        async with Watcher(self._house.url, _EMAIL, self._password, only=family) as watcher:
            return await watcher.watch(title_id, picture=picture)

    async def _published(self, name: str, master: Path) -> str:
        flags = ["--title", f"Showcase {name}", "--rating", "G", "--releases", "full"]
        flags += ["--codecs", ",".join(self._codecs), "--data", str(self._house.data)]
        done = await self._doors.processes.run(
            Command([sys.executable, "-m", "matinee", "publish", str(master), *flags], minutes(60))
        )
        return done.stdout.decode().strip().rsplit("/", 1)[-1]

    async def _release_of(self, title_id: str) -> Release:
        for path in (self._house.data / "blobs" / "objects" / "releases").glob(f"*/{RELEASE_FILE}"):
            release = from_json(path.read_bytes(), Release, what=RELEASE_FILE)
            if release.title_id == title_id:
                return release
        raise HouseFailed(f"There is no release of {title_id}.")


def _dropped_share(seen: Sequence[Seen]) -> float:
    return sum(each.dropped for each in seen) / max(1, sum(each.decoded for each in seen))
