"""Standings decided slowly, so that anybody can see that they are right: everything is sorted again after each record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import (
    ChangeReason,
    ChangeType,
    Closing,
    Coverage,
    HeldBalance,
    Standing,
    StandingChange,
    StandingStep,
    Yardstick,
)
from stellarmap_common.events.standings import BalanceUpdated, RecalculationRequested

Ranks = dict[Address, Standing]
Held = dict[Address, HeldBalance]


@dataclass
class Reference:
    """One network."""

    network: NetworkKey
    yardstick: Yardstick
    step: int
    held: dict[Address, HeldBalance] = field(default_factory=dict)
    recorded: dict[tuple[Address, int], Standing] = field(default_factory=dict)
    changes: list[StandingChange] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    closed: Ranks = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    at: datetime | None = None
    past: list[tuple[datetime, Held]] = field(default_factory=list)
    news: dict[Address, HeldBalance] = field(default_factory=dict)  # who was not known before it was discovered

    def take(self, event: BalanceUpdated) -> None:
        self._move(event)
        covers = event.covers_ledger
        reaches = 0 < event.covers_xlm <= self.yardstick.thresholds_xlm[0]
        if covers is not None and reaches and covers > (self.coverage.ledger or 0):
            self._until(event.at)
            self.coverage = Coverage(ledger=covers)

    def _move(self, event: BalanceUpdated) -> None:
        before = self.held.get(event.account)
        if before and event.version <= before.version:
            return
        self._until(event.at)
        assert self.at
        known = bool(before)
        self.held[event.account] = HeldBalance(
            account=event.account,
            balance_stroops=event.balance_stroops,
            version=event.version,
            created_op=event.created_op,
            ledger=event.ledger,
            at=self.at,
            home_domain=event.home_domain,
        )
        if event.discovered and not known:
            self.news[event.account] = self.held[event.account]
        ranks = self.ranks()
        self.past.append((self.at, dict(self.held)))
        for account in (event.account, *(other for other in ranks if other != event.account)):
            news, own = event.discovered and not known, account == event.account
            reason = ChangeReason.DISCOVERED if news else ChangeReason.MOVED if own else ChangeReason.OVERTAKEN
            self.changes += self._changes(account, ranks.get(account), (event.ledger, event.id, reason))

    def look(self, now: datetime) -> None:
        """A day that has ended is closed when nothing came for a minute."""
        midnight = datetime.combine(now, time(), UTC)
        if self.at and self.at < midnight and now - midnight > timedelta(minutes=1):
            self._until(midnight)

    def change(self, yardstick: Yardstick, now: datetime) -> None:
        """From now on it is ranked by that: everybody is told at once how they stand by it, and so is the last day's end."""
        given_up = set(self.yardstick.thresholds_xlm) - set(yardstick.thresholds_xlm)
        if yardstick.thresholds_xlm[0] < self.yardstick.thresholds_xlm[0]:
            self.coverage = Coverage()
        self.yardstick = yardstick
        self._restate()
        ranks, before, at = self.ranks(), len(self.changes), self.at
        for account in sorted(self.held):
            cause = (self.held[account].ledger, "", ChangeReason.THRESHOLD_CHANGED)
            self.changes += self._changes(account, ranks.get(account), cause, sorted(given_up))
        if at and len(self.changes) > before:
            self._until(now)
            told_at = max(at, now)
            self.changes[before:] = [replace(each, at=told_at) for each in self.changes[before:]]

    def recalculate(self, event: RecalculationRequested, now: datetime) -> None:
        """What is recorded of them ends, and is recorded anew; or, where nothing was ever told of one, that is made up for."""
        ranks, due = self.ranks(), dict[Address, list[int]]()
        for account in event.accounts:
            stood_at = [xlm for xlm in self.yardstick.thresholds_xlm if self._reaches(ranks.get(account), xlm)]
            told = {
                step.threshold_xlm for each in self.changes if each.account.address == account for step in each.steps
            }
            due[account] = [xlm for xlm in stood_at if xlm in event.thresholds_xlm and (event.anew or xlm not in told)]
        if not any(due.values()):
            return
        assert self.at
        self._until(max(now, self.at + timedelta(microseconds=1)))
        if event.anew:
            self._record(event, ChangeType.EXITED, due, dict.fromkeys(due))
            self._until(self.at + timedelta(microseconds=1))
        self._record(event, ChangeType.ENTERED, due, {account: ranks.get(account) for account in due})

    def _record(
        self,
        event: RecalculationRequested,
        change: ChangeType,
        due: Mapping[Address, Sequence[int]],
        after: Mapping[Address, Standing | None],
    ) -> None:
        assert self.at
        for account, thresholds_xlm in due.items():
            steps = []
            for xlm in thresholds_xlm:
                before, now = self.recorded.pop((account, xlm), None), after[account]
                if now:
                    self.recorded[account, xlm] = now
                steps.append(StandingStep(threshold_xlm=xlm, before=None if now else before))
            if steps:
                held = self.held[account]
                made = StandingChange(
                    account=AccountRef(self.network, account),
                    type=change,
                    reason=ChangeReason.DISCOVERED,
                    steps=tuple(steps),
                    after=after[account],
                    balance_stroops=held.balance_stroops,
                    ledger=held.ledger,
                    at=self.at,
                    cause=event.id,
                    home_domain=held.home_domain,
                )
                self.changes.append(made)

    @staticmethod
    def _reaches(standing: Standing | None, threshold_xlm: int) -> bool:
        return standing is not None and standing.balance_stroops >= threshold_xlm * STROOPS_PER_XLM

    def ranks(self, held: Held | None = None) -> Ranks:
        """Everybody who reaches the lowest threshold, sorted."""
        floor_stroops = self.yardstick.thresholds_xlm[0] * STROOPS_PER_XLM
        everybody = (self.held if held is None else held).values()
        standing = [each for each in everybody if each.balance_stroops >= floor_stroops]
        standing.sort(key=lambda each: (-each.balance_stroops, each.created_op, each.account))
        return {each.account: Standing(rank, each.balance_stroops) for rank, each in enumerate(standing, 1)}

    def day_before(self, account: Address, now: datetime) -> tuple[Standing | None, bool]:
        """Where it stood, and whether it was known or is new to the network."""
        then = now - timedelta(days=1)
        standing = self._ranks_at(then).get(account)
        floor_stroops = self.yardstick.thresholds_xlm[0] * STROOPS_PER_XLM
        news = self.news.get(account)
        is_news = news is not None and news.at > then and news.balance_stroops >= floor_stroops
        return standing, standing is not None or not is_news

    def _ranks_at(self, moment: datetime) -> Ranks:
        return self.ranks(next((held for at, held in reversed(self.past) if at <= moment), {}))

    def _restate(self) -> None:
        if self.at is None:
            return
        midnight = datetime.combine(self.at, time(), UTC)
        board = self._board(self._ranks_at(midnight - timedelta(microseconds=1)))
        for account in sorted({*board, *self.closed}):
            if board.get(account) != self.closed.get(account):
                day = midnight.date() - timedelta(days=1)
                self.closings.append(Closing(day=day, account=account, standing=board.get(account)))
        self.closed = board

    def _board(self, ranks: Ranks) -> Ranks:
        return {account: standing for account, standing in ranks.items() if standing.rank <= self.yardstick.board_size}

    def _until(self, at: datetime) -> None:
        if self.at and at.date() > self.at.date():
            self.closings += self._closings(self.at.date(), at.date())
        self.at = max(self.at or at, at)

    def _closings(self, day: date, next_day: date) -> Iterator[Closing]:
        days = (day + timedelta(days=later) for later in range(1, (next_day - day).days + 1))
        all_written = any(each.toordinal() % 28 == 0 for each in days)
        board = self._board(self.ranks())
        for account in sorted({*board, *self.closed}):
            if board.get(account) != self.closed.get(account) or (all_written and account in board):
                yield Closing(day=day, account=account, standing=board.get(account))
        self.closed = board

    def _changes(
        self,
        account: Address,
        now: Standing | None,
        cause: tuple[int, str, ChangeReason],
        given_up: Sequence[int] = (),
    ) -> Iterable[StandingChange]:
        found: dict[ChangeType, StandingChange] = {}
        ledger, event_id, reason = cause
        assert self.at
        for threshold in (*given_up, *self.yardstick.thresholds_xlm):
            before = self.recorded.pop((account, threshold), None)
            stands = now and threshold not in given_up and now.balance_stroops >= threshold * STROOPS_PER_XLM
            after = now if stands else None
            change = self._due(before, after)
            last = after if change else before
            if last:
                self.recorded[account, threshold] = last
            if change:
                found[change] = StandingChange(
                    account=AccountRef(self.network, account),
                    type=change,
                    reason=reason,
                    steps=(
                        *(found[change].steps if change in found else ()),
                        StandingStep(threshold_xlm=threshold, before=before),
                    ),
                    after=after,
                    balance_stroops=self.held[account].balance_stroops,
                    ledger=ledger,
                    at=self.at,
                    cause=event_id,
                    home_domain=self.held[account].home_domain,
                )
        return found.values()

    def _due(self, before: Standing | None, after: Standing | None) -> ChangeType | None:
        if not before or not after:
            return ChangeType.ENTERED if after else ChangeType.EXITED if before else None
        if abs(after.rank - before.rank) >= self.step and min(after.rank, before.rank) <= self.yardstick.board_size:
            return ChangeType.RANK_UP if after.rank < before.rank else ChangeType.RANK_DOWN
        if abs(after.balance_stroops - before.balance_stroops) / before.balance_stroops >= 0.05:
            won = after.balance_stroops > before.balance_stroops
            return ChangeType.BALANCE_INCREASE if won else ChangeType.BALANCE_DECREASE
        return None
