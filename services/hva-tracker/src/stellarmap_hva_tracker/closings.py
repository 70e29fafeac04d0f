"""Where the accounts of the board stood when a day ended: written when it changed, so that months take little room.

Every four weeks all of them are written, so that who never moves is found by looking back a month.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from heapq import nsmallest
from itertools import chain

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import Closing, Movement, Standing, Yardstick
from stellarmap_hva_tracker.balances import Balances
from stellarmap_hva_tracker.order import Place

ALL_WRITTEN_DAYS = 28

Board = dict[Address, Standing]


class Closings:
    """The board as it was when the day before the tracker's ended: what the next closing is compared with."""

    def __init__(self, now: Balances, movements: Sequence[Movement], at: datetime, board_size: int) -> None:
        """`movements` are at least those since that day ended; they have led to `now`."""
        self._board_size = board_size
        self._midnight = datetime.combine(at, time(), UTC)
        self._last = self._before(now, movements, now.floor_stroops, board_size)

    def close(self, now: Balances, day: date, next_day: date) -> Iterator[Closing]:
        """What that day, which ends now, has changed on the board, or all of it; `next_day`: of what comes next."""
        before, self._last = self._last, _board(now.order.top(self._board_size))
        closings = _changed(day, before, self._last)
        return chain(closings, _same(day, before, self._last)) if is_all_written(day, next_day) else closings

    def restated(self, now: Balances, movements: Sequence[Movement], by: Yardstick) -> Iterator[Closing]:
        """What the last closing has more or less than it was written with, if accounts were ranked `by` another yardstick."""
        floor_stroops = by.thresholds_xlm[0] * STROOPS_PER_XLM
        if (floor_stroops, by.board_size) == (now.floor_stroops, self._board_size):
            return iter(())
        written = self._before(now, movements, floor_stroops, by.board_size)
        return _changed(self._midnight.date() - timedelta(days=1), written, self._last)

    def _before(self, now: Balances, movements: Sequence[Movement], floor_stroops: int, size: int) -> Board:
        moved = {each.after.account: each.before for each in reversed(movements) if each.after.at >= self._midnight}
        then = now.held | moved
        places = (held.place for held in then.values() if held and held.balance_stroops >= floor_stroops)
        return _board(nsmallest(size, places))


def is_all_written(day: date, next_day: date) -> bool:
    """True where four weeks end between the two: it follows from the days alone, whoever closes them."""
    return day.toordinal() // ALL_WRITTEN_DAYS < next_day.toordinal() // ALL_WRITTEN_DAYS


def _board(first: Sequence[Place]) -> Board:
    return {account: Standing(rank, -owed) for rank, (owed, _, account) in enumerate(first, 1)}


def _changed(day: date, before: Board, after: Board) -> Iterator[Closing]:
    for account, standing in after.items():
        if before.get(account) != standing:
            yield Closing(day=day, account=account, standing=standing)
    for account in before:
        if account not in after:
            yield Closing(day=day, account=account, standing=None)


def _same(day: date, before: Board, after: Board) -> Iterator[Closing]:
    for account, standing in after.items():
        if before.get(account) == standing:
            yield Closing(day=day, account=account, standing=standing)
