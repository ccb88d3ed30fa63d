"""What of a film's last version is in its new master, and the plan that makes nothing of that again.

Frames are compared by their fingerprints, so a chunk is found wherever it now stands: behind a scene that was put in, or
in a film whose title card alone was changed. What is found keeps its chunk, its groups, and the quality of its scenes;
what lies between is cut anew.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from matinee.studio.encoding.api import Chunk, LadderPlan
from matinee.studio.encoding.model.gate import score_every
from matinee.studio.encoding.model.groups import chunks_of, groups_of, scenes_of

_SAME_FILM = 0.5
"""Of the frames. Less is another film, which deserves a ladder of its own."""


@dataclass(frozen=True, slots=True)
class Prints:
    """The frames of a film by their fingerprints, one after the other."""

    data: bytes
    size: int
    """Bytes of one."""

    @property
    def frames(self) -> int:
        return len(self.data) // self.size

    def of(self, chunk: Chunk) -> bytes:
        return self.data[chunk.start_frame * self.size : (chunk.start_frame + chunk.frames) * self.size]

    def sha256(self, chunk: Chunk) -> str:
        """Equal for two chunks whose frames are equal, in whichever film."""
        return hashlib.sha256(self.of(chunk)).hexdigest()

    def next(self, wanted: bytes, at: int) -> int | None:
        """The first frame from `at` on where all of these stand."""
        place = self.data.find(wanted, at * self.size)
        while place % self.size and place >= 0:  # between two frames
            place = self.data.find(wanted, place + 1)
        return None if place < 0 else place // self.size


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk of the former film, and where it begins in the new one."""

    chunk: Chunk
    start_frame: int

    @property
    def end_frame(self) -> int:
        return self.start_frame + self.chunk.frames


def with_hashes(plan: LadderPlan, prints: Prints) -> LadderPlan:
    """The plan whose chunks are known by what they show."""
    return replace(plan, hashes=tuple(prints.sha256(chunk) for chunk in plan.chunks))


def found_again(chunks: Sequence[Chunk], former: Prints, now: Prints) -> list[Found]:
    """In order: each where those before it let one expect it, else wherever it comes next."""
    found: list[Found] = []
    at = moved = 0
    for chunk in chunks:
        wanted, expected = former.of(chunk), chunk.start_frame + moved
        start: int | None = None
        if expected >= at and now.of(Chunk(expected, chunk.frames)) == wanted:
            start = expected
        elif wanted != wanted[: former.size] * chunk.frames:  # black is everywhere, and is only itself where it was
            start = now.next(wanted, at)
        if start is not None:
            found.append(Found(chunk, start))
            at, moved = start + chunk.frames, start - chunk.start_frame
    return found


def worth_keeping(found: Sequence[Found], frames: int, shortest: int) -> list[Found]:
    """Without those beside a gap that is too short for a group; none where the film is mostly another."""
    kept: list[Found] = []
    for piece in found:
        gap = piece.start_frame - (kept[-1].end_frame if kept else 0)
        if not 0 < gap < shortest:
            kept.append(piece)
    while kept and 0 < frames - kept[-1].end_frame < shortest:
        kept.pop()
    return kept if sum(piece.chunk.frames for piece in kept) >= _SAME_FILM * frames else []


def is_whole(kept: Sequence[Found], frames: int) -> bool:
    """Nothing is new, and nothing need be looked at."""
    return sum(piece.chunk.frames for piece in kept) == frames


def plan_again(former: LadderPlan, kept: Sequence[Found], frames: int, shots: Sequence[int]) -> LadderPlan:
    """The former plan for the new film: the same ladder, and what was kept in its new place."""
    course = _Course()
    at = 0
    for piece in kept:
        course.add_new(former, at, piece.start_frame, shots)
        course.add_kept(former, piece)
        at = piece.end_frame
    course.add_new(former, at, frames, shots)
    groups, origins = tuple(course.groups), [origin for _, origin in course.scenes]
    return replace(
        former,
        frames=frames,
        groups=groups,
        chunks=tuple(course.chunks),
        score_every=score_every(groups, frames, former.profile),
        scenes=tuple(start for start, _ in course.scenes),
        # A new scene is not probed: it gets its rung's own quality.
        shifts={
            rung: tuple(0.0 if origin is None else shifts[origin] for origin in origins)
            for rung, shifts in former.shifts.items()
        },
        hashes=(),
    )


@dataclass(slots=True)
class _Course:
    """A film's cuts while they are put together."""

    groups: list[int] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    scenes: list[tuple[int, int | None]] = field(default_factory=list)
    """Where each begins, and which of the former film's it is."""

    def add_kept(self, former: LadderPlan, piece: Found) -> None:
        first, end = piece.chunk.start_frame, piece.chunk.start_frame + piece.chunk.frames
        moved = piece.start_frame - first
        self.groups += [group + moved for group in former.groups if first <= group < end]
        self.chunks.append(Chunk(piece.start_frame, piece.chunk.frames))
        ends = [*former.scenes[1:], former.frames]
        for number, (scene, scene_end) in enumerate(zip(former.scenes, ends, strict=True)):
            if scene < end and first < scene_end and (not self.scenes or self.scenes[-1][1] != number):
                self.scenes.append((max(scene, first) + moved, number))

    def add_new(self, former: LadderPlan, start: int, end: int, shots: Sequence[int]) -> None:
        if start == end:
            return
        raster, frames = former.raster, end - start
        inside = [0, *(shot - start for shot in shots if start < shot < end)]
        groups = groups_of(frames, raster, inside)
        self.groups += [start + group for group in groups]
        self.chunks += [
            Chunk(start + chunk.start_frame, chunk.frames)
            for chunk in chunks_of(frames, raster, former.profile, groups, inside)
        ]
        self.scenes += [(start + scene, None) for scene in scenes_of(frames, raster, inside)]
