"""What the gateway reads from headers alone: who signs in, by what, and from which page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.gateway.api import Page
from matinee.delivery.gateway.model.requests import cookie_of, declared_length, headers_of, is_foreign, sign_in_of
from matinee.delivery.gateway.service.pages import page_for
from matinee.kernel.errors import InvalidInput

COOKIES = ("__Host-matinee", "matinee")
_header_text = st.text(alphabet=st.characters(max_codepoint=255), max_size=60)


def test_a_bearer_token_wins_over_a_cookie() -> None:
    headers = {"authorization": "Bearer abc", "cookie": "matinee=def"}
    assert sign_in_of(headers, COOKIES) == "abc"
    assert sign_in_of({"cookie": "a=1; matinee=def; b=2"}, COOKIES) == "def"


def test_the_stricter_cookie_wins() -> None:
    assert sign_in_of({"cookie": "matinee=plain; __Host-matinee=tls"}, COOKIES) == "tls"


def test_a_license_token_is_no_sign_in_and_leaves_the_cookie_to_speak() -> None:
    headers = {"authorization": "Bearer payload.mac", "cookie": "matinee=def"}
    assert sign_in_of(headers, COOKIES) == "def"


@pytest.mark.parametrize(
    "headers", [{}, {"cookie": "matinee="}, {"authorization": "Basic abc"}, {"authorization": "Bearer "}]
)
def test_nothing_signs_nobody_in(headers: dict[str, str]) -> None:
    assert sign_in_of(headers, COOKIES) is None


@given(_header_text, _header_text)
def test_no_header_however_broken_breaks_the_reading(authorization: str, cookie: str) -> None:
    headers = {"authorization": authorization, "cookie": cookie}
    token = sign_in_of(headers, COOKIES)
    assert token is None or token
    assert cookie_of(headers, "matinee") != ""


@pytest.mark.parametrize(
    ("method", "headers", "foreign"),
    [
        ("POST", {}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "none"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("DELETE", {"sec-fetch-site": "cross-site"}, True),
        ("PUT", {"origin": "https://house.test", "host": "house.test"}, False),
        ("PUT", {"origin": "https://house.test:8400", "host": "house.test"}, True),
        ("PATCH", {"origin": "null", "host": "house.test"}, True),
        ("POST", {"origin": "https://house.test.evil.test", "host": "house.test"}, True),
        ("GET", {"sec-fetch-site": "cross-site", "origin": "https://evil.test"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "authorization": "Bearer abc"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "authorization": "Bearer abc.def"}, True),
        ("POST", {"sec-fetch-site": "cross-site", "authorization": "Basic abc"}, True),
    ],
)
def test_a_changing_request_of_another_origin_is_known_by_what_browsers_say(
    method: str, headers: dict[str, str], foreign: bool
) -> None:
    assert is_foreign(method, headers) is foreign


@pytest.mark.parametrize("text", ["-1", "1e3", "", " 5", "٣", "0x10"])
def test_a_length_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        declared_length({"content-length": text})


@given(st.integers(0, 10**40))
def test_a_length_is_never_taken_for_less_than_it_is(length: int) -> None:
    read = declared_length({"content-length": str(length)})
    assert read == length or read >= 10**19


def test_headers_are_read_without_case() -> None:
    assert headers_of([(b"X-Request-Id", b"abc")]) == {"x-request-id": "abc"}


def test_files_are_found_by_name_and_places_by_their_application() -> None:
    pages = {
        name: Page(name.encode(), "text/html", None, immutable=False)
        for name in ("/index.html", "/console.html", "/a.js")
    }
    found = {
        path: page_for(pages, path) for path in ("/", "/browse", "/console/films", "/console", "/a.js", "/title/a.b")
    }
    assert [page.body.decode() if page else None for page in found.values()] == [
        "/index.html", "/index.html", "/console.html", "/console.html", "/a.js", "/index.html",
    ]  # fmt: skip
    assert page_for(pages, "/missing.js") is None
    assert page_for({}, "/") is None
