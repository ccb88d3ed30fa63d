"""What an examination leaves for finding a film's markers, also after its master is gone."""

from matinee.studio.encoding.api import Inspection, Outline

_BORDERS = ("black", "silence", "lettering")
_PAUSES = ("black", "silence")


def outline_of(inspection: Inspection, sound: bytes) -> Outline:
    ends = [at for s in inspection.stretches if s.kind in _BORDERS for at in (s.start_s, s.end_s)]
    lettering = tuple((s.start_s, s.end_s) for s in inspection.stretches if s.kind == "lettering")
    pauses = sorted({s.end_s for s in inspection.stretches if s.kind in _PAUSES})
    edges = tuple(sorted({*inspection.course.cuts_s, *ends}))
    return Outline(inspection.duration_s, sound, edges, lettering, tuple(pauses))
