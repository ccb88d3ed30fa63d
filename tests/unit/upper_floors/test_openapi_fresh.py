"""The description of the HTTP API that the client's types are made from is the one the application gives."""

import asyncio
from typing import Any

import pytest

from tools import openapi


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return asyncio.run(openapi.document())


def test_the_written_api_is_the_one_the_application_describes(described: dict[str, Any]) -> None:
    fresh = openapi.render(described)
    assert openapi.FILE.read_text() == fresh, "the HTTP API changed: run `make api` and review the diff"


def test_what_answers_without_the_envelope_is_described_without_it(described: dict[str, Any]) -> None:
    paths = described["paths"]
    bare = paths["/api/v1/licenses/clearkey"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    wrapped = paths["/api/v1/play"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert "data" not in bare.get("properties", {})
    assert wrapped["required"] == ["data", "meta"]
