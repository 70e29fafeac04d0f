"""Journal rows of a tracker for tests, and what they are made of. Values follow from what is given, unless they are given."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import (
    CREATED_UNKNOWN,
    DEFAULT_THRESHOLDS_XLM,
    ChangeReason,
    ChangeType,
    Coverage,
    HeldBalance,
    JournalRow,
    Movement,
    Standing,
    StandingChange,
    StandingStep,
    thresholds_stood_at,
)
from stellarmap_common.domain.written import Rows, Written
from stellarmap_common.ports.standing_store import Board, BoardRow, ThresholdFigures, TrackerStore
from tests.support.stores import NOON, SANDBOX, account, address

MINUTE = timedelta(minutes=1)


def standing(rank: int, xlm: int) -> Standing:
    """A rank, and a balance in XLM."""
    return Standing(rank, xlm * STROOPS_PER_XLM)


def held(name: object, xlm: int, ledger: int = 100, **values: Any) -> HeldBalance:
    """The balance the account had since that ledger."""
    made = HeldBalance(
        account=address(name),
        balance_stroops=xlm * STROOPS_PER_XLM,
        version=ledger * 10 + 6,
        created_op=CREATED_UNKNOWN,
        ledger=ledger,
        at=NOON,
    )
    return made._replace(**values)


def moved(name: object, xlm: int, before: int | None = None, ledger: int = 100, **values: Any) -> Movement:
    """The account's balance became `xlm` in that ledger; None before: nothing was known of it."""
    made = Movement(
        before=None if before is None else held(name, before, ledger - 1),
        after=held(name, xlm, ledger),
        cause=f"cause of {name} in {ledger}",
    )
    return made._replace(**values)


def changed(name: object, type_: ChangeType = ChangeType.ENTERED, **values: Any) -> StandingChange:
    """The account's standing changed at the lowest threshold: it is the tenth, with 20,000 XLM."""
    exited = type_ is ChangeType.EXITED
    before = None if type_ is ChangeType.ENTERED else standing(20, 15_000)
    made = StandingChange(
        account=account(name),
        type=type_,
        reason=ChangeReason.MOVED,
        steps=(StandingStep(threshold_xlm=10_000, before=before),),
        after=None if exited else standing(10, 20_000),
        balance_stroops=(5_000 if exited else 20_000) * STROOPS_PER_XLM,
        ledger=100,
        at=NOON,
        cause=f"cause of {name}",
    )
    return replace(made, **values)


def journal_row(number: int, *parts: Movement | StandingChange, epoch: int = 1, **values: Any) -> JournalRow:
    """The row of that number, a minute after the one before it."""
    made = JournalRow(
        network=SANDBOX,
        number=number,
        epoch=epoch,
        at=NOON + number * MINUTE,
        thresholds_xlm=DEFAULT_THRESHOLDS_XLM,
        coverage=Coverage(),
        movements=tuple(part for part in parts if isinstance(part, Movement)),
        changes=tuple(part for part in parts if isinstance(part, StandingChange)),
        written=Written(7, (Rows(1, 2, 3), Rows(balances=number))),
    )
    return replace(made, **values)


def board(number: int, *xlm: int, network: NetworkKey = SANDBOX, as_of: datetime = NOON) -> Board:
    """A board of accounts with these balances, largest first."""
    stroops = [each * STROOPS_PER_XLM for each in xlm]
    return Board(
        network=network,
        number=number,
        as_of=as_of,
        coverage=Coverage(ledger=7),
        ranked=len(xlm),
        figures=tuple(
            ThresholdFigures(
                threshold_xlm=each,
                accounts=sum(each in thresholds_stood_at(one, DEFAULT_THRESHOLDS_XLM) for one in stroops),
                total_stroops=sum(one for one in stroops if each in thresholds_stood_at(one, DEFAULT_THRESHOLDS_XLM)),
            )
            for each in DEFAULT_THRESHOLDS_XLM
        ),
        rows=tuple(board_row(rank, one) for rank, one in enumerate(stroops, 1)),
        ladder=tuple(stroops[99::100]),
        written=Written(7, (Rows(4, 5, 6), Rows(changes=number))),
    )


def board_row(rank: int, stroops: int) -> BoardRow:
    """The row of an account that is named by its balance."""
    return BoardRow(
        rank=rank,
        account=address(stroops),
        balance_stroops=stroops,
        day_before=Standing(rank + 1, stroops) if rank % 2 else None,
        known_day_before=rank % 3 > 0,
        created_op=rank << 32,
        home_domain="example.org" if rank % 5 == 0 else None,
        updated_at=NOON,
    )


async def owned(tracker: TrackerStore, *rows: JournalRow) -> None:
    """Afterwards the network's book has these rows, written and applied by its first owner."""
    for network in dict.fromkeys(row.network for row in rows):
        assert (await tracker.take_over(network)).epoch == 1
    for row in rows:
        assert await tracker.append(row)
        await tracker.apply(row)
        await tracker.mark_applied(row)
