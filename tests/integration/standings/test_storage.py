"""What a day of the sandbox takes in the store of its standings, and that the board tells it as it is."""

from pathlib import Path

from stellarmap_common.domain.standing import BOARD_SIZE
from stellarmap_common.domain.written import HOURS
from stellarmap_sandbox.spec import NetworkSpec
from tests.support.sandbox import SEED, SMALL, made_network
from tests.support.sandbox_day import board_after_a_day, snapshots, stored_since
from tests.support.tracked import BEGAN


async def test_a_day_takes_fewer_rows_than_hourly_snapshots_and_the_board_counts_them_all(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    board = await board_after_a_day(made_network(tmp_path, NetworkSpec(SEED, SMALL)), file)
    assert len(board.written.hours) == HOURS
    assert board.written.rows == stored_since(BEGAN, file)
    assert min(board.written.rows) > 0
    assert snapshots(board, BOARD_SIZE) > 2 * board.written.rows.total
