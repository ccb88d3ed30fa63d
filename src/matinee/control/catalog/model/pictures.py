"""What may be put on a title as a picture, and said of it."""

from matinee.control.catalog.api import Artwork
from matinee.control.catalog.model.wording import fault
from matinee.kernel.errors import InvalidInput

_BYTES_MAX = 2 << 20
_SHOWS_MAX, _SUBJECT_MAX, _SUBJECTS_MAX = 300, 60, 20


def expect_picture(data: bytes) -> str:
    """The ending of its name."""
    if len(data) > _BYTES_MAX:
        raise InvalidInput(f"A picture has at most {_BYTES_MAX >> 20} MiB.", field="picture")
    if data[:3] == b"\xff\xd8\xff" and data[-2:] == b"\xff\xd9":
        return "jpg"
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[-8:-4] == b"IEND":
        return "png"
    raise InvalidInput("This is no whole JPEG or PNG. Save the picture as one of them.", field="picture")


def expect_said(artwork: Artwork) -> None:
    if len(artwork.subjects) > _SUBJECTS_MAX:
        raise InvalidInput(f"A picture shows at most {_SUBJECTS_MAX} things.", field="subjects")
    texts = [("shows", artwork.shows, _SHOWS_MAX), ("language", artwork.language, 20)]
    for name, text, most in (*texts, *(("subjects", subject, _SUBJECT_MAX) for subject in artwork.subjects)):
        if (found := fault(text, length_max=most)) is not None:
            raise InvalidInput(" ".join(found), field=name)
    if artwork.focus is not None and not all(0 <= part <= 1 for part in artwork.focus):
        raise InvalidInput("A focus is two parts of the picture, each from 0 to 1.", field="focus")
