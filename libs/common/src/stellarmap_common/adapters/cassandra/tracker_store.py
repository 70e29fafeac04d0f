"""The trackers' books: the journal is one small partition of lightweight transactions, all else is versioned by its rows."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from stellarmap_common.adapters.cassandra.applying import SHARDS, Applying, hour_of
from stellarmap_common.adapters.cassandra.leaderboard import publish
from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.adapters.cassandra.turns import Turns
from stellarmap_common.adapters.standing_bytes import balance_of, movements_of, packed_row, row_of
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import HeldBalance, JournalRow, Movement, Standing
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.standing_store import Board, Recorded, TakeOver

JOURNAL_KEPT = 8  # rows: all that an owner may still ask about is the one it was not answered for
TRIES = 50  # others may take it over each time: of those who do it at once, one is first
_ROWS_TOGETHER = 20  # journal rows of whose movements one portion is made

_HEAD = Statement("journal", "SELECT DISTINCT network, epoch, last FROM tracker_journal WHERE network = ?")
_FIRST = Statement("journal begin", "INSERT INTO tracker_journal (network, epoch, last) VALUES (?, 1, 0) IF NOT EXISTS")
_TAKE = Statement("journal take over", "UPDATE tracker_journal SET epoch = ? WHERE network = ? IF epoch = ?")
_JOURNALLED = Statement("journal row", "SELECT number, row FROM tracker_journal WHERE network = ? AND slot = ?")
_NEXT = Statement("journal append", "UPDATE tracker_journal SET last = ? WHERE network = ? IF epoch = ? AND last = ?")
_KEEP = Statement("journal keep", "INSERT INTO tracker_journal (network, slot, number, row) VALUES (?, ?, ?, ?)")
_MARK = Statement("journal mark", "UPDATE tracker_mark USING TIMESTAMP ? SET number = ? WHERE network = ?")
_MARKED = Statement("journal marked", "SELECT number FROM tracker_mark WHERE network = ?")
_BALANCES = Statement("balances", "SELECT account, held FROM high_balance WHERE network = ? AND shard = ?")
_RECORDED = Statement(
    "standings", "SELECT account, threshold_xlm, rank, balance_stroops FROM standing WHERE network = ? AND shard = ?"
)
_HOURS = Statement("movement hours", "SELECT hour FROM balance_change_hour WHERE network = ? AND hour >= ?")
_MOVEMENTS = Statement("movements", "SELECT at, movements FROM balance_change WHERE network = ? AND hour = ?")


class CassandraTrackerStore:
    """Books of trackers in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._applying = Applying(session)
        self._turns = Turns()

    async def take_over(self, network: NetworkKey) -> TakeOver:
        async with self._turns.at(network):
            epoch = await self._taken(network)
        # As of lightweight transactions: from now on nobody appends but us, or an owner after us.
        while True:
            ((_, _, number),) = await self._session.rows(_HEAD, network, serial=True)
            if number == 0:
                return TakeOver(epoch=epoch, last=None)
            ((found, packed),) = await self._session.rows(_JOURNALLED, network, number % JOURNAL_KEPT, serial=True)
            if found == number:
                marks = await self._session.rows(_MARKED, network)
                return TakeOver(epoch=epoch, last=row_of(packed), applied=bool(marks) and marks[0][0] >= number)

    async def append(self, row: JournalRow) -> bool:
        packed, slot = packed_row(row).whole, row.number % JOURNAL_KEPT
        advanced: Write = (_NEXT, (row.number, row.network, row.epoch, row.number - 1))
        if await self._session.applied_batch([advanced, (_KEEP, (row.network, slot, row.number, packed))]):
            return True
        # Refused, perhaps by itself: an earlier call may have been done without an answer.
        rows = await self._session.rows(_JOURNALLED, row.network, slot, serial=True)
        return rows == [(row.number, packed)]

    async def apply(self, row: JournalRow) -> None:
        await self._applying.apply(row)

    async def mark_applied(self, row: JournalRow) -> None:
        await self._session.execute(_MARK, row.number, row.number, row.network)

    async def balances(self, network: NetworkKey) -> AsyncIterator[Sequence[HeldBalance]]:
        for shard in range(SHARDS):
            async for rows in self._session.pages(_BALANCES, network, shard):
                if rows:
                    yield tuple(balance_of(account, held) for account, held in rows)

    async def recorded(self, network: NetworkKey) -> AsyncIterator[Sequence[Recorded]]:
        for shard in range(SHARDS):
            async for rows in self._session.pages(_RECORDED, network, shard):
                if rows:
                    yield tuple(
                        Recorded(account=account, threshold_xlm=threshold, standing=Standing(rank, balance))
                        for account, threshold, rank, balance in rows
                    )

    async def movements(self, network: NetworkKey, since: datetime) -> AsyncIterator[Sequence[Movement]]:
        for (hour,) in await self._session.rows(_HOURS, network, hour_of(since)):
            async for rows in self._session.pages(_MOVEMENTS, network, hour, fetch=_ROWS_TOGETHER):
                portion = [one for at, packed in rows if at >= micros(since) for one in movements_of(packed)]
                if portion:
                    yield portion

    async def publish(self, board: Board) -> None:
        await publish(self._session, board)

    async def _taken(self, network: NetworkKey) -> int:
        """The epoch that is ours now."""
        for _ in range(TRIES):
            heads = await self._session.rows(_HEAD, network, serial=True)
            if not heads:
                if await self._session.applied(_FIRST, network):
                    return 1
                continue
            epoch: int = heads[0][1]
            if await self._session.applied(_TAKE, epoch + 1, network, epoch):
                return epoch + 1
        raise StoreUnavailable(f"Others took the book of {network} over {TRIES} times meanwhile. It is tried again.")
