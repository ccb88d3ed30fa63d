"""What every log engine must do."""

import asyncio
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.engines.log.port import Batch, LeaseLost, Log
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import seconds
from matinee.wire.events import Envelope
from tests.contract.hand_clock import NOON, HandClock
from tests.contract.shared import SHARED

IDS = Ids(SystemClock(), SystemChance())
NOW, LEASE = seconds(0), seconds(30)


def event(key: str, data: str = "", *, topic: str = "titles") -> Envelope:
    return Envelope(IDS.new(), topic, "title.changed", key, NOON, "test", data.encode())


async def take(log: Log, group: str = "search", *, limit: int = 100) -> Batch:
    batch = await log.poll("titles", group, limit=limit, wait=NOW, lease=LEASE)
    assert batch is not None
    return batch


async def drain(log: Log, group: str, *, limit: int = 3) -> list[Envelope]:
    seen: list[Envelope] = []
    while (batch := await log.poll("titles", group, limit=limit, wait=NOW, lease=LEASE)) is not None:
        seen += [one.envelope for one in batch.deliveries]
        await log.commit(batch)
    return seen


class LogConformance:
    def make(self, folder: Path, clock: Clock) -> Log:
        """An empty log."""
        raise AssertionError("a suite says how its engine is made")

    @given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5), max_size=12), st.data())
    @settings(max_examples=25, suppress_health_check=SHARED)
    def test_events_of_a_key_keep_their_order_and_repeats_are_not_kept(
        self, appends: list[list[str]], data: st.DataObject
    ) -> None:
        batches = [[event(key) for key in keys] for keys in appends]
        flat = [one for batch in batches for one in batch]
        repeats = data.draw(st.lists(st.sampled_from(flat), max_size=5)) if flat else []

        async def story() -> tuple[list[Envelope], list[Envelope]]:
            with TemporaryDirectory() as folder:
                log = self.make(Path(folder), HandClock())
                for batch in batches:
                    await log.append(batch)
                await log.append(repeats)
                consumed = await drain(log, "search")
                replayed = [one.envelope async for one in log.replay("titles")]
                await log.close()
            return consumed, replayed

        for seen in asyncio.run(story()):
            assert _by_key(seen) == _by_key(flat)

    async def test_each_group_goes_at_its_own_pace(self, tmp_path: Path) -> None:
        log = self.make(tmp_path, HandClock())
        await log.append([event(f"{number}") for number in range(20)])
        assert len(await drain(log, "search")) == 20
        await log.append([event("new")])
        assert len(await drain(log, "search")) == 1
        assert len(await drain(log, "insight")) == 21
        await log.close()

    async def test_a_partition_is_with_one_member_at_a_time(self, tmp_path: Path) -> None:
        log = self.make(tmp_path, HandClock())
        await log.append([event("a", "1"), event("a", "2")])
        batch = await take(log, limit=1)
        assert await log.poll("titles", "search", wait=NOW, lease=LEASE) is None
        await log.commit(batch)
        assert [one.envelope.data for one in (await take(log)).deliveries] == [b"2"]
        await log.close()

    async def test_what_is_not_committed_is_delivered_again_when_the_lease_ends(self, tmp_path: Path) -> None:
        clock = HandClock()
        log = self.make(tmp_path, clock)
        await log.append([event("a")])
        lost = await take(log)
        clock.advance(LEASE)
        again = await take(log)
        assert again.deliveries == lost.deliveries
        with pytest.raises(LeaseLost):
            await log.commit(lost)
        await log.commit(again)
        assert await log.poll("titles", "search", wait=NOW, lease=LEASE) is None
        await log.close()

    async def test_a_late_commit_counts_while_nobody_else_has_the_batch(self, tmp_path: Path) -> None:
        clock = HandClock()
        log = self.make(tmp_path, clock)
        await log.append([event("a")])
        batch = await take(log)
        clock.advance(LEASE * 2)
        await log.commit(batch)
        assert await log.poll("titles", "search", wait=NOW, lease=LEASE) is None
        await log.close()

    async def test_a_released_batch_is_delivered_again_at_once(self, tmp_path: Path) -> None:
        log = self.make(tmp_path, HandClock())
        await log.append([event("a")])
        batch = await take(log)
        await log.release(batch)
        assert (await take(log)).deliveries == batch.deliveries
        await log.close()

    async def test_a_waiting_consumer_gets_what_is_appended(self, tmp_path: Path) -> None:
        log = self.make(tmp_path, SystemClock())
        waiting = asyncio.create_task(log.poll("titles", "search", wait=seconds(60), lease=LEASE))
        await log.append([event("a", topic="other")])
        await log.append([event("a")])
        batch = await waiting
        assert batch is not None
        assert len(batch.deliveries) == 1
        await log.close()

    async def test_many_producers_at_once_lose_nothing(self, tmp_path: Path) -> None:
        log = self.make(tmp_path, HandClock())
        await asyncio.gather(*(log.append([event(f"{n % 7}", f"{n}-{i}") for i in range(4)]) for n in range(100)))
        seen = [one.envelope.data async for one in log.replay("titles")]
        assert len(seen) == len(set(seen)) == 400
        await log.close()

    async def test_replay_goes_on_after_an_offset_of_a_partition(self, tmp_path: Path) -> None:
        log = self.make(tmp_path, HandClock())
        await log.append([event("a", f"{number}") for number in range(5)])
        first = [one async for one in log.replay("titles")]
        place = first[0].partition
        rest = [one async for one in log.replay("titles", partition=place, after=first[2].offset)]
        assert [one.envelope.data for one in rest] == [b"3", b"4"]
        await log.close()


def _by_key(envelopes: list[Envelope]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in envelopes:
        found[one.key].append(one.id)
    return found
