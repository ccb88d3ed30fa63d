"""An appliance keeps to its window, its rate and its night, whatever it is ordered and however often it begins anew."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.api import FillWindow
from matinee.delivery.edge.model.windows import night_at
from matinee.delivery.edge.service.allowance import Allowance, NightOver
from matinee.delivery.edge.service.state import EdgeState
from matinee.kernel.quantities import Span, hours, minutes, seconds
from tests.unit.doors import SetClock

WINDOW = FillWindow("Europe/Berlin", time(2), hours(4), bytes_per_second_max=1000, bytes_per_night_max=1_000_000)


class Notebook:
    def __init__(self) -> None:
        self.state = EdgeState()

    async def change(self, how: Callable[[EdgeState], EdgeState]) -> None:
        self.state = how(self.state)


async def _takes(allowance: Allowance, size: int) -> bool:
    try:
        await allowance.take(size)
    except NightOver:
        return False
    return True


def test_without_a_window_it_fetches_whenever_it_likes() -> None:
    clock = SetClock()
    before = clock.now()
    allowance = Allowance(None, Notebook(), clock)
    assert allowance.is_open()
    assert asyncio.run(_takes(allowance, 1 << 40))
    assert clock.now() == before


def test_by_day_it_fetches_nothing() -> None:
    clock = SetClock()  # noon
    allowance = Allowance(WINDOW, Notebook(), clock)
    assert not allowance.is_open()
    assert not asyncio.run(_takes(allowance, 1))
    clock.advance(hours(14))
    assert allowance.is_open()
    assert asyncio.run(_takes(allowance, 1))


def test_a_file_larger_than_a_night_is_the_first_of_its_night() -> None:
    clock = SetClock()
    clock.advance(hours(13.5))
    allowance = Allowance(WINDOW, Notebook(), clock)
    assert asyncio.run(_takes(allowance, 2_000_000))
    assert not asyncio.run(_takes(allowance, 1))
    assert not allowance.is_open()


@given(
    st.lists(
        st.tuples(
            st.integers(1, 400_000), st.sampled_from([seconds(0), seconds(5), minutes(40), hours(7)]), st.booleans()
        ),
        max_size=60,
    )
)
def test_it_keeps_to_all_three(steps: list[tuple[int, Span, bool]]) -> None:
    """A size to fetch, how long after the last one, and whether it was killed in between."""
    clock, notebook = SetClock(), Notebook()
    fetched = Counter[date]()
    taken: list[tuple[float, int]] = []

    async def live() -> None:
        allowance = Allowance(WINDOW, notebook, clock)
        for size, later, is_new in steps:
            clock.advance(later)
            if is_new:
                await allowance.note()
                allowance = Allowance(WINDOW, notebook, clock)
                taken.clear()  # an appliance that begins anew may fetch at once
            if not await _takes(allowance, size):
                continue
            night = night_at(WINDOW, clock.now())
            assert night is not None, "it was fetched outside the window"
            fetched[night.date] += size
            taken.append((clock.monotonic(), size))
            first_s = taken[0][0]
            allowed = WINDOW.bytes_per_second_max * (clock.monotonic() - first_s) + size
            assert sum(size for _, size in taken) <= allowed + 1

    asyncio.run(live())
    assert all(total <= WINDOW.bytes_per_night_max for total in fetched.values())
