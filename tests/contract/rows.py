"""What every rows engine must do."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.engines.rows.port import Row, Rows
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Instant, days, seconds
from tests.contract.hand_clock import NOON, HandClock
from tests.contract.shared import SHARED

_keys = st.sampled_from(["", "a", "ab", "b", "é", "\U0001f3ac"])
_times = st.integers(0, 3).map(lambda ms: NOON + timedelta(milliseconds=ms))


@dataclass(frozen=True)
class Put:
    key: str
    value: bytes
    at: Instant


@dataclass(frozen=True)
class Delete:
    key: str
    at: Instant


@dataclass(frozen=True)
class Forget:
    """The whole partition."""


_steps = st.lists(
    st.builds(Put, _keys, st.binary(max_size=2), _times) | st.builds(Delete, _keys, _times) | st.builds(Forget),
    max_size=25,
)


class Model:
    """The port's rules on a dict: the later event wins; at an equal time a delete, then the greater bytes."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Instant, bool, bytes]] = {}

    def apply(self, step: Put | Delete | Forget) -> None:
        if isinstance(step, Forget):
            self.rows.clear()
            return
        new = (step.at, isinstance(step, Delete), step.value if isinstance(step, Put) else b"")
        self.rows[step.key] = max(new, self.rows.get(step.key, new))

    def seen(self) -> list[tuple[str, bytes, Instant]]:
        return [(key, value, at) for key, (at, deleted, value) in sorted(self.rows.items()) if not deleted]


def row(clustering: str, value: bytes = b"v", *, at: Instant = NOON, ttl: timedelta | None = None) -> Row:
    return Row("positions", "ada", clustering, value, at, ttl)


class RowsConformance:
    def make(self, folder: Path, clock: Clock) -> Rows:
        """An empty store."""
        raise AssertionError("a suite says how its engine is made")

    @given(_steps)
    @settings(max_examples=40, suppress_health_check=SHARED)
    def test_it_agrees_with_a_model_whatever_order_writes_arrive_in(self, steps: list[Put | Delete | Forget]) -> None:
        model = Model()

        async def story() -> None:
            with TemporaryDirectory() as folder:
                rows = self.make(Path(folder), HandClock())
                for step in steps:
                    model.apply(step)
                    if isinstance(step, Put):
                        await rows.put([row(step.key, step.value, at=step.at)])
                    elif isinstance(step, Delete):
                        await rows.delete("positions", "ada", step.key, at=step.at)
                    else:
                        await rows.delete_partition("positions", "ada")
                found = await rows.scan("positions", "ada")
                backwards = await rows.scan("positions", "ada", reverse=True)
                each = [await rows.get("positions", "ada", one.clustering) for one in found]
                await rows.close()
            assert [(one.clustering, one.value, one.at) for one in found] == model.seen()
            assert backwards == found[::-1]
            assert each == found

        asyncio.run(story())

    @given(st.permutations([Put("a", b"1", NOON), Put("a", b"2", NOON), Delete("a", NOON - seconds(1))]))
    @settings(max_examples=6, suppress_health_check=SHARED)
    def test_replicas_that_hear_the_same_in_another_order_agree(self, steps: list[Put | Delete]) -> None:
        async def story() -> Row | None:
            with TemporaryDirectory() as folder:
                rows = self.make(Path(folder), HandClock())
                for step in steps:
                    if isinstance(step, Put):
                        await rows.put([row(step.key, step.value, at=step.at)])
                    else:
                        await rows.delete("positions", "ada", step.key, at=step.at)
                found = await rows.get("positions", "ada", "a")
                await rows.close()
            return found

        assert asyncio.run(story()) == row("a", b"2")

    @given(st.lists(_keys, unique=True), _keys, st.none() | _keys, st.booleans(), st.integers(0, 5))
    @settings(max_examples=30, suppress_health_check=SHARED)
    def test_a_scan_is_a_slice_of_the_sorted_keys(
        self, keys: list[str], start: str, stop: str | None, reverse: bool, limit: int
    ) -> None:
        async def story() -> list[str]:
            with TemporaryDirectory() as folder:
                rows = self.make(Path(folder), HandClock())
                await rows.put([row(key) for key in keys])
                await rows.put([Row("positions", "adb", "a", b"", NOON), Row("other", "ada", "a", b"", NOON)])
                found = await rows.scan("positions", "ada", start=start, stop=stop, reverse=reverse, limit=limit)
                await rows.close()
            return [one.clustering for one in found]

        wanted = sorted((key for key in keys if key >= start and (stop is None or key < stop)), reverse=reverse)
        assert asyncio.run(story()) == wanted[:limit]

    async def test_a_row_is_gone_when_its_time_is_over(self, tmp_path: Path) -> None:
        clock = HandClock()
        rows = self.make(tmp_path, clock)
        await rows.put([row("a", at=NOON - days(3), ttl=seconds(45)), row("b")])
        clock.advance(seconds(44))
        assert [one.clustering for one in await rows.scan("positions", "ada")] == ["a", "b"]
        clock.advance(seconds(1))
        assert await rows.get("positions", "ada", "a") is None
        assert [one.clustering for one in await rows.scan("positions", "ada")] == ["b"]
        await rows.close()

    async def test_a_put_that_arrives_days_after_a_later_delete_stays_deleted(self, tmp_path: Path) -> None:
        clock = HandClock()
        rows = self.make(tmp_path, clock)
        await rows.delete("positions", "ada", "a", at=NOON)
        clock.advance(days(3))
        await rows.put([row("filler", ttl=seconds(1))])
        await rows.put([row("a", at=NOON - seconds(1))])
        assert await rows.get("positions", "ada", "a") is None
        await rows.put([row("a", at=NOON + seconds(1))])
        assert await rows.get("positions", "ada", "a") is not None
        await rows.close()

    async def test_many_callers_at_once_all_find_their_rows(self, tmp_path: Path) -> None:
        rows = self.make(tmp_path, HandClock())
        await asyncio.gather(*(rows.put([row(f"{number:04}", b"%d" % number)]) for number in range(500)))
        found = await rows.scan("positions", "ada")
        assert [one.value for one in found] == [b"%d" % number for number in range(500)]
        await rows.close()
