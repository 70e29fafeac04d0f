"""The trackers' books. One process writes a file, so its one writer is what makes a journal's row conditional.

Only journal rows and take-overs are synced by themselves. What is applied is synced with whatever is next: a power cut takes
the mark before it takes what was applied (commits keep their order), and then `take_over` gives the row back.
"""

import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from functools import partial

from stellarmap_common.adapters.sqlite.applying import apply
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import NETWORK_ID, Row, micros, network_id
from stellarmap_common.adapters.sqlite.held_balances import HeldBalances, Unkept
from stellarmap_common.adapters.sqlite.leaderboard import publish
from stellarmap_common.adapters.standing_bytes import PackedRow, movements_of, packed_row, row_of
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import HeldBalance, JournalRow, Movement, Standing
from stellarmap_common.ports.standing_store import Board, Recorded, TakeOver

JOURNAL_KEPT = 8  # rows: all that an owner may still ask about is the one it was not answered for
PORTION = 5_000
REMEMBERED = 1_000_000  # accounts of a network, 75 bytes each: the tracker holds ten times as much of each

_TAKE = """
    INSERT INTO tracker (network, epoch, applied) VALUES (?, 1, 0)
    ON CONFLICT DO UPDATE SET epoch = epoch + 1 RETURNING epoch, applied
"""
_NEWEST = "SELECT row FROM tracker_journal WHERE network = ? ORDER BY number DESC LIMIT 1"
_EPOCH_AND_LAST = """
    SELECT epoch, (SELECT coalesce(max(number), 0) FROM tracker_journal WHERE network = tracker.network)
    FROM tracker WHERE network = ?
"""
_JOURNALLED = "SELECT row FROM tracker_journal WHERE network = ? AND number = ?"
_APPEND = "INSERT INTO tracker_journal (network, number, row) VALUES (?, ?, ?)"
_FORGET = "DELETE FROM tracker_journal WHERE network = ? AND number <= ?"
_MARK = "UPDATE tracker SET applied = ? WHERE network = ? AND applied < ?"

_RECORDED = f"""
    SELECT standing.account, threshold_xlm, address, rank, balance_stroops
    FROM standing CROSS JOIN account ON account.id = standing.account
    WHERE (standing.account, threshold_xlm) > (?, ?) AND account.network = {NETWORK_ID} AND rank IS NOT NULL
    ORDER BY standing.account, threshold_xlm LIMIT {PORTION}
"""
_MOVEMENTS = f"""
    SELECT at, number, movements FROM balance_change
    WHERE network = {NETWORK_ID} AND (at, number) > (?, ?) ORDER BY at, number
"""


class SqliteTrackerStore:
    """Books of trackers in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held = HeldBalances()
        # To look them up is a quarter of what applying costs. They never change while the file is open.
        self._ids: defaultdict[NetworkKey, dict[Address, int]] = defaultdict(dict)
        self._unkept: defaultdict[NetworkKey, Unkept] = defaultdict(Unkept)
        self._appended: PackedRow | None = None  # the latest: it is applied next

    async def take_over(self, network: NetworkKey) -> TakeOver:
        def work(connection: sqlite3.Connection) -> TakeOver:
            key = (network_id(connection, network),)
            epoch, applied = connection.execute(_TAKE, key).fetchone()
            newest = connection.execute(_NEWEST, key).fetchone()
            last = row_of(newest[0]) if newest else None
            return TakeOver(epoch=epoch, last=last, applied=last is None or applied >= last.number)

        return await self._database.write(work)

    async def append(self, row: JournalRow) -> bool:
        self._appended = packed_row(row)
        packed = self._appended.whole

        def work(connection: sqlite3.Connection) -> bool:
            network = network_id(connection, row.network)
            known = connection.execute(_JOURNALLED, (network, row.number)).fetchone()
            if known:
                return bool(known[0] == packed)
            if connection.execute(_EPOCH_AND_LAST, (network,)).fetchone() != (row.epoch, row.number - 1):
                return False
            connection.execute(_APPEND, (network, row.number, packed))
            connection.execute(_FORGET, (network, row.number - JOURNAL_KEPT))
            return True

        return await self._database.write(work)

    async def apply(self, row: JournalRow) -> None:
        appended = self._appended
        packed = appended if appended and appended.row is row else packed_row(row)
        work = partial(apply, packed=packed, known=self._ids[row.network], unkept=self._unkept[row.network])
        self._remember(row.network, await self._database.write(work, durable=False))

    async def mark_applied(self, row: JournalRow) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_MARK, (row.number, network_id(connection, row.network), row.number))

        await self._database.write(work, durable=False)

    async def balances(self, network: NetworkKey) -> AsyncIterator[Sequence[HeldBalance]]:
        last = 0
        while True:
            page = await self._database.read(partial(self._held.page, network=network, after=last, limit=PORTION))
            if not page.balances:
                return
            names = (held.account for held in page.balances)
            self._remember(network, dict(zip(names, page.accounts, strict=True)))
            yield page.balances
            last = page.accounts[-1]

    async def recorded(self, network: NetworkKey) -> AsyncIterator[Sequence[Recorded]]:
        last = (0, 0)
        while rows := await self._database.rows(_RECORDED, *last, network):
            yield tuple(
                Recorded(address, threshold, Standing(rank, balance)) for _, threshold, address, rank, balance in rows
            )
            last = (rows[-1][0], rows[-1][1])

    async def movements(self, network: NetworkKey, since: datetime) -> AsyncIterator[Sequence[Movement]]:
        last: tuple[int, int] | None = (micros(since), 0)
        while last is not None:
            portion, last = await self._database.read(partial(_moved, network=network, after=last))
            if portion:
                yield portion

    async def publish(self, board: Board) -> None:
        await self._database.write(partial(publish, board=board), durable=False)

    def _remember(self, network: NetworkKey, ids: dict[Address, int]) -> None:
        known = self._ids[network]
        if len(known) + len(ids) <= REMEMBERED:
            known |= ids


def _moved(
    connection: sqlite3.Connection, network: NetworkKey, after: tuple[int, int]
) -> tuple[list[Movement], tuple[int, int] | None]:
    """A portion of whole rows, and the place of the last of them; None behind the newest."""
    portion: list[Movement] = []
    rows: Iterator[Row] = connection.execute(_MOVEMENTS, (network, *after))
    for at, number, movements in rows:
        portion += movements_of(movements)
        if len(portion) >= PORTION:
            return portion, (at, number)
    return portion, None
