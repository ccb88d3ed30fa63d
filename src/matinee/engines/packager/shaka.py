"""CMAF on Shaka Packager: numbered segments in one folder a track, encrypted with raw keys by tier.

Keys reach the program through its standard input, as a flag file: never through its arguments, which every process of the
machine may read, and never through a file.
"""

from collections.abc import Sequence
from pathlib import Path

from matinee.engines.encoder.programs import Programs, bundled
from matinee.engines.packager.light import carry_light
from matinee.engines.packager.mpd import tracks_of
from matinee.engines.packager.port import Input, PackagedTrack, Packaging, RawKey
from matinee.kernel.confinement import Confinement
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.processes import Command, Limits, Processes, ProgramFailed
from matinee.kernel.quantities import hours

_LIMITS = Limits(memory_bytes=8 << 30, file_bytes=64 << 30, open_files=1024, core_bytes=0)
_SYSTEMS = "Widevine,PlayReady,CommonSystem"
_KEY_BYTES = 16
_MPD = "packager.mpd"
_EVERY_KEY_FRAME_S = 0.001
_LOW_BYTES = 256 << 20
"""More than any segment has: with less, a file that could not be written had no room."""


class PackagerFailed(MatineeError):
    """Shaka Packager gave up; its last words are in the sentence, its keys are not."""


class ShakaPackager:
    """Implements `Packager`."""

    def __init__(self, processes: Processes, files: Files, *, programs: Programs | None = None) -> None:
        self._program = (programs or bundled()).packager
        self._processes = processes
        self._files = files

    async def package(self, job: Packaging) -> list[PackagedTrack]:
        job.folder.mkdir(parents=True, exist_ok=True)
        inputs = job.folder / ".inputs"
        await self._files.remove(inputs)
        inputs.mkdir()
        try:
            # Each kind in a run of its own, since the packager knows one length of segments.
            found = {**await self._those(job, inputs, "audio"), **await self._those(job, inputs, "video")}
            for item in job.inputs:
                if item.kind == "video":
                    await carry_light(self._files, item.source, found[item.track].init)
            return [found[item.track] for item in job.inputs]
        finally:
            await self._files.remove(inputs)
            await self._files.remove(job.folder / _MPD)

    async def _those(self, job: Packaging, inputs: Path, stream: str) -> dict[str, PackagedTrack]:
        items = [(number, item) for number, item in enumerate(job.inputs) if _stream_of(item) == stream]
        if not items:
            return {}
        tiers = {key.tier for key in job.keys} if job.scheme != "clear" else set()
        await self._run(
            job,
            [_described(item, _linked(inputs, number, item), item.tier in tiers) for number, item in items],
            segment_s=_EVERY_KEY_FRAME_S if stream == "video" else job.segment_s,
        )
        return {track.track: track for track in tracks_of(await self._files.read(job.folder / _MPD), job.folder)}

    async def _run(self, job: Packaging, streams: Sequence[str], *, segment_s: float) -> None:
        is_encrypted = job.scheme != "clear" and bool(job.keys)
        argv = [
            str(self._program),
            *streams,
            f"--segment_duration={segment_s:g}",
            "--generate_static_live_mpd",
            f"--mpd_output={_MPD}",
            *(_encryption(job) if is_encrypted else ()),
        ]
        secrets = _flag_file(job.keys) if is_encrypted else b""
        try:
            walls = Confinement(reads=[item.source for item in job.inputs], writes=[job.folder])
            await self._processes.run(Command(argv, hours(2), _LIMITS, job.folder, stdin=secrets, confinement=walls))
        except ProgramFailed as failure:
            if await self._outgrew_disk(job.folder, failure.stderr):
                raise DiskFull("The disk is full while packaging. Free some space and resume.") from failure
            raise PackagerFailed(f"The packager stopped ({failure.reason}): {failure.stderr[-300:]}") from failure

    async def _outgrew_disk(self, folder: Path, words: str) -> bool:
        """The packager calls every file that it cannot write a FILE_FAILURE, also one that it may not."""
        if "No space left" in words:
            return True
        return "FILE_FAILURE" in words and await self._files.free_bytes(folder) < _LOW_BYTES


def _linked(inputs: Path, number: int, item: Input) -> str:
    """A plain name for the packager, whose stream descriptors would trip over a comma in a path."""
    link = inputs / f"{number}.mp4"
    link.symlink_to(item.source.absolute())
    return f"{inputs.name}/{link.name}"


def _stream_of(item: Input) -> str:
    return "audio" if item.kind == "audio" else "video"


def _described(item: Input, source: str, encrypted: bool) -> str:
    folder = f"{item.tier}/{item.track}"
    fields = {
        "in": source,
        "stream": _stream_of(item),
        "init_segment": f"{folder}/init.mp4",
        "segment_template": f"{folder}/$Number$.m4s",
    }
    if item.kind == "trick":
        fields["trick_play_factor"] = "1"
    if item.language:
        fields["language"] = item.language
    fields |= {"drm_label": item.tier} if encrypted else {"skip_encryption": "1"}
    return ",".join(f"{name}={value}" for name, value in fields.items())


def _encryption(job: Packaging) -> list[str]:
    return [
        "--flagfile=/dev/stdin",
        "--enable_raw_key_encryption",
        f"--protection_scheme={job.scheme}",
        f"--protection_systems={_SYSTEMS}",
        "--clear_lead=0",
    ]


def _flag_file(keys: Sequence[RawKey]) -> bytes:
    for key in keys:
        assert len(key.key) == len(key.key_id) == _KEY_BYTES, "content keys have 16 bytes"
    items = ",".join(f"label={key.tier}:key_id={key.key_id.hex()}:key={key.key.hex()}" for key in keys)
    return f"--keys={items}\n".encode()
