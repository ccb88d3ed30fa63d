"""What people write by hand: tags of languages, and sidecars whose every key means something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kernel.errors import InvalidInput
from matinee.studio.production.api import BadSidecar, Metadata, SidecarText, SidecarTrailer
from matinee.studio.production.model.orders import check_sidecar
from matinee.wire.encoding import from_json_exactly, to_json
from matinee.wire.languages import is_tag, tag_of


@pytest.mark.parametrize("tag", ["en", "EN", "pt-BR", "zh-Hant-TW", "cmn", "und", "tlh", "rm"])
def test_a_tag_is_one(tag: str) -> None:
    assert is_tag(tag)


@pytest.mark.parametrize("text", ["", "english", "klingon", "xx", "e", "en_US", "en-", "en us", "de\n", "français"])
def test_what_is_no_language_is_none(text: str) -> None:
    assert not is_tag(text)


@given(st.from_regex(r"[A-Za-z]{1,9}(-[A-Za-z]{2})?", fullmatch=True))
def test_what_containers_write_for_a_tag_is_a_tag_too(text: str) -> None:
    assert is_tag(tag_of(text)) or not is_tag(text)


SAID = Metadata(names={"en": "Film"})


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        (Metadata(names={"klingon": "Film"}), "the name 'Film'"),
        (Metadata(names={"en": "Film"}, synopsis={"english": "Once"}), "the synopsis 'Once'"),
        (Metadata(names={"en": "Film"}, subtitles=(SidecarText("a.srt", "xx", "X"),)), "'a.srt'"),
        (Metadata(names={"en": "Film"}, trailers=(SidecarTrailer("t.mp4", {"deutsch": "Bald"}),)), "'Bald'"),
    ],
)
def test_a_language_that_is_none_is_refused_with_where_it_stands(metadata: Metadata, where: str) -> None:
    with pytest.raises(BadSidecar, match="no tag of a language such as en or pt-BR") as refused:
        check_sidecar(metadata, dict.fromkeys(metadata.file_names()))
    assert where in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"names": {"en": "F"}, "synopsys": {"en": "x"}}', "'synopsys', which means nothing here. Is it 'synopsis'?"),
        ('{"names": {"en": "F"}, "ratting": "G"}', "Is it 'rating'?"),
        ('{"subtitles": [{"file": "a", "language": "en", "label": "E", "knd": "captions"}]}', "Is it 'kind'?"),
        ('{"trailers": [{"file": "t.mp4", "title": {}}]}', "There are: file, names."),
    ],
)
def test_a_key_that_means_nothing_is_refused_with_the_one_that_was_meant(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        from_json_exactly(text, Metadata, what="The sidecar film.json")
    assert refused.value.sentence.startswith("The sidecar film.json has '")
    assert sentence in refused.value.sentence


def test_a_sidecar_of_every_key_is_read() -> None:
    whole = Metadata(
        names={"en": "Film", "de": "Film"},
        subtitles=(SidecarText("a.srt", "en", "English"),),
        trailers=(SidecarTrailer("t.mp4", {"en": "Soon"}),),
    )
    assert from_json_exactly(to_json(whole), Metadata, what="The sidecar") == whole
