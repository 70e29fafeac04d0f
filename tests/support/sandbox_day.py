"""A day of the sandbox's life, through the real tracker and a real store: every balance is told as soon as it changes."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.encoding import micros
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.adapters.standing_bytes import movements_of
from stellarmap_common.domain.standing import BOARD_SIZE, DEFAULT_THRESHOLDS_XLM, Yardstick
from stellarmap_common.domain.written import HOURS, Rows
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.ports.standing_store import Board
from stellarmap_hva_tracker.journal.owner import Owner
from stellarmap_sandbox.living import Living
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.spec import LEDGER_SECONDS
from tests.support.standings_simulation import Topic
from tests.support.tracked import BEGAN, SetClock

YARDSTICK = Yardstick(thresholds_xlm=DEFAULT_THRESHOLDS_XLM)
MINUTES = HOURS * 60
TOGETHER = 10  # minutes, in one row of the journal: it is decided record by record all the same


class Life:
    """A network that lives, and what it tells of its balances."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._living = Living(network)

    def everybody(self, at: datetime) -> list[BalanceUpdated]:
        """All balances, as a scan tells them."""
        return list(self._told(range(len(self._network.accounts)), at, discovered=True))

    def minute(self, at: datetime) -> list[BalanceUpdated]:
        """What one more minute has changed."""
        rows, first = self._network.rows, len(self._network.rows)
        for _ in range(60 // LEDGER_SECONDS):
            self._living.close_ledger()
        touched = {each for row in range(first, len(rows)) for each in (rows.a[row], rows.b[row])}
        return list(self._told(sorted(touched), at, discovered=False))

    def _told(self, numbers: Iterable[int], at: datetime, *, discovered: bool) -> Iterator[BalanceUpdated]:
        network, version = self._network, 10 * self._network.ledger
        for number in numbers:
            if not 0 <= number < len(network.accounts):
                continue  # a contract, or nobody
            account = network.keys.address(number)
            yield BalanceUpdated(
                id=fact_id("balance", network.spec.key, account, version),
                network=network.spec.key,
                account=account,
                balance_stroops=network.accounts.balance[number],
                version=version,
                ledger=network.ledger,
                at=at,
                created_op=max(network.accounts.born[number], 0),
                discovered=discovered,
            )


async def board_after_a_day(network: Network, file: Path) -> Board:
    """The board after 24 hours of life, of a book in that file that knew every balance before they began."""
    migrate(file)
    life, clock = Life(network), SetClock(BEGAN - timedelta(hours=1))
    async with open_database(file, inline=True) as database:
        stores = open_stores(database)
        owner = Owner(network.spec.key, lambda: YARDSTICK, stores.tracker, Topic(), clock)
        await owner.take(life.everybody(clock.at))
        for first in range(0, MINUTES, TOGETHER):
            minutes = [BEGAN + timedelta(minutes=minute) for minute in range(first, first + TOGETHER)]
            clock.at = minutes[-1]
            await owner.take([event for minute in minutes for event in life.minute(minute)])
        await owner.look()
        board = await stores.standings.board_of(network.spec.key)
    assert board
    return board


def stored_since(began: datetime, file: Path) -> Rows:
    """The rows that a file really has of that moment and later. Only closings of the day of `began` and later are there."""
    since = micros(began)
    with sqlite3.connect(file) as store:
        (changes,) = store.execute("SELECT count(*) FROM standing_change WHERE at >= ?", (since,)).fetchone()
        (steps,) = store.execute("SELECT count(*) FROM standing_change_step WHERE at >= ?", (since,)).fetchone()
        (closings,) = store.execute("SELECT count(*) FROM standing_close").fetchone()
        moved = store.execute("SELECT movements FROM balance_change WHERE at >= ?", (since,))
        balances = sum(len(list(movements_of(packed))) for (packed,) in moved)
    return Rows(changes + steps, closings, balances)


def snapshots(board: Board, ranks: int | None = None) -> int:
    """Rows of hourly snapshots of a day: of so many ranks at each threshold, or of those who stand there."""
    return HOURS * sum(ranks or min(each.accounts, BOARD_SIZE) for each in board.figures)
