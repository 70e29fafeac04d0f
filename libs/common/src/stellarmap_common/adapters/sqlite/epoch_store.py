"""Epochs of networks that reset. There are a few a year, so that each is read with all others."""

import sqlite3
from typing import Any

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import micros, moment_of
from stellarmap_common.domain.network import NetworkName
from stellarmap_common.ports.epoch_store import Epoch, KeptLedger

_ALL = """
    SELECT network, number, began_at, reason, highest, kept_ledger, kept_hash FROM network_epoch
    ORDER BY network, number
"""
_BEGIN = """
    INSERT INTO network_epoch (network, number, began_at, reason, highest, kept_ledger, kept_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_NOTE = "UPDATE network_epoch SET highest = max(highest, ?) WHERE network = ? AND number = ?"
_KEEP = """
    UPDATE network_epoch SET kept_ledger = ?1, kept_hash = ?2
    WHERE network = ?3 AND number = ?4 AND coalesce(kept_ledger, 0) < ?1
"""


class SqliteEpochStore:
    """Epochs in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def epochs(self) -> tuple[Epoch, ...]:
        rows = await self._database.rows(_ALL)
        return tuple(map(_epoch, rows))

    async def begin(self, epoch: Epoch) -> bool:
        kept = (epoch.kept.sequence, epoch.kept.hash) if epoch.kept else (None, None)
        values = (epoch.network.value, epoch.number, micros(epoch.began_at), epoch.reason, epoch.highest, *kept)
        return await self._database.write(lambda connection: connection.execute(_BEGIN, values).rowcount == 1)

    async def note(self, network: NetworkName, number: int, *, highest: int, kept: KeptLedger | None = None) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_NOTE, (highest, network.value, number))
            if kept:
                connection.execute(_KEEP, (kept.sequence, kept.hash, network.value, number))

        await self._database.write(work)


def _epoch(row: Any) -> Epoch:  # noqa: ANN401 - what sqlite3 gives for a row
    network, number, began_at, reason, highest, kept_ledger, kept_hash = row
    return Epoch(
        network=NetworkName(network),
        number=number,
        began_at=moment_of(int(began_at)),
        reason=reason,
        highest=highest,
        kept=KeptLedger(kept_ledger, kept_hash) if kept_ledger is not None else None,
    )
