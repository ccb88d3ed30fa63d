"""Where passkeys work and which providers there are, by what an operator says; and which paths a sign-in may end at."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.app.settings import Settings
from matinee.app.sign_in import place_of, read_providers
from matinee.control.members.model.passkeys import NotProved, challenge_of, credential_of, is_copied
from matinee.control.members.model.sign_on import own_path
from matinee.kernel.errors import InvalidInput

CORP = "issuer=https://id.example client_id=matinee"


def settings(**how: object) -> Settings:
    return Settings(data=Path("/nowhere"), **how)  # type: ignore[arg-type]  # each test names fields by their names


@pytest.mark.parametrize(
    ("how", "url"),
    [
        ({}, "http://localhost:8400"),
        ({"host": "::1"}, "http://localhost:8400"),
        ({"host": "localhost", "port": 9000}, "http://localhost:9000"),
        ({"public_host": "Films.example", "certificate": Path("c")}, "https://films.example:8400"),
        ({"public_host": "films.example", "certificate": Path("c"), "port": 443}, "https://films.example"),
    ],
)
def test_passkeys_work_at_the_name_that_viewers_use(how: dict[str, object], url: str) -> None:
    assert place_of(settings(**how)).url == url


@pytest.mark.parametrize(
    ("how", "lacks"),
    [({"host": "192.0.2.7", "certificate": Path("c")}, "--public-host"), ({"public_host": "films.example"}, "TLS")],
)
def test_a_house_where_they_cannot_work_says_what_it_lacks(how: dict[str, object], lacks: str) -> None:
    place = place_of(settings(**how))
    assert place.url == ""
    assert lacks in place.reason


def test_a_provider_is_read_with_its_secret_apart() -> None:
    found = read_providers(
        {
            "MATINEE_OIDC_CORP": f"{CORP} name='Corp sign-in' sign_up=yes",
            "MATINEE_OIDC_CORP_SECRET": "velvet",
            "MATINEE_OIDC_DEV": "issuer=http://127.0.0.1:9000/realms/x client_id=m secret_file=/run/secret",
            "PATH": "/bin",
        }
    )
    assert list(found) == ["corp", "dev"]
    assert (found["corp"].name, found["corp"].client_secret, found["corp"].sign_up) == ("Corp sign-in", "velvet", True)
    assert (found["dev"].secret_file, found["dev"].sign_up, found["dev"].name) == ("/run/secret", False, "Dev")
    assert "velvet" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "client_id=matinee",
        "issuer=http://id.example client_id=matinee",
        "issuer=https://id.example?x=1 client_id=matinee",
        f"{CORP} colour=red",
        f"{CORP} scopes=email",
        f"{CORP} sign_up=perhaps",
        f"{CORP} name='open",
        f"{CORP} plainword",
    ],
)
def test_one_that_is_not_whole_is_named(text: str) -> None:
    with pytest.raises(InvalidInput, match="MATINEE_OIDC_CORP must be"):
        read_providers({"MATINEE_OIDC_CORP": text, "MATINEE_OIDC_CORP_SECRET": "velvet"})


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "",
        "/\t/evil.example",
        "/a\nb",
        "/" * 2,
        "/é",
    ],
)
def test_what_could_lead_elsewhere_leads_home(wanted: str) -> None:
    assert own_path(wanted) == "/"


@given(st.text())
def test_whatever_is_wanted_the_end_is_a_path_of_ours(wanted: str) -> None:
    found = own_path(wanted)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert found in ("/", wanted)


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner)).map(repr))
def test_whatever_a_browser_sends_is_an_answer_or_none(text: str) -> None:
    for read in (challenge_of, credential_of):
        with pytest.raises(NotProved):
            read(text)


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_counter_that_grows_is_no_copys(before: int, grown: int) -> None:
    assert not is_copied(before, before + grown + 1)
    assert is_copied(before + 1, 0)
    assert is_copied(before + 1, before + 1)
    assert not is_copied(0, 0)
