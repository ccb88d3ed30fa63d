"""Which markers viewers get: the maker's, and of other kinds those that the studio found in the same master."""

from dataclasses import dataclass, replace

from matinee.wire.releases import Marker, Release


@dataclass(frozen=True, slots=True)
class FoundMarkers:
    source_sha256: str
    markers: tuple[Marker, ...]


def with_found(release: Release, found: FoundMarkers | None) -> Release:
    """A release is never changed; this is how it is shown."""
    if found is None or found.source_sha256 != release.source_sha256:
        return release
    written = {marker.kind for marker in release.markers}
    further = (marker for marker in found.markers if marker.kind not in written)
    return replace(release, markers=tuple(sorted((*release.markers, *further), key=lambda m: (m.start_ms, m.kind))))
