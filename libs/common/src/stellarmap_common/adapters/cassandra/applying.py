"""What a journal row leads to, written into the tables it is read from. Of each key, the row of the largest number stays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zlib import crc32

from stellarmap_common.adapters.cassandra.moments import MICROSECOND, micros
from stellarmap_common.adapters.cassandra.noted import Noted
from stellarmap_common.adapters.cassandra.recording import write_together
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.adapters.standing_bytes import (
    change_id,
    latest_balances,
    latest_standings,
    packed_balance,
    packed_change,
    packed_movements,
)
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import JournalRow

SHARDS = 64
_MICROS_OF_HOUR = timedelta(hours=1) // MICROSECOND
_MICROS_OF_DAY = timedelta(days=1) // MICROSECOND
_FIRST_DAY = date(1970, 1, 1).toordinal()

_PUT_BALANCE = Statement(
    "keep balance", "INSERT INTO high_balance (network, shard, account, held) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
_PUT_STANDING = Statement(
    "keep standing",
    "INSERT INTO standing (network, shard, account, threshold_xlm, rank, balance_stroops) VALUES (?, ?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
)
_DROP_STANDING = Statement(
    "drop standing",
    "DELETE FROM standing USING TIMESTAMP ? WHERE network = ? AND shard = ? AND account = ? AND threshold_xlm = ?",
)
_PUT_CHANGE = Statement(
    "keep change", "INSERT INTO standing_change_by_account (network, account, at, id, change) VALUES (?, ?, ?, ?, ?)"
)
_PUT_STEP = Statement(
    "keep change in day",
    "INSERT INTO standing_change_by_day (network, threshold_xlm, type, day, at, id, account, change) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
)
_NOTE_DAY = Statement(
    "change day", "INSERT INTO standing_change_day (network, threshold_xlm, type, day) VALUES (?, ?, ?, ?)"
)
_PUT_MOVEMENTS = Statement(
    "keep movements", "INSERT INTO balance_change (network, hour, number, at, movements) VALUES (?, ?, ?, ?, ?)"
)
_NOTE_HOUR = Statement("movement hour", "INSERT INTO balance_change_hour (network, hour) VALUES (?, ?)")
_PUT_CLOSING = Statement(
    "keep closing",
    "INSERT INTO standing_close (network, account, day, rank, balance_stroops) VALUES (?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
)


class Applying:
    """Writes journal rows out."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._days = Noted(session, _NOTE_DAY)
        self._hours = Noted(session, _NOTE_HOUR)

    async def apply(self, row: JournalRow) -> None:
        """Afterwards all that the row says is in its tables, except what is newer there."""
        changes = list(_change_writes(row))
        await self._days.note(partition for partition, (statement, _) in changes if statement is _PUT_STEP)
        movements = packed_movements(row)
        if movements is not None:
            hour = (row.network, hour_of(row.at))
            await self._hours.note([hour])
            await self._session.execute(_PUT_MOVEMENTS, *hour, row.number, micros(row.at), movements)
        await write_together(self._session, [*_book_writes(row), *changes, *_closing_writes(row)])


def balance_shard(account: Address) -> int:
    """The shard that the account's balance and standings are in."""
    return crc32(account.encode()) % SHARDS


def hour_of(moment: datetime) -> int:
    """The hour that movements of that moment are kept under."""
    return micros(moment) // _MICROS_OF_HOUR


def day_of(at: int) -> int:
    """The day that changes of that moment, in microseconds, are kept under."""
    return at // _MICROS_OF_DAY


def day_number(day: date) -> int:
    """The day of a closing as it is stored."""
    return day.toordinal() - _FIRST_DAY


def day_from(number: int) -> date:
    """The day of a closing."""
    return date.fromordinal(number + _FIRST_DAY)


def _book_writes(row: JournalRow) -> Iterator[tuple[object, Write]]:
    """Balances and recorded standings, each with its partition."""
    for account, held in latest_balances(row).items():
        shard = balance_shard(account)
        yield ("balance", shard), (_PUT_BALANCE, (row.network, shard, account, packed_balance(held), row.number))
    for (account, threshold), standing in latest_standings(row.changes).items():
        key = (row.network, balance_shard(account), account, threshold)
        if standing is None:
            write: Write = (_DROP_STANDING, (row.number, *key))
        else:
            write = (_PUT_STANDING, (*key, standing.rank, standing.balance_stroops, row.number))
        yield ("standing", key[1]), write


def _change_writes(row: JournalRow) -> Iterator[tuple[tuple[object, ...], Write]]:
    """Changes under their accounts, and under each of their thresholds and types by day, with their partitions."""
    for change in row.changes:
        account, at, packed = change.account.address, micros(change.at), packed_change(change)
        place = (at, change_id(change.id))
        yield (row.network, account), (_PUT_CHANGE, (row.network, account, *place, packed))
        for step in change.steps:
            partition = (row.network, step.threshold_xlm, change.type.value, day_of(at))
            yield partition, (_PUT_STEP, (*partition, *place, account, packed))


def _closing_writes(row: JournalRow) -> Iterator[tuple[object, Write]]:
    for closing in row.closings:
        began = micros(datetime.combine(closing.day, datetime.min.time(), UTC))
        rank, balance = (closing.standing.rank, closing.standing.balance_stroops) if closing.standing else (None, None)
        values = (row.network, closing.account, day_number(closing.day), rank, balance, began + row.number)
        yield ("closing", closing.account), (_PUT_CLOSING, values)
