"""A book of standings by brute force: everything is sorted anew at every move, and told to a real store as a tracker would."""

import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from operator import itemgetter

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import (
    BALANCE_STEP_PCT,
    CREATED_UNKNOWN,
    DEFAULT_THRESHOLDS_XLM,
    RANK_STEP,
    ChangeReason,
    ChangeType,
    Closing,
    Coverage,
    HeldBalance,
    JournalRow,
    Movement,
    Standing,
    StandingChange,
    StandingStep,
    balance_change_pct,
)
from stellarmap_common.domain.written import NOTHING_WRITTEN, Rows
from stellarmap_common.ports.standing_store import Board, BoardRow, ThresholdFigures, TrackerStore
from tests.support.gateway import address

RANKS = 110  # of its boards
DAY = timedelta(days=1)
THRESHOLDS = DEFAULT_THRESHOLDS_XLM
ANEW_DAYS = 30  # a closing that did not change is written again: readers look no further back than a day more

Path = list[
    tuple[datetime, int, bool]
]  # when a balance in stroops was told, and whether the account was discovered then


@dataclass
class BruteBook:
    """Balances over time, and what follows from them."""

    network: NetworkKey
    coverage: Coverage = field(default_factory=Coverage)
    paths: dict[Address, Path] = field(default_factory=dict)
    domains: dict[Address, str] = field(default_factory=dict)
    changes: list[StandingChange] = field(default_factory=list)  # oldest first
    closings: list[Closing] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    _recorded: dict[tuple[Address, int], Standing] = field(default_factory=dict)
    _ledger: int = 100

    def move(self, account: Address, stroops: int, at: datetime, *, discovered: bool = False) -> None:
        """The balance became that; whoever is overtaken by it on the board is told, too."""
        path = self.paths.setdefault(account, [])
        before = path[-1][1] if path else None
        self._ledger += 1
        cause = f"balance {self._ledger}"
        path.append((at, stroops, discovered))
        held = [self._held(account, each, at) for each in (before, stroops) if each is not None]
        self.movements.append(
            Movement(before=held[0] if len(held) > 1 else None, after=held[-1], cause=cause, discovered=discovered)
        )
        ranks = self.ranks(at)
        reason = ChangeReason.DISCOVERED if discovered else ChangeReason.MOVED
        self._own(account, before or 0, stroops, rank=ranks.get(account), told=(reason, at, cause))
        drifted = ChangeReason.DISCOVERED if discovered else ChangeReason.OVERTAKEN
        for other, rank in ranks.items():
            if other != account and rank <= RANKS:
                self._rank_event(other, self.paths[other][-1][1], rank, (drifted, at, cause))

    def close(self, day: date) -> None:
        """The day ends."""
        moment = datetime.combine(day + DAY, time(), UTC)
        latest = {closing.account: closing for closing in self.closings}
        board = {account: rank for account, rank in self.ranks(moment).items() if rank <= RANKS}
        for account in board.keys() | latest.keys():
            standing = Standing(board[account], self.balance(account, moment) or 0) if account in board else None
            last = latest.get(account)
            if last is None or last.standing != standing or (standing and day - last.day >= timedelta(days=ANEW_DAYS)):
                self.closings.append(Closing(day=day, account=account, standing=standing))

    def balance(self, account: Address, at: datetime) -> int | None:
        """Its balance at that moment, None if it was not known."""
        path = self.paths.get(account, [])
        known = bisect_right(path, at, key=itemgetter(0))
        return path[known - 1][1] if known else None

    def known_since(self, account: Address) -> tuple[datetime, bool]:
        """When it was first told of, and whether it was discovered then."""
        at, _, discovered = self.paths[account][0]
        return at, discovered

    def ranks(self, at: datetime) -> dict[Address, int]:
        """The rank of every account of the lowest threshold or more, first ranks first."""
        found = [(-(self.balance(account, at) or 0), self.created_op(account), account) for account in self.paths]
        ranked = sorted(place for place in found if -place[0] >= THRESHOLDS[0] * STROOPS_PER_XLM)
        return {account: rank for rank, (_, _, account) in enumerate(ranked, 1)}

    def created_op(self, account: Address) -> int:
        """Ties are broken by it; some accounts share one."""
        return (sum(account.encode()) % 50 + 1) << 32

    def board(self, now: datetime) -> Board:
        """What is published now."""
        ranks, day_before = self.ranks(now), self.ranks(now - DAY)
        balances = [self.balance(account, now) or 0 for account in ranks]
        return Board(
            network=self.network,
            number=1,
            as_of=now,
            coverage=self.coverage,
            ranked=len(ranks),
            figures=tuple(_figures(balances)),
            rows=tuple(self._board_row(a, rank, now, day_before) for a, rank in list(ranks.items())[:RANKS]),
            ladder=tuple(balances[99::100]),
            written=NOTHING_WRITTEN.until(now - DAY / 4, Rows(2_000, 300, 1_000)).until(now, Rows(70, 0, 30)),
        )

    async def put_into(self, tracker: TrackerStore, now: datetime) -> None:
        """Afterwards the store has all of it, and the board of now."""
        assert (await tracker.take_over(self.network)).epoch == 1
        row = JournalRow(
            network=self.network,
            number=1,
            epoch=1,
            at=now,
            thresholds_xlm=THRESHOLDS,
            coverage=self.coverage,
            movements=tuple(self.movements),
            changes=tuple(self.changes),
            closings=tuple(self.closings),
        )
        assert await tracker.append(row)
        await tracker.apply(row)
        await tracker.mark_applied(row)
        await tracker.publish(self.board(now))

    def _board_row(self, account: Address, rank: int, now: datetime, day_before: dict[Address, int]) -> BoardRow:
        balance = self.balance(account, now - DAY)
        before = Standing(day_before[account], balance or 0) if account in day_before else None
        since, discovered = self.known_since(account)
        return BoardRow(
            rank=rank,
            account=account,
            balance_stroops=self.balance(account, now) or 0,
            day_before=before,
            known_day_before=since <= now - DAY or not discovered,
            created_op=self.created_op(account),
            home_domain=self.domains.get(account),
            updated_at=self.paths[account][-1][0],
        )

    def _held(self, account: Address, stroops: int, at: datetime) -> HeldBalance:
        return HeldBalance(
            account=account,
            balance_stroops=stroops,
            version=self._ledger * 10 + 6,
            created_op=CREATED_UNKNOWN,
            ledger=self._ledger,
            at=at,
        )

    def _own(
        self, account: Address, before: int, after: int, *, rank: int | None, told: tuple[ChangeReason, datetime, str]
    ) -> None:
        was, is_ = ({each for each in THRESHOLDS if balance >= each * STROOPS_PER_XLM} for balance in (before, after))
        now = Standing(rank, after) if rank else None
        self._tell(ChangeType.ENTERED, account, is_ - was, after, now, told)
        self._tell(ChangeType.EXITED, account, was - is_, after, None, told)
        if rank:
            self._rank_event(account, after, rank, told)

    def _rank_event(self, account: Address, stroops: int, rank: int, told: tuple[ChangeReason, datetime, str]) -> None:
        recorded = {each: at for (named, each), at in self._recorded.items() if named == account}
        now = Standing(rank, stroops)
        up = {each for each, at in recorded.items() if at.rank - rank >= RANK_STEP}
        down = {each for each, at in recorded.items() if rank - at.rank >= RANK_STEP}
        self._tell(ChangeType.RANK_UP, account, up, stroops, now, told)
        self._tell(ChangeType.RANK_DOWN, account, down, stroops, now, told)
        for type_, sign in ((ChangeType.BALANCE_INCREASE, 1), (ChangeType.BALANCE_DECREASE, -1)):
            grown = {
                each
                for each, at in recorded.items()
                if sign * balance_change_pct(at.balance_stroops, stroops) >= BALANCE_STEP_PCT
            }
            self._tell(type_, account, grown - up - down, stroops, now, told)

    def _tell(  # noqa: PLR0913, PLR0917 - what a change has
        self,
        type_: ChangeType,
        account: Address,
        thresholds: Iterable[int],
        stroops: int,
        after: Standing | None,
        told: tuple[ChangeReason, datetime, str],
    ) -> None:
        steps = tuple(
            StandingStep(threshold_xlm=each, before=self._recorded.get((account, each))) for each in sorted(thresholds)
        )
        if not steps:
            return
        reason, at, cause = told
        self.changes.append(
            StandingChange(
                account=AccountRef(self.network, account),
                type=type_,
                reason=reason,
                steps=steps,
                after=after,
                balance_stroops=stroops,
                ledger=self._ledger,
                at=at,
                cause=cause,
                home_domain=self.domains.get(account),
            )
        )
        for step in steps:
            if after:
                self._recorded[account, step.threshold_xlm] = after
            else:
                del self._recorded[account, step.threshold_xlm]


