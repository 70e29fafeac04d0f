"""Exact counts of a network, without counters: only what was touched since the last census is counted again."""

from datetime import datetime

import msgspec

from stellarmap_common.adapters.cassandra.counting import QUIET_MICROS, is_quiet, kept_count, now_micros, summed
from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.adapters.cassandra.status_list import BUCKETS, DROP_ROW, ROWS_IN, Listed, standing_of
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.ports.account_store import UNFINISHED, NetworkFigures

VERIFIED_TOGETHER = 1_000

SHARDS = Statement(
    "ledger shards",
    "SELECT bucket, shard, touched, counted, counted_for FROM ledger_shard WHERE network = ? AND fact = ?",
)
_COUNT_CREATIONS = Statement(
    "count creations in ledgers",
    "SELECT count(*) FROM creation_by_ledger WHERE network = ? AND bucket = ? AND shard = ?",
)
_COUNT_ENDS = Statement(
    "count ends in ledgers", "SELECT count(*) FROM end_by_ledger WHERE network = ? AND bucket = ? AND shard = ?"
)
_KEEP_SHARD_COUNT = Statement(
    "keep count of ledgers",
    "UPDATE ledger_shard SET counted = ?, counted_for = ? WHERE network = ? AND fact = ? AND bucket = ? AND shard = ?",
)
_KEEP_STATUS_COUNT = Statement(
    "keep count of statuses",
    "UPDATE status_bucket SET counted = ?, counted_for = ? "
    "WHERE network = ? AND status = ? AND requested = ? AND bucket = ?",
)
_DROP_BUCKET = Statement(
    "drop status bucket",
    "DELETE FROM status_bucket USING TIMESTAMP ? WHERE network = ? AND status = ? AND requested = ? AND bucket = ?",
)
_CENSUS = Statement("census", "SELECT taken_at, figures FROM census WHERE network = ?")
_KEEP_CENSUS = Statement("keep census", "INSERT INTO census (network, taken_at, figures) VALUES (?, ?, ?)")

_counts = msgspec.json.Decoder(dict[str, int])


async def figures_of(session: CassandraSession, network: NetworkKey) -> NetworkFigures:
    """The figures of the last census; none was taken: of nothing."""
    rows = await session.rows(_CENSUS, network)
    if not rows:
        return NetworkFigures(accounts_mapped=0, creations=0, ends=0, pending=0, failed=0)
    taken_at, figures = rows[0]
    return NetworkFigures(**_counts.decode(figures), as_of=moment_of(int(taken_at)))


async def counted_network(session: CassandraSession, network: NetworkKey, at: datetime) -> None:
    """Afterwards the figures are those of now."""
    count = _Census(session, network)
    creations = await count.facts("creation", _COUNT_CREATIONS)
    ends = await count.facts("end", _COUNT_ENDS)
    statuses = {status: await count.accounts(status) for status in AccountStatus}
    figures = {
        "accounts_mapped": statuses[AccountStatus.COMPLETE],
        "creations": creations,
        "ends": ends,
        "pending": sum(statuses[status] for status in UNFINISHED),
        "failed": statuses[AccountStatus.FAILED],
    }
    await session.execute(_KEEP_CENSUS, network, micros(at), msgspec.json.encode(figures).decode())


class _Census:
    """Counts of one network."""

    def __init__(self, session: CassandraSession, network: NetworkKey) -> None:
        self._session = session
        self._network = network

    async def facts(self, fact: str, counting: Statement) -> int:
        """How many creations, or ends, are stored."""

        async def count(row: Row) -> int:
            bucket, shard, touched, *_ = row
            quiet = is_quiet(touched)
            ((rows,),) = await self._session.rows(counting, self._network, bucket, shard)
            if quiet:
                key = (self._network, fact, bucket, shard)
                await self._session.execute(_KEEP_SHARD_COUNT, rows, touched, *key)
            return int(rows)

        return await summed(self._session, await self._session.rows(SHARDS, self._network, fact), _kept, count)

    async def accounts(self, status: AccountStatus) -> int:
        """How many accounts have the status."""
        total = 0
        for requested in (True, False):
            key = (self._network, status.value, requested)
            buckets = [(*key, *row) for row in await self._session.rows(BUCKETS, *key)]
            total += await summed(self._session, buckets, _kept, self._accounts_in)
        return total

    async def _accounts_in(self, row: Row) -> int:
        *key, touched, _, _ = row
        quiet, began = is_quiet(touched), now_micros()
        standing = 0
        awaited = False
        async for rows in self._session.pages(ROWS_IN, *key, fetch=VERIFIED_TOGETHER):
            listed = [Listed(*row) for row in rows]
            versions = await self._versions(listed)
            standing += sum(versions[row.account] == row.version for row in listed)
            # Its status may land at any time: until that, or a later one, does, no count of the bucket is kept.
            awaited = awaited or any(versions[row.account] < row.version for row in listed)
            fallen = [row for row in listed if versions[row.account] > row.version]  # no status goes back to a version
            await self._session.gather((DROP_ROW, (row.version, *key, row.newest_at, row.account)) for row in fallen)
        if awaited:
            return standing
        if quiet and standing:
            await self._session.execute(_KEEP_STATUS_COUNT, standing, touched, *key)
        elif quiet:  # whoever lists an account here later lists the bucket again, at a later time
            await self._session.execute(_DROP_BUCKET, began - QUIET_MICROS, *key)
        return standing

    async def _versions(self, rows: list[Listed]) -> dict[Address, int]:
        """The version of each account's state; 0 where there is none."""
        known = await standing_of(self._session, self._network, rows)
        return {row.account: known.get(row.account, (0, ""))[0] for row in rows}


def _kept(row: Row) -> int | None:
    """The count that is kept of what the row stands for: touched, counted and counted_for are its last columns."""
    return kept_count(*row[-3:])
