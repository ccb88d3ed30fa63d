"""What many workers cost and what they promise: `matinee bench farm`.

The same films are made by one process and by two worker processes with as many encodes at once, and their processor time
is compared. Then a worker and the process that advances journeys are killed in the middle, and every chunk and rung must be
the same, byte by byte, and none made twice. A title of thousands of jobs that do nothing shows what scheduling costs.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import imageio_ffmpeg

from matinee.app.companions import STUDIO_WORKER
from matinee.app.doors import Doors
from matinee.app.settings import read_settings
from matinee.bench.crashes import Say
from matinee.bench.houses import HouseFailed, RealHouse
from matinee.bench.keeping import Keeper, same_bytes
from matinee.bench.parts import HOUSE, parts_of
from matinee.bench.recordings import Recorder, Recording, errors_of, others, read_recordings, write_recording
from matinee.bench.report import Figure, Report
from matinee.bench.scheduling import scheduling_cpu_s
from matinee.kernel.errors import InvalidInput
from matinee.kernel.processes import Command
from matinee.kernel.quantities import minutes, seconds

_ONE = ("--workers", "2")
_TWO = ("--workers", "1", "--worker-processes", "2")
_SETTLED = seconds(2)
"""What a house does right after it has come up is nobody's encode."""
_LOOK_EVERY = seconds(0.05)
_FILM_S = 45
_PUBLISHED_WITHIN = minutes(60)
_PROFILE = "full"


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        folder = Path(options.data or made)
        films = _clips(options.clips) if options.clips else await _drawn(folder, doors)
        say(f"{options.jobs} jobs that do nothing …")
        job_s = await scheduling_cpu_s(folder / "scheduling", options.jobs, doors)
        say("one process …")
        one = await _Evening(folder / "one", films, doors, _ONE, say).quiet()
        say("two worker processes …")
        two = await _Evening(folder / "two", films, doors, _TWO, say).quiet()
        say("two worker processes, and kill -9 …")
        killed = await _Evening(folder / "killed", films[:1], doors, _TWO, say).with_kills()
        await doors.network.close()
        recordings = [*one.recordings, *two.recordings]
        for recording in recordings if options.record else ():
            write_recording(recording, options.record)
        recordings += read_recordings(options.recordings) if options.recordings else []
        return _report(films, options.jobs, job_s, one, two, killed, recordings)


def _report(
    films: Sequence[Path],
    jobs: int,
    job_s: float,
    one: "_Evening",
    two: "_Evening",
    killed: "_Evening",
    recordings: Sequence[Recording],
) -> Report:
    judged = {recording.name: errors_of(recording, others(recordings, recording)) for recording in recordings}
    errors = [error for found in judged.values() for error in found if error is not None]
    unsaid = sum(error is None for found in judged.values() for error in found)
    chunk_s = _seconds_a_chunk(two.recordings)
    figures = [
        Figure("cpu_two_over_one", two.cpu_s / one.cpu_s, "", 1.1),
        Figure("cpu_one_process", one.cpu_s, "s"),
        Figure("cpu_two_workers", two.cpu_s, "s"),
        Figure("scheduling_share", job_s / chunk_s, "", 0.02),
        Figure("scheduling_a_job", job_s * 1000, "ms"),
        Figure("encode_a_chunk", chunk_s, "s"),
        Figure("encoded_again", len(killed.keeper.made_again()), "chunks", 0),
        Figure("same_bytes", float(same_bytes(two.keeper, killed.keeper)), "", 1, better="higher"),
        Figure("kills", killed.kills, "", 2, better="higher"),
        Figure("eta_error_worst", max(errors, default=1.0), "", 0.25),
        Figure("eta_error_median", median(errors) if errors else 1.0, ""),
        Figure("eta_moments", len(errors), ""),
        Figure("eta_moments_unsaid", unsaid, ""),
    ]
    table = [
        {"recording": name, "worst": round(max(known), 3), "median": round(median(known), 3)}
        for name, found in judged.items()
        if (known := [error for error in found if error is not None])
    ]
    films_named: dict[str, object] = {"films": [film.name for film in films], "jobs": jobs}
    return Report("farm", films_named, figures, {"eta": table})


