"""Intro, recap and credits of a season's episodes, by what their sounds have in common.

A button that skips the wrong thing is worse than none. So episodes must agree on what their intro is: the sound that most
of them share near their beginnings, as long as intros are. Credits are the same near their ends. A recap is patched
together from earlier episodes. Of chapters nothing is shared: each film has its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from matinee.studio.encoding.api import Outline
from matinee.studio.encoding.model.alignment import Match, in_common
from matinee.studio.encoding.model.chapters import chapters_of
from matinee.studio.encoding.model.credits import credits_of
from matinee.studio.encoding.model.fingerprints import FRAME_S, Words
from matinee.wire.releases import Marker, MarkerKind

_NEIGHBORS = 6
"""Episodes that each is held against, on each side: more add hours of work and no certainty."""
_FEW = 4
"""In a season of up to so many episodes, two that agree are enough."""
_INTRO_S = (10.0, 150.0)
_OPENING_S, _ENDING_S = 720.0, 600.0
_HALF = 0.5
_SAME = 0.7
"""Of two stretches, the share they must have in common to be one."""
_PIECE_S = 60.0
_SNAP_S = 0.3
"""Borders lie on a cut, or where black or silence begins or ends, if one is this near. The sound alone is as exact."""
_BORDER_S = 1.0
_CREDITS_S = (10.0, 600.0)
_TO_THE_END_S = 30.0
_RECAP_S = (10.0, 180.0)
_RECAP_OPENING_S, _RECAP_BEGINS_S, _RECAP_AT_ONCE_S = 240.0, 60.0, 6.0
_RECAP_EARLIER = 3
"""Episodes back that a recap takes its pieces from."""
_RECAP_PIECE_S, _RECAP_LEAST_S, _RECAP_GAP_S = 4.0, 2.0, 5.0
_RECAP_PIECES, _RECAP_COVERED = 3, 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """From where to where in an episode."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    def shares(self, other: "Part") -> float:
        """Their common part, of both together."""
        common = min(self.end_s, other.end_s) - max(self.start_s, other.start_s)
        return max(0.0, common) / max(FRAME_S, max(self.end_s, other.end_s) - min(self.start_s, other.start_s))


Pairs = Mapping[tuple[int, int], Sequence[tuple[Part, Part]]]
"""By two episodes, what the first has in common with the second, and where that is in each."""


def season_markers(outlines: Sequence[Outline]) -> list[tuple[Marker, ...]]:
    """What is found in each episode, in the order of the season. One film alone may have credits."""
    sounds = [np.frombuffer(outline.sound, "<u4").astype(np.uint32) for outline in outlines]
    intros = shared_parts(_openings(outlines, sounds), len(outlines))
    endings = shared_parts(_endings(outlines, sounds), len(outlines))
    found: list[tuple[Marker, ...]] = []
    for number, outline in enumerate(outlines):
        intro = _snapped(intros.get(number), outline)
        ending = _snapped(endings.get(number), outline)
        earlier = range(max(0, number - _RECAP_EARLIER), number)
        pieces = [piece for other in earlier for piece in _pieces(sounds, number, other, intros)]
        recap = _snapped(recap_of(pieces, intro), outline)
        credits = credits_of(outline, ending.start_s if ending else None)
        end = Part(*credits) if credits else None
        parts: tuple[tuple[MarkerKind, Part | None], ...] = (("recap", recap), ("intro", intro), ("credits", end))
        of_kinds = tuple(_marker(kind, part) for kind, part in parts if part is not None)
        found.append((*of_kinds, *chapters_of(outline, end.start_s if end else None)))
    return found


def shared_parts(pairs: Pairs, episodes: int) -> dict[int, Part]:
    """For each episode its part of what most of them share; then the same for those that are left."""
    needed = 2 if episodes <= _FEW else 3
    left, found = set(range(episodes)), dict[int, Part]()
    while True:
        best: dict[int, Part] = {}
        for (one, other), matches in pairs.items():
            if one in left and other in left:
                for mine, _ in matches:
                    group = _agreeing(pairs, left, one, mine)
                    if _weight(group) > _weight(best):
                        best = group
        if len(best) < needed:
            return found
        found |= {number: _settled(pairs, best, number) for number in best}
        left -= set(best)


def _agreeing(pairs: Pairs, left: set[int], one: int, part: Part) -> dict[int, Part]:
    """The episodes that have this part of one of them, each with where."""
    group = {one: part}
    for (first, other), matches in pairs.items():
        if first == one and other in left:
            for mine, theirs in matches:
                if mine.shares(part) >= _SAME:
                    group[other] = theirs
    return group


def _weight(group: Mapping[int, Part]) -> tuple[int, float]:
    return len(group), sum(part.length_s for part in group.values())


def _settled(pairs: Pairs, group: Mapping[int, Part], number: int) -> Part:
    """Where the episodes of a group, taken together, say that it begins and ends in one of them."""
    said = [
        mine
        for other in group
        for mine, theirs in pairs.get((number, other), ())
        if mine.shares(group[number]) >= _SAME and theirs.shares(group[other]) >= _SAME
    ] or [group[number]]
    return Part(median(part.start_s for part in said), median(part.end_s for part in said))


