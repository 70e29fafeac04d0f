"""Ledger to time. Anchors lie in buckets of 262,144 ledgers; which buckets there are is kept beside them."""

import asyncio
from collections.abc import Sequence

from stellarmap_common.adapters.cassandra.counting import now_micros
from stellarmap_common.adapters.cassandra.encoding import GREATEST
from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.creation_store import LedgerAnchor

_BUCKET = 18  # bits of a ledger below its bucket

# The timestamp falls as time goes on: of two writers, the first stays.
_KEEP = Statement(
    "keep anchor",
    "INSERT INTO ledger_anchor (network, bucket, ledger, closed_at) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
)
_KEEP_BUCKET = Statement("keep anchor bucket", "INSERT INTO ledger_anchor_bucket (network, bucket) VALUES (?, ?)")
_BEFORE = Statement(
    "anchor before",
    "SELECT ledger, closed_at FROM ledger_anchor WHERE network = ? AND bucket = ? AND ledger <= ? "
    "ORDER BY ledger DESC LIMIT 1",
)
_AFTER = Statement(
    "anchor after",
    "SELECT ledger, closed_at FROM ledger_anchor WHERE network = ? AND bucket = ? AND ledger >= ? LIMIT 1",
)
_BUCKET_BEFORE = Statement(
    "anchor bucket before",
    "SELECT bucket FROM ledger_anchor_bucket WHERE network = ? AND bucket < ? ORDER BY bucket DESC LIMIT 1",
)
_BUCKET_AFTER = Statement(
    "anchor bucket after", "SELECT bucket FROM ledger_anchor_bucket WHERE network = ? AND bucket > ? LIMIT 1"
)


class CassandraLedgerStore:
    """Anchors in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._buckets: set[tuple[NetworkKey, int]] = set()  # that are surely listed

    async def record_anchors(self, network: NetworkKey, anchors: Sequence[LedgerAnchor]) -> None:
        buckets = {(network, anchor.ledger >> _BUCKET) for anchor in anchors}
        await self._session.gather((_KEEP_BUCKET, bucket) for bucket in buckets - self._buckets)
        self._buckets |= buckets
        first = GREATEST - now_micros()
        for _, bucket in buckets:
            await self._session.batch(
                (_KEEP, (network, bucket, anchor.ledger, micros(anchor.closed_at), first))
                for anchor in anchors
                if anchor.ledger >> _BUCKET == bucket
            )

    async def anchors_around(
        self, network: NetworkKey, ledger: Ledger
    ) -> tuple[LedgerAnchor | None, LedgerAnchor | None]:
        before, after = await asyncio.gather(
            self._nearest(network, ledger, _BEFORE, _BUCKET_BEFORE),
            self._nearest(network, ledger, _AFTER, _BUCKET_AFTER),
        )
        return before, after

    async def _nearest(
        self, network: NetworkKey, ledger: int, nearest: Statement, next_bucket: Statement
    ) -> LedgerAnchor | None:
        bucket = ledger >> _BUCKET
        found = await self._session.rows(nearest, network, bucket, ledger)
        if not found:  # then it is the one at the edge of the next bucket that has any
            for (other,) in await self._session.rows(next_bucket, network, bucket):
                found = await self._session.rows(nearest, network, other, ledger)
        return _anchor(found[0]) if found else None


def _anchor(row: Row) -> LedgerAnchor:
    ledger, closed_at = row
    return LedgerAnchor(Ledger(ledger), moment_of(int(closed_at)))
