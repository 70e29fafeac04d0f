"""Ledger to time."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import NETWORK_ID, micros, moment_of, network_id
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.creation_store import LedgerAnchor

_KEEP = "INSERT INTO ledger_anchor (network, ledger, closed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_NEAREST = "SELECT ledger, closed_at FROM ledger_anchor WHERE network = {} AND ledger {} ? ORDER BY ledger {} LIMIT 1"
_BEFORE = _NEAREST.format(NETWORK_ID, "<=", "DESC")
_AFTER = _NEAREST.format(NETWORK_ID, ">=", "ASC")


class SqliteLedgerStore:
    """Anchors in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_anchors(self, network: NetworkKey, anchors: Sequence[LedgerAnchor]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            number = network_id(connection, network)
            connection.executemany(_KEEP, [(number, anchor.ledger, micros(anchor.closed_at)) for anchor in anchors])

        if anchors:  # a pair that a power cut takes is seen again
            await self._database.write(work, durable=False)

    async def anchors_around(
        self, network: NetworkKey, ledger: Ledger
    ) -> tuple[LedgerAnchor | None, LedgerAnchor | None]:
        def work(connection: sqlite3.Connection) -> tuple[LedgerAnchor | None, LedgerAnchor | None]:
            before = connection.execute(_BEFORE, (network, ledger)).fetchone()
            after = connection.execute(_AFTER, (network, ledger)).fetchone()
            return _anchor(before), _anchor(after)

        return await self._database.read(work)


def _anchor(row: Any) -> LedgerAnchor | None:  # noqa: ANN401 - what sqlite3 gives for a row
    return LedgerAnchor(Ledger(row[0]), moment_of(int(row[1]))) if row else None
