"""What is shown of an index: its first ranks, figures for each threshold, and a ladder for the ranks below."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.standing import HeldBalance
from stellarmap_common.ports.standing_store import BoardRow, ThresholdFigures
from stellarmap_hva_tracker.balances import Balances
from stellarmap_hva_tracker.delayed import Delayed
from stellarmap_hva_tracker.order import Order

LADDER_STEP = 100  # ranks


class Totals:
    """How much is held at each threshold, kept as it changes."""

    def __init__(self, thresholds_xlm: Sequence[int], held: Iterable[HeldBalance]) -> None:
        self._limits = [xlm * STROOPS_PER_XLM for xlm in thresholds_xlm]
        self._totals = [0] * (len(self._limits) + 1)  # of who reaches no threshold, the first alone, the first two …
        for each in held:
            self.move(0, each.balance_stroops)

    def move(self, before_stroops: int, after_stroops: int) -> None:
        """An account had so much, and has so much now."""
        self._totals[bisect_right(self._limits, before_stroops)] -= before_stroops
        self._totals[bisect_right(self._limits, after_stroops)] += after_stroops

    def figures(self, order: Order) -> tuple[ThresholdFigures, ...]:
        """The figures of each threshold, lowest first."""
        highest_first = zip(reversed(self._limits), accumulate(reversed(self._totals)), strict=False)
        return tuple(
            ThresholdFigures(
                threshold_xlm=limit // STROOPS_PER_XLM, accounts=order.count_from(limit), total_stroops=total
            )
            for limit, total in reversed([*highest_first])
        )


def board_rows(now: Balances, delayed: Delayed, size: int) -> tuple[BoardRow, ...]:
    """The first ranks, each with where its account stood a day before."""
    return tuple(_row(rank, now.held[account], delayed) for rank, (_, _, account) in enumerate(now.order.top(size), 1))


def _row(rank: int, held: HeldBalance, delayed: Delayed) -> BoardRow:
    day_before, known = delayed.standing_of(held.account)
    return BoardRow(
        rank=rank,
        account=held.account,
        balance_stroops=held.balance_stroops,
        day_before=day_before,
        known_day_before=known,
        created_op=held.created_op,
        home_domain=held.home_domain,
        updated_at=held.at,
    )
