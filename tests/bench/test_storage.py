"""Rows that a day of the sandbox takes in the store of its standings, beside snapshots of the board every hour."""

from pathlib import Path

from stellarmap_common.domain.standing import BOARD_SIZE
from stellarmap_sandbox.spec import NetworkSpec
from tests.support.measured import report
from tests.support.sandbox import SEED, made_network
from tests.support.sandbox_day import board_after_a_day, snapshots, stored_since
from tests.support.tracked import BEGAN

ACCOUNTS = 100_000  # those of `make run`


async def test_a_day_of_the_sandbox_takes_fewer_rows_than_hourly_snapshots_of_a_full_board(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    board = await board_after_a_day(made_network(tmp_path, NetworkSpec(SEED, ACCOUNTS)), file)
    rows = board.written.rows
    report(
        "storage",
        accounts=ACCOUNTS,
        standing={each.threshold_xlm: each.accounts for each in board.figures},
        **rows._asdict(),
        rows=rows.total,
        snapshot_rows=snapshots(board, BOARD_SIZE),
        standing_snapshot_rows=snapshots(board),
        ratio=snapshots(board, BOARD_SIZE) / rows.total,
    )
    assert rows == stored_since(BEGAN, file)
    assert rows.total < snapshots(board, BOARD_SIZE)
