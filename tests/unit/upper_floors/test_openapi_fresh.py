"""The description of the HTTP API that the client's types are made from is the one the application gives."""

from tools import openapi


async def test_the_written_api_is_the_one_the_application_describes() -> None:
    fresh = openapi.render(await openapi.document())
    assert openapi.FILE.read_text() == fresh, "the HTTP API changed: run `make api` and review the diff"


async def test_what_answers_without_the_envelope_is_described_without_it() -> None:
    paths = (await openapi.document())["paths"]
    bare = paths["/api/v1/licenses/clearkey"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    wrapped = paths["/api/v1/play"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert "data" not in bare.get("properties", {})
    assert wrapped["required"] == ["data", "meta"]