def _seconds_a_chunk(recordings: Sequence[Recording]) -> float:
    chunks = [c for r in recordings for c in r.ended.counted if c.pace.startswith("encode-chunk") and c.seconds]
    return sum(c.weight * (c.seconds or 0.0) for c in chunks) / max(1, sum(c.jobs for c in chunks))


class _Evening:
    """One house that makes films, with what was seen of it."""

    def __init__(self, folder: Path, films: Sequence[Path], doors: Doors, flags: Sequence[str], say: Say) -> None:
        folder.mkdir(parents=True)
        self.cpu_s = 0.0
        self.kills = 0
        self.recordings: list[Recording] = []
        self.keeper = Keeper(folder / "data" / "work", folder / "kept", doors.clock)
        self._folder = folder
        self._films = films
        self._doors = doors
        self._flags = flags
        self._say = say
        self._house = RealHouse(folder, doors)

    async def quiet(self) -> "_Evening":
        try:
            await self._house.start(log=self._folder / "house.log", more=self._flags)
            await self._doors.clock.sleep(_SETTLED)
            before_s = self._house.cpu_seconds_spent()
            settings = read_settings({"data": str(self._house.data)})
            async with Recorder(settings, self._doors) as recorder, self.keeper:
                for film in self._films:
                    await self._publish(film)
            self.cpu_s = self._house.cpu_seconds_spent() - before_s
            self.recordings = recorder.recordings(self._folder.name)
        finally:
            await self._house.stop()
        return self

    async def with_kills(self) -> "_Evening":
        try:
            await self._house.start(log=self._folder / "house.log", more=self._flags)
            async with self.keeper:
                command = self._publishing(self._films[0])
                publishing = await self._doors.processes.spawn(command)
                try:
                    for part in (STUDIO_WORKER, HOUSE):
                        await self._kill(part)
                finally:
                    await publishing.stop(seconds(5))
                # The command ended with the house; run again it goes on.
                await self._publish(self._films[0])
        finally:
            await self._house.stop()
        return self

    async def _kill(self, name: str) -> None:
        """When one more chunk is finished, and others are being made."""
        finished = len(self.keeper.finished)
        ends_s = self._doors.clock.monotonic() + _PUBLISHED_WITHIN.total_seconds()
        while len(self.keeper.finished) <= finished:
            if self._doors.clock.monotonic() > ends_s:
                raise HouseFailed("No chunk was finished: there was nothing to lose.")
            await self._doors.clock.sleep(_LOOK_EVERY)
        parts_of(self._house)[name].kill()
        self.kills += 1
        self._say(f"killed {name}, with {len(self.keeper.finished)} chunks finished")

    async def _publish(self, film: Path) -> None:
        await self._doors.processes.run(self._publishing(film))
        self._say(f"{film.name} is made")

    def _publishing(self, film: Path) -> Command:
        words = ["publish", str(film), "--title", film.stem, "--releases", _PROFILE, "--data", str(self._house.data)]
        return Command([sys.executable, "-m", "matinee", *words], timeout=_PUBLISHED_WITHIN)


def _clips(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".mp4", ".mkv", ".mov", ".webm"))
    if not found:
        raise InvalidInput(f"There are no films in {folder}.", field="clips")
    return found


async def _drawn(folder: Path, doors: Doors) -> list[Path]:
    """Films of code, each in other colors, each of many small chunks."""
    folder.mkdir(parents=True, exist_ok=True)
    films = []
    for number in range(2):
        film = folder / f"drawn-{number}.mkv"
        picture = f"testsrc2=s=192x108:r=6:d={_FILM_S + 15 * number},hue=h={number * 77}"
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", picture]
        argv += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", str(film)]
        await doors.processes.run(Command(argv, timeout=minutes(2)))
        films.append(film)
    return films
