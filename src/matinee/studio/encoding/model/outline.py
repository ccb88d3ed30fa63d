"""What an examination leaves for finding a film's markers, also after its master is gone."""

from matinee.studio.encoding.api import Inspection, Outline

_BORDERS = ("black", "silence", "lettering")


def outline_of(inspection: Inspection, sound: bytes) -> Outline:
    ends = [at for s in inspection.stretches if s.kind in _BORDERS for at in (s.start_s, s.end_s)]
    lettering = tuple((s.start_s, s.end_s) for s in inspection.stretches if s.kind == "lettering")
    return Outline(inspection.duration_s, sound, tuple(sorted({*inspection.course.cuts_s, *ends})), lettering)
