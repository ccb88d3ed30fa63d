"""Accounts of edges come in here. What is in them is taken by whom it concerns; it is acknowledged when all of it is kept."""

from matinee.control.steering.model.counting import check
from matinee.control.steering.model.holding import cluster_of
from matinee.control.steering.service.counts import Counts
from matinee.kernel.clock import Clock
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.health import HealthReport


class AccountsTaken:
    def __init__(self, clock: Clock, counts: Counts) -> None:
        self._clock = clock
        self._counts = counts

    async def take(self, accounts: Accounts, report: HealthReport) -> AccountsKnown:
        """`report`: the last of who tells."""
        check(accounts, at=self._clock.now())
        await self._counts.take(accounts, cluster_of(report))
        return AccountsKnown(accounts.number)
