"""Decides, record by record, what a balance changes. All of it is in memory, and follows from what was journaled."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.standing import (
    ChangeReason,
    ChangeType,
    Coverage,
    HeldBalance,
    JournalRow,
    Movement,
    Standing,
    StandingChange,
    StandingStep,
    Yardstick,
    thresholds_stood_at,
)
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.ports.standing_store import Board
from stellarmap_hva_tracker.balances import Balances
from stellarmap_hva_tracker.board import LADDER_STEP, Totals, board_rows
from stellarmap_hva_tracker.closings import Closings
from stellarmap_hva_tracker.delayed import Delayed
from stellarmap_hva_tracker.order import Place
from stellarmap_hva_tracker.records import Due, Records
from stellarmap_hva_tracker.stored import Stored
from stellarmap_hva_tracker.window import Window

LATE = timedelta(seconds=60)  # balances of a day that has ended may still be on their way for so long
MICROSECOND = timedelta(microseconds=1)
SETTLED_AT_ONCE = 1_000  # accounts of one row, when thresholds have changed
MOST_CHANGES = 5_000  # of one row, and those of one balance: 9 MiB at most, where Cassandra refuses a row of 16


class Cause(NamedTuple):
    """Why something is told."""

    id: str
    ledger: int
    reason: ChangeReason


class Tracker:
    """The standings of one network. Its memory is ahead of the journal from a decision until that is a durable row."""

    def __init__(self, stored: Stored, yardstick: Yardstick, now: datetime) -> None:
        """Where another yardstick was in force before, `settle` says what that changes."""
        self.yardstick = yardstick
        thresholds_xlm = yardstick.thresholds_xlm
        self._draft = stored.next_draft(yardstick)
        self._now = Balances(stored.balances, thresholds_xlm[0] * STROOPS_PER_XLM)
        self._records = Records(yardstick, stored.recorded)
        self._window = Window(self._now.order, self._records.told_at, yardstick.board_size)
        self._totals = Totals(thresholds_xlm, self._now.held.values())
        self._delayed = Delayed(self._now, stored.movements, now)
        self._unsettled = iter(sorted({*self._records.unsettled(self._now.held), *self._overdue()}))
        self._closings = Closings(self._now, stored.movements, self._draft.at, yardstick.board_size)
        if stored.last:
            self._draft.closings += self._closings.restated(self._now, stored.movements, stored.last.yardstick)

    def decide(self, events: Iterator[BalanceUpdated]) -> JournalRow | None:
        """All that these balances lead to, in their order; None if they tell nothing new.

        It leaves what would make more changes than one row holds.
        """
        for event in events:
            self._take(event)
            if event.covers_ledger is not None:
                self._cover(event)
            if len(self._draft.changes) >= MOST_CHANGES:
                break
        self._delayed.advance(self._draft.at)
        return self._draft.row()

    def close_day(self, now: datetime) -> JournalRow | None:
        """The closings of a day that has ended without a balance of a later one; None if there is no such day."""
        midnight = datetime.combine(now, time(), UTC)
        if self._draft.number == 1 or self._draft.at >= midnight or now - midnight <= LATE:
            return None
        self._advance(midnight)
        return self._draft.row()

    def settle(self, now: datetime) -> JournalRow | None:
        """The next of what new thresholds change; None once everybody stands as they say. Comes before all else."""
        portion = list(islice(self._unsettled, SETTLED_AT_ONCE))
        if portion:
            self._advance(now)
        cause_id = fact_id("stellarmap.thresholds.changed", self._draft.network, self._draft.number)
        for account in portion:
            held = self._now.held[account]
            rank = self._rank_of(self._now.place_of(held))
            if due := self._records.due(held, held, rank):
                self._tell(held, rank, due, Cause(cause_id, held.ledger, ChangeReason.THRESHOLD_CHANGED))
            self._window.told(rank)
        return self._draft.row()

    def stood_at(self, account: Address) -> tuple[int, ...]:
        """The thresholds at which it stands now, lowest first."""
        held = self._now.held.get(account)
        return thresholds_stood_at(held.balance_stroops, self.yardstick.thresholds_xlm) if held else ()

    def record_anew(
        self, accounts: Mapping[Address, Collection[int]], cause_id: str, now: datetime, *, ended: bool
    ) -> JournalRow | None:
        """Each of them enters at its thresholds, at which it stands; `ended`: what is recorded of it there ends first."""
        if not accounts:
            return None
        # Changes are read by their time: nobody enters before it has left, nor leaves before what was told last.
        self._advance(max(now, self._draft.at + MICROSECOND))
        if ended:
            for account, thresholds_xlm in accounts.items():
                if steps := self._records.last_at(account, thresholds_xlm):
                    self._discover(account, ChangeType.EXITED, steps, cause_id)
            self._advance(self._draft.at + MICROSECOND)
        for account, thresholds_xlm in accounts.items():
            steps = [StandingStep(threshold_xlm=xlm, before=None) for xlm in sorted(thresholds_xlm)]
            self._discover(account, ChangeType.ENTERED, steps, cause_id)
        return self._draft.row()

    def _discover(self, account: Address, change: ChangeType, steps: Sequence[StandingStep], cause_id: str) -> None:
        held = self._now.held[account]
        rank = self._rank_of(self._now.place_of(held))
        cause = Cause(cause_id, held.ledger, ChangeReason.DISCOVERED)
        self._tell(held, rank, {change: steps}, cause)
        self._window.told(rank)

    def version(self, now: datetime) -> tuple[int, int]:
        """Of the board of this moment: two of one version are alike."""
        self._delayed.advance(max(now, self._draft.at))
        return self._draft.number, self._delayed.arrived

    def board(self, now: datetime) -> Board:
        """What is shown of this moment. Only what is journaled may be shown."""
        draft = self._draft
        as_of = max(now, draft.at)
        self._delayed.advance(as_of)
        return Board(
            network=draft.network,
            number=draft.number - 1,
            as_of=as_of,
            coverage=draft.coverage,
            ranked=len(self._now.order),
            figures=self._totals.figures(self._now.order),
            rows=board_rows(self._now, self._delayed, self.yardstick.board_size),
            ladder=self._now.order.ladder(LADDER_STEP),
            written=draft.written.until(as_of),
            board_size=self.yardstick.board_size,
        )

    def _overdue(self) -> Iterator[Address]:
        """Accounts whose rank has long been due to be told: nobody told it while it was not on a board that was smaller."""
        on_it = {account for _, _, account in self._now.order.top(self.yardstick.board_size)}
        for account in on_it | self._records.of_the_board():
            rank = self._rank_of(self._now.place_of(self._now.held[account]))
            up, down = self._records.told_at(account)
            if rank <= up or rank >= down:
                yield account

    def _take(self, event: BalanceUpdated) -> None:
        before = self._now.held.get(event.account)
        if before is not None and event.version <= before.version:
            return  # told before, or older than what is known
        self._advance(event.at)
        after = HeldBalance(  # by place, for once: it takes half as long
            event.account if before is None else before.account,  # one text of an account is enough
            event.balance_stroops,
            event.version,
            event.created_op,
            event.ledger,
            self._draft.at,
            event.home_domain,
        )
        movement = Movement(before, after, event.id, event.discovered and before is None)
        self._draft.movements.append(movement)
        self._totals.move(before.balance_stroops if before else 0, after.balance_stroops)
        moved = self._now.put(before, after)
        self._delayed.add(movement, *moved)
        self._tell_of(movement, *moved)

    def _tell_of(self, movement: Movement, before_place: Place | None, place: Place | None) -> None:
        """Tells what became of the account itself, then of those of the first ranks that it passed, or that passed it."""
        after, window = movement.after, self._window
        own, others = _REASONS[movement.discovered]
        # What is due does not depend on a rank behind the window, and nine of ten need not be asked for.
        behind = window.is_behind(place)
        rank = window.behind if behind else self._rank_of(place)
        if due := self._records.due(after, movement.before, rank):
            self._tell(after, self._rank_of(place) if behind else rank, due, Cause(movement.cause, after.ledger, own))
        if behind and window.is_behind(before_place):
            return
        for rank in window.move(before_place, place):
            other = self._now.held[window.account_at(rank)]
            if due := self._records.due(other, other, rank):
                self._tell(other, rank, due, Cause(movement.cause, after.ledger, others))
            window.told(rank)

    def _rank_of(self, place: Place | None) -> int:
        """0 where it is not ranked."""
        return self._now.order.rank_of(place) if place else 0

    def _tell(self, held: HeldBalance, rank: int, due: Due, cause: Cause) -> None:
        now = Standing(rank, held.balance_stroops)
        self._records.record(held.account, now, due)
        self._draft.changes += (
            StandingChange(
                account=AccountRef(self._draft.network, held.account),
                type=change,
                reason=cause.reason,
                steps=tuple(steps),
                after=None if change is ChangeType.EXITED else now,
                balance_stroops=held.balance_stroops,
                ledger=cause.ledger,
                at=self._draft.at,
                cause=cause.id,
                home_domain=held.home_domain,
            )
            for change, steps in due.items()
        )

    def _cover(self, event: BalanceUpdated) -> None:
        known, told = self._draft.coverage.ledger, event.covers_ledger
        reaches = 0 < event.covers_xlm <= self.yardstick.thresholds_xlm[0]
        if told is not None and reaches and (known is None or told > known):
            self._advance(event.at)
            self._draft.coverage = Coverage(ledger=told)

    def _advance(self, at: datetime) -> None:
        """There is something to journal, of that time. The tracker's time never goes back; a day that it leaves is closed."""
        draft = self._draft
        draft.told = True
        if at <= draft.at:
            return
        if at < draft.hour_ends:  # nor has the day ended
            draft.at = at
            return
        if at.date() > draft.at.date():
            draft.closings += self._closings.close(self._now, draft.at.date(), at.date())
        draft.advance(at)


_REASONS = {
    False: (ChangeReason.MOVED, ChangeReason.OVERTAKEN),
    True: (ChangeReason.DISCOVERED, ChangeReason.DISCOVERED),
}
"""Of the account itself, and of others, by whether it was only discovered."""
