"""Keeps the book of one network: what is decided is durable before it is told, and told before more is decided."""

import asyncio
from collections.abc import Callable, Collection, Sequence

import structlog

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import ChangeType, JournalRow, StandingChange, Yardstick
from stellarmap_common.errors import TransientError
from stellarmap_common.events.standings import BalanceUpdated, RecalculationRequested, StandingChanged
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.standing_store import ChangeQuery, StandingStore, TrackerStore
from stellarmap_common.runtime.untold import untold_of
from stellarmap_hva_tracker.journal.restore import read_book, uncollected
from stellarmap_hva_tracker.tracker import Tracker

log = structlog.get_logger(__name__)


class BookLost(TransientError):
    """Another tracker has taken the book over since: nothing of what was decided here was written."""


class Owner:
    """Takes the book over when it is first asked for anything, again after it was lost, and when it ranks by another yardstick.

    A row is decided in memory, then appended, applied, told and marked. Whatever fails on this way is done again from where it
    failed, with the very same row, before anything else is decided or shown: so memory that is ahead of the journal is never
    seen, and nothing has to be rolled back. If the book is lost, or deciding fails half-way, the memory is dropped.
    """

    def __init__(
        self,
        network: NetworkKey,
        in_force: Callable[[], Yardstick],
        store: TrackerStore,
        publisher: EventPublisher,
        clock: Clock,
    ) -> None:
        self._network = network
        self._in_force = in_force
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._turn = asyncio.Lock()
        self._tracker: Tracker | None = None
        self._decided: JournalRow | None = None  # not yet through
        self._shown: tuple[int, int] | None = None

    async def take(self, events: Sequence[BalanceUpdated]) -> None:
        """Afterwards all that these balances lead to is stored and told.

        Raises: StoreUnavailable (take them again), BookLost.
        """
        async with self._turn:
            tracker, left = await self._ready(), iter(events)
            while True:
                self._tracker = None  # an error would leave it half-decided
                self._decided = tracker.decide(left)
                self._tracker = tracker
                if self._decided is None:
                    return
                await self._carry_out()

    async def look(self) -> None:
        """Afterwards a day that has ended is closed, and the board is shown as it is now.

        Raises: StoreUnavailable (look again), BookLost.
        """
        async with self._turn:
            tracker = await self._ready()
            self._decided = tracker.close_day(self._clock.now())
            await self._carry_out()
            await self._show(tracker)

    async def recalculate(self, event: RecalculationRequested, standings: StandingStore) -> None:
        """Afterwards something is told of each of the accounts wherever it stands; `anew`: as it stands now, once for this event.

        Raises: StoreUnavailable (recalculate again), BookLost.
        """
        async with self._turn:
            tracker = await self._ready()
            asked = {
                account: set(event.thresholds_xlm).intersection(tracker.stood_at(account)) for account in event.accounts
            }
            due = {account: await _due(event, account, stood_at, standings) for account, stood_at in asked.items()}
            self._tracker = None  # an error would leave it half-decided
            self._decided = tracker.record_anew(
                {account: thresholds_xlm for account, thresholds_xlm in due.items() if thresholds_xlm},
                event.id,
                self._clock.now(),
                ended=event.anew,
            )
            self._tracker = tracker
            await self._carry_out()

    async def _ready(self) -> Tracker:
        """The tracker, with nothing left to carry out."""
        await self._carry_out()
        yardstick = self._in_force()
        if self._tracker is None or self._tracker.yardstick != yardstick:
            self._tracker = self._shown = None  # two of a million accounts need not fit
            self._tracker = await self._taken_over(yardstick)
        while row := self._tracker.settle(self._clock.now()):
            self._decided = row
            await self._carry_out()
        return self._tracker

    async def _taken_over(self, yardstick: Yardstick) -> Tracker:
        taken = await self._store.take_over(self._network)
        if taken.last and not taken.applied:
            await self._tell(taken.last)
        now = self._clock.now()
        with uncollected():
            stored = await read_book(self._store, self._network, taken, now)
            tracker = await asyncio.to_thread(Tracker, stored, yardstick, now)
        log.info("standings_taken_over", network=self._network, epoch=taken.epoch, balances=len(stored.balances))
        return tracker

    async def _carry_out(self) -> None:
        """Afterwards nothing is decided that is not stored and told."""
        row = self._decided
        if row is None:
            return
        failpoint("after_decision")
        if not await self._store.append(row):
            self._tracker = self._decided = None
            raise BookLost(
                f"Row {row.number} of the standings of {self._network} was refused: another tracker has taken them over. "
                "Nothing of it was written. This one takes them over again, unless its process ends because it has lost "
                "its lease."
            )
        failpoint("after_journal")
        await self._tell(row)
        self._decided = None

    async def _tell(self, row: JournalRow) -> None:
        """The row is durable; afterwards it is applied and told, as it stands."""
        await self._store.apply(row)
        failpoint("after_standings")
        await self._publisher.publish(*(_told(change) for change in row.changes))
        failpoint("after_standings_told")
        await self._store.mark_applied(row)
        failpoint("after_journal_marked")

    async def _show(self, tracker: Tracker) -> None:
        """Publishes the board if it is not the one that was published last."""
        now = self._clock.now()
        version = tracker.version(now)
        if version != self._shown:
            await self._store.publish(tracker.board(now))
            self._shown = version


async def _due(
    event: RecalculationRequested, address: Address, stood_at: Collection[int], standings: StandingStore
) -> Collection[int]:
    """Where the event has something to tell of the account: not where it has told it, for it may come again."""
    account = AccountRef(event.network, address)
    if not event.anew:
        return await untold_of(standings, account, sorted(stood_at))
    entered = await standings.changes_of(account, ChangeQuery(types=frozenset({ChangeType.ENTERED})))
    told = {step.threshold_xlm for change in entered if change.cause == event.id for step in change.steps}
    return set(stood_at) - told


def _told(change: StandingChange) -> StandingChanged:
    return StandingChanged(
        id=change.id,
        network=change.account.network,
        account=change.account.address,
        change=change.type,
        reason=change.reason,
        steps=change.steps,
        after=change.after,
        balance_stroops=change.balance_stroops,
        ledger=change.ledger,
        at=change.at,
        cause=change.cause,
        home_domain=change.home_domain,
    )
