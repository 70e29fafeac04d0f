"""Epochs of networks that reset. There are a few a year, so that each is read with all others of its network."""

import asyncio

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.domain.network import NetworkName
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.epoch_store import Epoch, KeptLedger

TRIES = 20

_ALL = Statement(
    "epochs", "SELECT number, began_at, reason, highest, kept_ledger, kept_hash FROM network_epoch WHERE network = ?"
)
_BEGIN = Statement(
    "epoch begin",
    "INSERT INTO network_epoch (network, number, began_at, reason, highest, kept_ledger, kept_hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS",
)
_ONE = Statement("epoch", "SELECT highest, kept_ledger, kept_hash FROM network_epoch WHERE network = ? AND number = ?")
_NOTE = Statement(
    "epoch note",
    "UPDATE network_epoch SET highest = ?, kept_ledger = ?, kept_hash = ?"
    " WHERE network = ? AND number = ? IF highest = ? AND kept_ledger = ?",
)


class CassandraEpochStore:
    """Epochs in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def epochs(self) -> tuple[Epoch, ...]:
        found = await asyncio.gather(*(self._epochs_of(network) for network in sorted(NetworkName)))
        return tuple(epoch for epochs in found for epoch in epochs)

    async def begin(self, epoch: Epoch) -> bool:
        kept = (epoch.kept.sequence, epoch.kept.hash) if epoch.kept else (None, None)
        begun = epoch.number, micros(epoch.began_at), epoch.reason, epoch.highest
        return await self._session.applied(_BEGIN, epoch.network.value, *begun, *kept)

    async def note(self, network: NetworkName, number: int, *, highest: int, kept: KeptLedger | None = None) -> None:
        place = network.value, number
        for _ in range(TRIES):
            rows = await self._session.rows(_ONE, *place, serial=True)
            if not rows:
                return
            known, sequence, hash_ = rows[0]
            newer = kept if kept and kept.sequence > (sequence or 0) else KeptLedger(sequence, hash_)
            if highest <= known and newer.sequence == sequence:
                return
            values = max(highest, known), newer.sequence, newer.hash
            if await self._session.applied(_NOTE, *values, *place, known, sequence):
                return
        raise StoreUnavailable(
            f"Others changed epoch {number} of {network} {TRIES} times meanwhile. It is noted again."
        )

    async def _epochs_of(self, network: NetworkName) -> list[Epoch]:
        rows = await self._session.rows(_ALL, network.value, serial=True)
        return [_epoch(network, row) for row in rows]


def _epoch(network: NetworkName, row: Row) -> Epoch:
    number, began_at, reason, highest, kept_ledger, kept_hash = row
    return Epoch(
        network=network,
        number=number,
        began_at=moment_of(int(began_at)),
        reason=reason,
        highest=highest,
        kept=KeptLedger(kept_ledger, kept_hash) if kept_ledger is not None else None,
    )
