"""The list of accounts by status, and which of its rows stand."""

from collections.abc import Iterable
from typing import NamedTuple

from stellarmap_common.adapters.cassandra.recording import looked_up
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.domain.network import Address, NetworkKey

BUCKETS = Statement(
    "status buckets",
    "SELECT bucket, touched, counted, counted_for FROM status_bucket WHERE network = ? AND status = ? AND requested = ?",
)
ROWS_IN = Statement(
    "accounts by status",
    "SELECT account, newest_at, version FROM account_by_status "
    "WHERE network = ? AND status = ? AND requested = ? AND bucket = ?",
)
STANDING = Statement(
    "statuses of accounts", "SELECT account, version, state FROM account_status WHERE network = ? AND account IN ?"
)
DROP_ROW = Statement(
    "unlist by status",
    "DELETE FROM account_by_status USING TIMESTAMP ? "
    "WHERE network = ? AND status = ? AND requested = ? AND bucket = ? AND newest_at = ? AND account = ?",
)


class Listed(NamedTuple):
    """A row of the list. It stands while the account's state has its version."""

    account: Address
    newest_at: int
    version: int


async def standing_of(
    session: CassandraSession, network: NetworkKey, rows: Iterable[Listed]
) -> dict[Address, tuple[int, str]]:
    """Version and state of the accounts in these rows."""
    found = await looked_up(session, STANDING, network, (row.account for row in rows))
    return {account: (version, state) for account, version, state in found}
