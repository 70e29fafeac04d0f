"""Accounts by what people type: one table in the order in which it is read."""

import sqlite3
from datetime import datetime

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import NETWORK_ID, micros, network_id
from stellarmap_common.domain.lookup import Term, TermKind, Terms
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey

_ADDRESS = "address"
_END = "\U0010ffff"  # behind every letter

_PUT = """
    INSERT INTO account_by_term (network, kind, term, address, put_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET put_at = max(put_at, excluded.put_at)
"""
_REMOVE = "DELETE FROM account_by_term WHERE network = ? AND kind = ? AND term = ? AND address = ? AND put_at <= ?"
_FOUND = f"""
    SELECT address FROM account_by_term
    WHERE network = {NETWORK_ID} AND kind = ? AND term = ? AND address >= ? AND address > ? AND address < ?
    ORDER BY address LIMIT ?
"""
# From term to term: a domain of a hundred thousand accounts costs one step.
_TERMS = f"""
    WITH RECURSIVE given (network, kind, until) AS (SELECT {NETWORK_ID}, ?, ?),
    found (term) AS (
        SELECT (
            SELECT min(term) FROM account_by_term AS row
            WHERE row.network = given.network AND row.kind = given.kind AND term >= ? AND term > ? AND term < given.until
        ) FROM given
        UNION ALL
        SELECT (
            SELECT min(term) FROM account_by_term AS row
            WHERE row.network = given.network AND row.kind = given.kind AND term > found.term AND term < given.until
        ) FROM given, found WHERE found.term IS NOT NULL LIMIT ?
    )
    SELECT term FROM found WHERE term IS NOT NULL
"""


class SqliteLookupStore:
    """Lookups in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            network = network_id(connection, account.network)
            rows = [(_ADDRESS, ""), *((term.kind, term.text) for term in terms)]
            connection.executemany(_PUT, [(network, *row, account.address, micros(at)) for row in rows])

        # Whoever puts it notes that afterwards, with a write that is durable, and all before it.
        await self._database.write(work, durable=False)

    async def remove(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            network = network_id(connection, account.network)
            rows = [(network, term.kind, term.text, account.address, micros(at)) for term in terms]
            connection.executemany(_REMOVE, rows)

        await self._database.write(work, durable=False)

    async def by_prefix(
        self, network: NetworkKey, prefix: str, after: Address | None, limit: int
    ) -> tuple[Address, ...]:
        rows = await self._database.rows(_FOUND, network, _ADDRESS, "", prefix, after or "", prefix + _END, limit)
        return tuple(Address(address) for (address,) in rows)

    async def by_term(self, network: NetworkKey, term: Term, after: Address | None, limit: int) -> tuple[Address, ...]:
        rows = await self._database.rows(_FOUND, network, term.kind, term.text, "", after or "", _END, limit)
        return tuple(Address(address) for (address,) in rows)

    async def terms(
        self, network: NetworkKey, kind: TermKind, start: str, after: str | None, limit: int
    ) -> tuple[str, ...]:
        rows = await self._database.rows(_TERMS, network, kind, start + _END, start, after or "", limit)
        return tuple(term for (term,) in rows)
