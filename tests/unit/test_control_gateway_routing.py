"""Which service a path belongs to."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.gateway.model.routing import Route, RouteTable

TABLE = RouteTable(
    [
        Route(frozenset({"GET"}), "/profiles/{profile_id:str}/watchlist", "discovery"),
        Route(frozenset({"GET", "POST"}), "/profiles", "members"),
        Route(frozenset({"PUT", "DELETE"}), "/profiles/{profile_id:str}/watchlist/{title_id:str}", "members"),
        Route(frozenset({"POST"}), "/content/{title_id:str}/publish", "catalog"),
        Route(frozenset({"POST"}), "/content/{title_id:str}/pause", "production"),
        Route(frozenset({"PATCH"}), "/content/uploads/{upload_id:str}", "production"),
        Route(frozenset({"GET"}), "/things/{id:str}", "reader"),
        Route(frozenset({"PUT"}), "/things/{id:str}", "writer"),
    ],
    below="/api/v1",
)


def test_a_path_belongs_to_the_service_whose_pattern_it_is() -> None:
    assert TABLE.owner("GET", "/api/v1/profiles/7/watchlist") == "discovery"
    assert TABLE.owner("PUT", "/api/v1/profiles/7/watchlist/9") == "members"
    assert TABLE.owner("POST", "/api/v1/content/7/publish") == "catalog"
    assert TABLE.owner("PATCH", "/api/v1/content/uploads/publish") == "production"


def test_the_method_decides_where_two_share_a_path_and_an_owner_refuses_other_methods_itself() -> None:
    assert TABLE.owner("GET", "/api/v1/things/1") == "reader"
    assert TABLE.owner("PUT", "/api/v1/things/1") == "writer"
    assert TABLE.owner("DELETE", "/api/v1/things/1") == "reader"


def test_a_path_that_climbs_or_has_holes_belongs_to_nobody() -> None:
    for path in ("/api/v1/content/../pause", "/api/v1/content/./pause", "/api/v1/content//pause", "/rpc/members/find"):
        assert TABLE.owner("POST", path) is None


@given(st.text(max_size=60))
def test_nothing_outside_the_public_routes_has_an_owner(path: str) -> None:
    if not path.startswith("/api/v1/"):
        assert TABLE.owner("GET", path) is None