def _figures(balances: Sequence[int]) -> Iterator[ThresholdFigures]:
    for threshold in THRESHOLDS:
        standing = [balance for balance in balances if balance >= threshold * STROOPS_PER_XLM]
        yield ThresholdFigures(threshold_xlm=threshold, accounts=len(standing), total_stroops=sum(standing))


@cache
def lively_book(network: NetworkKey, now: datetime, *, days: int = 36, accounts: int = 180, seed: int = 1) -> BruteBook:
    """A book of so many days until now, in which accounts come, are found, grow, fall, leave and come again."""
    chance = random.Random(seed)
    book = BruteBook(network)
    named = [address(f"high {number}") for number in range(accounts)]
    book.domains = {name: f"d{number % 7}.Example.org" for number, name in enumerate(named) if number % 3}
    began = datetime.combine(now.date() - timedelta(days=days), time(), UTC)
    for number, name in enumerate(named[: accounts * 3 // 4]):
        book.move(name, _balance(chance), began + timedelta(seconds=number), discovered=True)
    for threshold in THRESHOLDS:  # one stands there by not a stroop more, one misses it by one
        book.move(address(f"at {threshold}"), threshold * STROOPS_PER_XLM, began + DAY / 2)
        book.move(address(f"below {threshold}"), threshold * STROOPS_PER_XLM - 1, began + DAY / 2)
    day = began.date()
    while day <= now.date():
        noon = datetime.combine(day, time(), UTC)
        for second in sorted(chance.sample(range(1_000, 86_000), 8)):
            at = noon + timedelta(seconds=second)
            if at < now:
                _something(book, chance, chance.choice(named), at)
        if day < now.date():
            book.close(day)
        day += DAY
    book.move(address("found today"), 3 * 10**13, now - DAY / 4, discovered=True)
    book.move(address("made today"), 2 * 10**13, now - DAY / 5)
    return book


def _something(book: BruteBook, chance: random.Random, account: Address, at: datetime) -> None:
    held = book.balance(account, at)
    if held is None:
        book.move(account, _balance(chance), at, discovered=chance.random() < 1 / 2)
    elif chance.random() < 1 / 3:
        book.move(account, _balance(chance), at)
    else:
        book.move(account, int(held * chance.uniform(0.5, 2.0)), at)


def _balance(chance: random.Random) -> int:
    """From below the lowest threshold to above the highest; some of them are round, so that there are ties."""
    xlm = int(10 ** chance.uniform(3.5, 6.8))
    return (round(xlm, -4) or 9_999) * STROOPS_PER_XLM if chance.random() < 1 / 4 else xlm * STROOPS_PER_XLM + 7
