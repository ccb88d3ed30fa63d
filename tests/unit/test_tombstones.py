"""Tombstones: whose signature is believed, in which order they are carried out, what an edge keeps of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.model.judging import Vouched, judged
from matinee.delivery.edge.service.state import EdgeState, with_stones
from matinee.wire.fill import FillOrder
from matinee.wire.purge import PurgeKey, Tombstone, is_public_key, is_signed_by

KEY, OTHER = PurgeKey(b"k" * 32), PurgeKey(b"o" * 32)


def stones(*numbers: int, key: PurgeKey = KEY) -> list[Tombstone]:
    before = (0, *numbers)
    return [key.sign(Tombstone(n, f"rel-{n}", "moved", after=b)) for b, n in zip(before, numbers, strict=False)]


def test_what_is_new_is_carried_out_in_its_order() -> None:
    found = judged(stones(3, 5, 8), acknowledged=3, key=KEY.public)
    assert [stone.sequence for stone in found.good] == [5, 8]
    assert found.refused == ()


def test_an_older_number_played_again_is_passed_over() -> None:
    assert judged(stones(3, 5), acknowledged=9, key=KEY.public) == judged([], acknowledged=9, key=KEY.public)


def test_a_tombstone_signed_by_another_key_is_refused() -> None:
    found = judged(stones(1, 2, key=OTHER), acknowledged=0, key=KEY.public)
    assert found.good == ()
    assert len(found.refused) == 1


def test_without_a_key_nothing_is_believed() -> None:
    assert judged(stones(1), acknowledged=0, key="").good == ()
    assert judged([Tombstone(1, "rel-1", "moved")], acknowledged=0, key=KEY.public).good == ()


def test_with_one_left_out_those_after_it_wait() -> None:
    first, _, third = stones(1, 2, 3)
    found = judged([first, third], acknowledged=0, key=KEY.public)
    assert [stone.sequence for stone in found.good] == [1]
    assert "without 2" in found.refused[0]


def test_in_the_wrong_order_nothing_is_skipped() -> None:
    first, second = stones(1, 2)
    assert judged([second, first], acknowledged=0, key=KEY.public).good == ()


@pytest.mark.parametrize(
    "altered",
    [{"sequence": 8}, {"release_id": "rel-2"}, {"reason": ""}, {"path": "hd/v1/1.m4s"}, {"after": 1}, {"refetch": True},
     {"appliance": "oca-2"}, {"signature": ""}, {"signature": "AAAA"}, {"signature": "not base64url!"}],
)  # fmt: skip
def test_a_signature_is_over_all_of_it(altered: dict[str, object]) -> None:
    stone = KEY.sign(Tombstone(7, "rel-1", "moved"))
    assert is_signed_by(stone, KEY.public)
    assert not is_signed_by(replace(stone, **altered), KEY.public)  # type: ignore[arg-type]  # one field of each type


@given(st.text())
def test_whatever_is_named_as_a_key_signs_nothing_it_did_not_sign(key: str) -> None:
    assert not is_signed_by(KEY.sign(Tombstone(7, "rel-1", "moved")), key) or key == KEY.public
    assert is_public_key(KEY.public)


def test_a_key_is_not_shown() -> None:
    assert "k" * 8 not in repr(KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        PurgeKey(b"short")


@given(st.lists(st.integers(1, 60), unique=True).map(sorted), st.integers(0, 60), st.data())
def test_nothing_is_carried_out_twice_or_before_its_time(numbers: list[int], done: int, data: st.DataObject) -> None:
    sent = data.draw(st.permutations(stones(*numbers)))
    good = [stone.sequence for stone in judged(sent, acknowledged=done, key=KEY.public).good]
    assert good == sorted(set(good))
    missed = [number for number in numbers if done < number < max(good, default=0) and number not in good]
    assert missed == []


FILE = Tombstone(1, "rel-1", "bad", "hd/v1/0.m4s")


def test_a_file_purged_for_good_stays_away_and_one_to_be_fetched_anew_does_not() -> None:
    assert with_stones(EdgeState(), [FILE], mends="oca-1").purged_files == ("rel-1/hd/v1/0.m4s",)
    again = with_stones(EdgeState(), [replace(FILE, refetch=True)], mends="oca-1")
    assert (again.purged_files, again.mending) == ((), ("rel-1/hd/v1/0.m4s",))
    gone = with_stones(again, [replace(FILE, sequence=2)], mends="oca-1")
    assert (gone.purged_files, gone.mending) == (("rel-1/hd/v1/0.m4s",), ())
    assert with_stones(gone, [replace(FILE, sequence=3, refetch=True)], mends="oca-1").mending == ()


def test_only_the_appliance_that_is_named_fetches_anew() -> None:
    stone = replace(FILE, refetch=True, appliance="oca-2")
    assert with_stones(EdgeState(), [stone], mends="oca-1").mending == ()
    assert with_stones(EdgeState(), [stone], mends="oca-2").mending == ("rel-1/hd/v1/0.m4s",)
    assert with_stones(EdgeState(), [replace(FILE, refetch=True)], mends=None).mending == ()


def test_a_release_that_goes_takes_what_was_said_of_its_files_with_it() -> None:
    files = with_stones(EdgeState(), [FILE, replace(FILE, path="hd/v1/1.m4s", refetch=True)], mends="oca-1")
    gone = with_stones(files, [Tombstone(2, "rel-1", "moved")], mends="oca-1")
    assert (gone.purged, gone.purged_files, gone.mending, gone.tombstone_sequence) == (("rel-1",), (), (), 2)


@pytest.mark.parametrize("path", ["release.json", "../../etc/passwd", "hd/v1/../0.m4s", "/etc/passwd", "hd/v1/a/b", ""])
def test_what_names_no_file_is_acknowledged_and_kept_nowhere(path: str) -> None:
    state = with_stones(EdgeState(), [replace(FILE, path=path)], mends="oca-1")
    assert (state.tombstone_sequence, state.purged_files, state.purged) == (1, (), ())


def an_order(release_id: str, sha256: str, key: PurgeKey | None = KEY) -> FillOrder:
    signature = "" if key is None else key.vouch(release_id, sha256)
    return FillOrder(1, release_id, sha256, (), "", 0, signature)


@given(st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")))
def test_orders_are_believed_one_by_one_however_often_they_come(signed: set[str], others: set[str]) -> None:
    orders = [an_order(name, "0" * 64) for name in sorted(signed)]
    orders += [an_order(name, "1" * 64, OTHER) for name in sorted(others - signed)]
    vouched = Vouched()
    for _ in range(2):
        good, refused = vouched.of(orders, KEY.public)
        assert {order.release_id for order in good} == signed
        assert set(refused) == others - signed


def test_what_one_key_vouched_for_is_nothing_to_another() -> None:
    vouched, order = Vouched(), an_order("rel-1", "0" * 64)
    assert vouched.of([order], KEY.public)[0] == [order]
    assert vouched.of([order], OTHER.public)[0] == []


def test_who_was_never_told_a_key_believes_all_but_what_could_be_no_folder() -> None:
    orders = [an_order("rel-1", "0" * 64, None), an_order("../rel-1", "0" * 64, None)]
    assert Vouched().of(orders, "") == (orders[:1], [])
