"""A tracker beside the slow one: where they differ, the tracker is wrong."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import Closing, JournalRow
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.ports.standing_store import Board
from stellarmap_hva_tracker.tracker import Tracker
from tests.support.standings_reference import Reference
from tests.support.tracked import BEGAN, XLM, reference, tracker

LATER = (timedelta(0), timedelta(hours=12), timedelta(hours=30))  # than the last balance


def decided(ours: Tracker, history: Sequence[BalanceUpdated], cuts: Iterable[int] = ()) -> list[JournalRow]:
    """The rows of a tracker that reads the history in batches that end at the cuts."""
    ends = [*sorted(cuts), len(history)]
    batches = [history[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    return [row for batch in batches if (row := ours.decide(iter(batch)))]


def check(history: Sequence[BalanceUpdated], cuts: Iterable[int]) -> None:
    """Raises AssertionError if anything that the tracker decides or shows is not what the slow one says."""
    ours, slow = tracker(), reference()
    for event in history:
        slow.take(event)
    rows = decided(ours, history, cuts)
    assert [change for row in rows for change in row.changes] == slow.changes
    assert _sorted(closing for row in rows for closing in row.closings) == _sorted(slow.closings)
    for later in LATER:
        check_board(ours.board((slow.at or BEGAN) + later), slow)


def check_board(board: Board, slow: Reference) -> None:
    ranks = slow.ranks()
    assert [(row.account, row.rank, row.balance_stroops) for row in board.rows] == [
        (account, standing.rank, standing.balance_stroops)
        for account, standing in ranks.items()
        if standing.rank <= slow.yardstick.board_size
    ]
    assert {row.account: (row.day_before, row.known_day_before) for row in board.rows} == {
        row.account: slow.day_before(row.account, board.as_of) for row in board.rows
    }
    assert (board.ranked, board.coverage, board.yardstick) == (len(ranks), slow.coverage, slow.yardstick)
    assert [(each.threshold_xlm, each.accounts, each.total_stroops) for each in board.figures] == [
        (xlm, len(high), sum(high))
        for xlm in slow.yardstick.thresholds_xlm
        for high in [[each.balance_stroops for each in ranks.values() if each.balance_stroops >= xlm * XLM]]
    ]


def _sorted(closings: Iterable[Closing]) -> list[tuple[object, Address, object]]:
    return sorted(((each.day, each.account, each.standing) for each in closings), key=str)
