"""How many children are known. What the crawl counted is on its run; what others' steps found beside it is added here."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.toid import provisional_toid
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.lineage import ChildCount
from stellarmap_gateway.views.months import month_counts

READ_BESIDE = 1_000


@dataclass(frozen=True, slots=True)
class Counted:
    """The children of one account as they are known now."""

    run: Run | None
    total: int

    @property
    def progress(self) -> Progress:
        """How far the crawl is; nowhere, if nobody asked."""
        return self.run.progress if self.run else Progress()

    @property
    def done(self) -> bool:
        """True when nobody reads them now: what was asked is read, or nothing was asked."""
        return self.run is None or self.run.state is not RunState.OPEN

    @property
    def complete(self) -> bool:
        """True when the total is exact."""
        return self.progress.exact

    def view(self) -> ChildCount:
        """As the API tells it."""
        progress = self.progress
        return ChildCount(
            total=self.total,
            complete=self.complete,
            asked=self.run is not None,
            pages_read=progress.pages,
            since_ledger=progress.since_ledger,
        )


async def counted(gateway: Gateway, account: AccountRef) -> Counted:
    """The counts of the account."""
    run, stored = await asyncio.gather(
        gateway.stores.runs.run_of(RunRef(account, Step.CHILDREN)), _stored(gateway, account)
    )
    return _counted(run, stored)


async def known_and_counted(gateway: Gateway, account: AccountRef) -> tuple[Known, Counted]:
    """All that is known of the account, with the counts."""
    known, stored = await asyncio.gather(gateway.stores.known.known_of(account), _stored(gateway, account))
    return known, _counted(known.children_run, stored)


async def _stored(gateway: Gateway, account: AccountRef) -> int:
    return await gateway.stores.creations.count_children(account, ChildRange())


def _counted(run: Run | None, stored: int) -> Counted:
    """Whatever a run has counted is stored, perhaps since the children were counted."""
    return Counted(run, max(stored, run.progress.total if run else 0))


async def counted_by_month(gateway: Gateway, account: AccountRef, known: Counted) -> tuple[Counter[int], int]:
    """Children by month, and how many have no known time; the two together are the total."""
    progress = known.progress
    beside = await _beside(gateway, account, progress) if known.total > progress.total else ()
    counts, undated = month_counts(progress.months, beside)
    undated += progress.undated
    unread = known.total - counts.total() - undated
    return counts, undated + max(unread, 0)


async def _beside(gateway: Gateway, account: AccountRef, progress: Progress) -> tuple[Creation, ...]:
    """Children that the crawl did not count: beyond where it is, and before the history of its source begins."""
    store = gateway.stores.creations
    beyond = ChildRange(since=progress.last_op + 1 if progress.last_op else None)
    found = await store.children_of(account, beyond, READ_BESIDE)
    if progress.since_ledger is not None and progress.last_op:
        before = ChildRange(up_to=provisional_toid(progress.since_ledger) - 1)
        found += await store.children_of(account, before, READ_BESIDE)
    return found
