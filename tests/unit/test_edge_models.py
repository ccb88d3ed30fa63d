"""The edge's decisions: what is next, what may go, what a release may name, how busy it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.model.contents import ReleaseUnsound, contents_of, is_file_path, is_release_id
from matinee.delivery.edge.model.eviction import Held, choose_victims
from matinee.delivery.edge.model.load import Reading, errors_per_minute, load_between
from matinee.delivery.edge.model.queue import Setback, next_order, retry_delay_seconds
from matinee.kernel.errors import InvalidInput
from matinee.wire.encoding import to_json
from matinee.wire.fill import FillOrder
from matinee.wire.releases import Release, Segment, StoredFile, Track
from tests.unit.doors import NOON


def an_order(release: str, sequence: int = 1, priority: int = 0) -> FillOrder:
    return FillOrder(sequence, release, "0" * 64, ("http://origin",), "ticket", priority)


def chosen(
    *orders: FillOrder, held: tuple[str, ...] = (), purged: tuple[str, ...] = (), **setbacks: Setback
) -> str | None:
    found = next_order(orders, held=held, purged=purged, setbacks=setbacks, now=100.0)
    return found.release_id if found is not None else None


def test_the_most_urgent_order_is_next_and_of_equals_the_oldest() -> None:
    assert chosen(an_order("c", 3, 1), an_order("b", 2, 5), an_order("a", 1, 5)) == "a"


def test_what_is_held_or_purged_is_not_filled() -> None:
    assert chosen(an_order("a"), an_order("b", 2), an_order("c", 3), held=("a",), purged=("b",)) == "c"
    assert chosen(an_order("a"), held=("a",)) is None


def test_a_failed_order_waits_while_others_go_first() -> None:
    assert chosen(an_order("a", priority=9), an_order("b"), a=Setback(1, 101.0, "")) == "b"
    assert chosen(an_order("a", priority=9), an_order("b"), a=Setback(1, 100.0, "")) == "a"
    assert chosen(an_order("a"), a=Setback(1, 101.0, "")) is None


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_retry_waits_ever_longer_but_never_longer_than_allowed(attempts: int, chance: float) -> None:
    delay = retry_delay_seconds(attempts, first=1.0, longest=300.0, chance=chance)
    assert min(300.0, 2.0 ** min(attempts - 1, 40)) / 2 <= delay <= 300.0


HELD = st.lists(
    st.builds(Held, st.text("abcdef", min_size=1, max_size=3), st.integers(0, 1000)),
    unique_by=lambda each: each.release_id,
)


@given(HELD, st.sets(st.text("abcdef", min_size=1, max_size=3)), st.integers(-10, 3000))
def test_victims_are_enough_and_none_is_ordered(held: list[Held], ordered: set[str], needed: int) -> None:
    sizes = {each.release_id: each.size for each in held}
    victims = choose_victims(held, spared=ordered, bytes_needed=needed)
    spare = sum(size for release, size in sizes.items() if release not in ordered)
    if victims is None:
        assert spare < needed
    else:
        assert sum(sizes[victim.release_id] for victim in victims) >= needed
        assert not ordered & {victim.release_id for victim in victims}


# ---- what a release may name


def a_track(
    track_id: str = "v1", tier: str = "hd", file: str = "1.m4s", sha256: str = "a" * 64, size: int = 5
) -> Track:
    segment = Segment(file, 0, 1, size, sha256)
    return Track(track_id, "video", tier, "video/mp4", "x", 1, 1, 1, StoredFile("init.mp4", 4, "b" * 64), (segment,))


def a_manifest(*tracks: Track, release_id: str = "rel-1") -> bytes:
    return to_json(Release(release_id, "title", NOON, "fast", "0" * 64, 1000, "clear", tracks))


def test_a_release_is_its_files_each_once() -> None:
    contents = contents_of(a_manifest(a_track(), a_track("v2")), release_id="rel-1")
    assert [file.path for file in contents] == ["hd/v1/init.mp4", "hd/v1/1.m4s", "hd/v2/init.mp4", "hd/v2/1.m4s"]


@pytest.mark.parametrize(
    "track",
    [
        a_track(track_id=".."),
        a_track(tier=".."),
        a_track(tier="a/b"),
        a_track(file="../../../etc/passwd"),
        a_track(file="/etc/passwd"),
        a_track(file=".hidden"),
        a_track(file=""),
        a_track(file="a\x00"),
        a_track(sha256="A" * 64),
        a_track(sha256="a" * 63),
        a_track(size=-1),
        a_track(file="init.mp4"),
    ],
)
def test_a_file_that_no_release_may_have_spoils_the_whole(track: Track) -> None:
    with pytest.raises(ReleaseUnsound):
        contents_of(a_manifest(track), release_id="rel-1")


def test_another_release_or_no_release_at_all_is_refused() -> None:
    with pytest.raises(ReleaseUnsound):
        contents_of(a_manifest(a_track(), release_id="rel-2"), release_id="rel-1")
    with pytest.raises(InvalidInput):
        contents_of(b"{}", release_id="rel-1")


@given(st.text(max_size=30))
def test_only_plain_names_become_folders_and_files(text: str) -> None:
    if is_release_id(text) or is_file_path(text):
        assert ".." not in text.split("/")
        assert not text.startswith(("/", "."))
        assert text.isascii()
        assert text.isprintable()


# ---- load


def test_load_is_the_share_of_what_it_may_send() -> None:
    before = Reading(10.0, 1000, 2)
    assert load_between(before, Reading(12.0, 2000, 2), capacity_bytes_per_second=1000) == 0.5
    assert load_between(before, Reading(12.0, 99999, 2), capacity_bytes_per_second=1000) == 1.0
    assert load_between(before, before, capacity_bytes_per_second=1000) == 0.0
    assert errors_per_minute(before, Reading(12.0, 1000, 5)) == 90.0
    assert errors_per_minute(before, before) == 0.0
