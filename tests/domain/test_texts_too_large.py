"""More than any subtitles hold is refused in a sentence, by the bounds themselves: to read up to them takes seconds."""

import pytest

from matinee.studio.encoding.model.text.cue import TextRefused
from matinee.studio.encoding.model.text.reading import cues_in


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("WEBVTT\n" + "00:00.000 --> 00:01.000\n" * 100_001, "more than 100000 cues"),
        (f'<tt xmlns="http://www.w3.org/ns/ttml"><body>{"<p/>" * 500_000}</body></tt>', "more than 500000 elements"),
    ],
    ids=["cues", "elements"],
)
def test_what_is_larger_than_any_subtitles_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(TextRefused, match=why):
        cues_in(text)
