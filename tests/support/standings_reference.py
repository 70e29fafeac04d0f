"""Standings decided slowly, so that anybody can see that they are right: everything is sorted again after each record."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import (
    ChangeReason,
    ChangeType,
    Closing,
    HeldBalance,
    Standing,
    StandingChange,
    StandingStep,
)
from stellarmap_common.events.standings import BalanceUpdated

Ranks = dict[Address, Standing]


@dataclass
class Reference:
    """One network."""

    network: NetworkKey
    thresholds_xlm: Sequence[int]
    board: int
    step: int
    held: dict[Address, HeldBalance] = field(default_factory=dict)
    recorded: dict[tuple[Address, int], Standing] = field(default_factory=dict)
    changes: list[StandingChange] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    closed: Ranks = field(default_factory=dict)
    at: datetime | None = None
    past: list[tuple[datetime, Ranks]] = field(default_factory=list)
    news: dict[Address, datetime] = field(default_factory=dict)  # discovered high, and when: who was not known before

    def take(self, event: BalanceUpdated) -> None:
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
        if event.discovered and not known and event.balance_stroops >= self.thresholds_xlm[0] * STROOPS_PER_XLM:
            self.news[event.account] = self.at
        ranks = self.ranks()
        self.past.append((self.at, ranks))
        for account in (event.account, *(other for other in ranks if other != event.account)):
            self.changes += self._changes(account, ranks.get(account), event, news=event.discovered and not known)

    def ranks(self) -> Ranks:
        """Everybody who reaches the lowest threshold, sorted."""
        standing = [
            each for each in self.held.values() if each.balance_stroops >= self.thresholds_xlm[0] * STROOPS_PER_XLM
        ]
        standing.sort(key=lambda each: (-each.balance_stroops, each.created_op, each.account))
        return {each.account: Standing(rank, each.balance_stroops) for rank, each in enumerate(standing, 1)}

    def day_before(self, account: Address, now: datetime) -> tuple[Standing | None, bool]:
        """Where it stood, and whether it was known or is new to the network."""
        then = now - timedelta(days=1)
        ranks = next((ranks for at, ranks in reversed(self.past) if at <= then), {})
        standing = ranks.get(account)
        return standing, standing is not None or not (account in self.news and self.news[account] > then)

    def _until(self, at: datetime) -> None:
        if self.at and at.date() > self.at.date():
            self.closings += self._closings(self.at.date(), at.date())
        self.at = max(self.at or at, at)

    def _closings(self, day: date, next_day: date) -> Iterator[Closing]:
        days = (day + timedelta(days=later) for later in range(1, (next_day - day).days + 1))
        all_written = any(each.toordinal() % 28 == 0 for each in days)
        board = {account: standing for account, standing in self.ranks().items() if standing.rank <= self.board}
        for account in sorted({*board, *self.closed}):
            if board.get(account) != self.closed.get(account) or (all_written and account in board):
                yield Closing(day=day, account=account, standing=board.get(account))
        self.closed = board

    def _changes(
        self, account: Address, now: Standing | None, event: BalanceUpdated, *, news: bool
    ) -> Iterable[StandingChange]:
        found: dict[ChangeType, StandingChange] = {}
        own = account == event.account
        reason = ChangeReason.DISCOVERED if news else ChangeReason.MOVED if own else ChangeReason.OVERTAKEN
        for threshold in self.thresholds_xlm:
            before = self.recorded.pop((account, threshold), None)
            after = now if now and now.balance_stroops >= threshold * STROOPS_PER_XLM else None
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
                    ledger=event.ledger,
                    at=self.at or event.at,
                    cause=event.id,
                    home_domain=self.held[account].home_domain,
                )
        return found.values()

    def _due(self, before: Standing | None, after: Standing | None) -> ChangeType | None:
        if not before or not after:
            return ChangeType.ENTERED if after else ChangeType.EXITED if before else None
        if abs(after.rank - before.rank) >= self.step and min(after.rank, before.rank) <= self.board:
            return ChangeType.RANK_UP if after.rank < before.rank else ChangeType.RANK_DOWN
        if abs(after.balance_stroops - before.balance_stroops) / before.balance_stroops >= 0.05:
            won = after.balance_stroops > before.balance_stroops
            return ChangeType.BALANCE_INCREASE if won else ChangeType.BALANCE_DECREASE
        return None
