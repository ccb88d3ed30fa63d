"""What lies in a watch folder: whether it has arrived, and which of its files is the film."""

from collections.abc import Sequence

from matinee.studio.production.api import BadSidecar, Metadata

SIDECAR = "film.json"
_ARRIVING = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".uploading")


def is_arriving(name: str) -> bool:
    """Whether whoever copies a file says by its name that it is not whole yet."""
    return name.startswith((".", "~")) or name.lower().endswith(_ARRIVING)


def check_names(names: Sequence[str]) -> None:
    """A disk takes any bytes for a name. What is no text can neither be told to anyone nor recorded."""
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise BadSidecar(f"The file name '{in_print(name)}' is not valid text (UTF-8). Rename the file.") from None


def in_print(name: str) -> str:
    """With `\\xff` in place of a byte that is no text."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def master_among(names: Sequence[str], metadata: Metadata) -> str:
    """The film in a film's folder: the one file that the sidecar does not name."""
    left = sorted(set(names) - {SIDECAR, *metadata.file_names()})
    if len(left) == 1:
        return left[0]
    found = "none" if not left else " and ".join(map(repr, left[:3]))
    raise BadSidecar(
        f"Beside {SIDECAR} and the files it names there must be one more, the film itself; here there is {found}."
    )