def _openings(outlines: Sequence[Outline], sounds: Sequence[Words]) -> Pairs:
    opening = [_frames(min(_OPENING_S, outline.duration_s * _HALF)) for outline in outlines]
    starts = [sound[:end] for sound, end in zip(sounds, opening, strict=True)]
    least, most = _INTRO_S
    pairs = _in_pairs(starts, [0.0] * len(starts), least, most)
    # What goes on where the search ends is not an intro: it may be the same film twice.
    ends_s = [len(start) * FRAME_S - _BORDER_S for start in starts]
    return {
        (one, other): [
            (mine, theirs) for mine, theirs in both if mine.end_s < ends_s[one] and theirs.end_s < ends_s[other]
        ]
        for (one, other), both in pairs.items()
    }


def _endings(outlines: Sequence[Outline], sounds: Sequence[Words]) -> Pairs:
    offsets = [max(o.duration_s * _HALF, o.duration_s - _ENDING_S) for o in outlines]
    ends = [sound[_frames(offset) :] for sound, offset in zip(sounds, offsets, strict=True)]
    least, most = _CREDITS_S
    pairs = _in_pairs(ends, [_frames(offset) * FRAME_S for offset in offsets], least, most)
    return {
        (one, other): [
            (mine, theirs)
            for mine, theirs in matches
            if outlines[one].duration_s - mine.end_s <= _TO_THE_END_S
            and outlines[other].duration_s - theirs.end_s <= _TO_THE_END_S
        ]
        for (one, other), matches in pairs.items()
    }


def _in_pairs(
    sounds: Sequence[Words], offsets: Sequence[float], least_s: float, most_s: float
) -> dict[tuple[int, int], list[tuple[Part, Part]]]:
    found: dict[tuple[int, int], list[tuple[Part, Part]]] = {}
    for one in range(len(sounds)):
        for other in range(one + 1, min(len(sounds), one + 1 + _NEIGHBORS)):
            both = [
                (_moved(match.start_s, match, offsets[one]), _moved(match.other_s, match, offsets[other]))
                for match in in_common(sounds[one], sounds[other], piece_s=_PIECE_S, least_s=least_s)
                if match.length_s <= most_s
            ]
            found[one, other] = both
            found[other, one] = [(theirs, mine) for mine, theirs in both]
    return found


def _moved(start_s: float, match: Match, offset_s: float) -> Part:
    return Part(start_s + offset_s, start_s + offset_s + match.length_s)


def _pieces(sounds: Sequence[Words], number: int, earlier: int, intros: Mapping[int, Part]) -> list[Match]:
    """What an episode's opening has in common with all of an earlier one, but for their intros."""
    opening = sounds[number][: _frames(_RECAP_OPENING_S)]
    found = in_common(opening, sounds[earlier], piece_s=_RECAP_PIECE_S, least_s=_RECAP_LEAST_S)
    mine, theirs = intros.get(number), intros.get(earlier)
    return [
        piece
        for piece in found
        if not (mine and _overlap(Part(piece.start_s, piece.end_s), mine) > 0)
        and not (theirs and _overlap(Part(piece.other_s, piece.other_end_s), theirs) > 0)
    ]


def recap_of(pieces: Sequence[Match], intro: Part | None) -> Part | None:
    """Pieces of earlier episodes, one after the other, close to the beginning."""
    chain: list[Match] = []
    for piece in sorted(pieces, key=lambda p: p.start_s):
        if chain and piece.start_s - max(p.end_s for p in chain) > _RECAP_GAP_S:
            if _is_recap(chain):
                break
            chain = []
        chain.append(piece)
    if not _is_recap(chain):
        return None
    start_s, end_s = chain[0].start_s, max(piece.end_s for piece in chain)
    if start_s <= _RECAP_AT_ONCE_S:
        start_s = 0.0  # whoever says "previously" says it before the first piece
    if intro is not None and start_s < intro.start_s < end_s + _RECAP_GAP_S:
        end_s = intro.start_s
    return Part(start_s, end_s)


def _is_recap(chain: Sequence[Match]) -> bool:
    if not chain or chain[0].start_s > _RECAP_BEGINS_S:
        return False
    length_s = max(piece.end_s for piece in chain) - chain[0].start_s
    distances = sorted(piece.other_s - piece.start_s for piece in chain)
    places = 1 + sum(later - distance > 1.0 for distance, later in pairwise(distances))
    covered_s = sum(piece.length_s for piece in chain)
    least, most = _RECAP_S
    return least <= length_s <= most and places >= _RECAP_PIECES and covered_s >= _RECAP_COVERED * length_s


def _overlap(one: Part, other: Part) -> float:
    return max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))


def _snapped(part: Part | None, outline: Outline) -> Part | None:
    if part is None:
        return None
    borders = (0.0, *outline.edges_s, outline.duration_s)
    start_s, end_s = (
        min((b for b in borders if abs(b - at) <= _SNAP_S), key=lambda b, at=at: abs(b - at), default=at)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for at in (part.start_s, part.end_s)
    )
    return Part(start_s, end_s) if end_s > start_s else part


def _frames(at_s: float) -> int:
    return max(0, round(at_s / FRAME_S))


def _marker(kind: MarkerKind, part: Part) -> Marker:
    return Marker(kind, round(part.start_s * 1000), round(part.end_s * 1000))
