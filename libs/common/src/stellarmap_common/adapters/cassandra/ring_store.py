"""Rings in Cassandra: those of a bucket are kept for as long as nothing touches its children, as their count is (counting.py)."""

from collections.abc import Iterable, Sequence

import msgspec

from stellarmap_common.adapters.cassandra.children import still_so
from stellarmap_common.adapters.cassandra.counting import is_quiet
from stellarmap_common.adapters.cassandra.encoding import creation_of
from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Dot, RingChunk, Rings, chunk_of, full_chunks

_READ_TOGETHER = 2_000

_BUCKETS = Statement(
    "child buckets of rings", "SELECT bucket, touched FROM child_bucket WHERE network = ? AND creator = ?"
)
_KEPT = Statement("rings", "SELECT bucket, read_for, chunks FROM ring_chunk WHERE network = ? AND creator = ?")
_CHILDREN = Statement(
    "children for rings",
    "SELECT child, created_op, fact FROM creation_by_creator WHERE network = ? AND creator = ? AND bucket = ?",
)
_KEEP = Statement(
    "keep rings", "INSERT INTO ring_chunk (network, creator, bucket, read_for, chunks) VALUES (?, ?, ?, ?, ?)"
)

_packed = msgspec.msgpack.Encoder().encode
_unpacked = msgspec.msgpack.Decoder(tuple[RingChunk, ...]).decode


class CassandraRingStore:
    """Rings in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def rings_of(self, creator: AccountRef) -> Rings:
        buckets = await self._session.rows(_BUCKETS, creator.network, creator.address)
        kept = {row[0]: row[1:] for row in await self._session.rows(_KEPT, creator.network, creator.address)}
        found: dict[int, Sequence[RingChunk]] = {}
        missing: list[Row] = []
        for bucket, touched in buckets:
            read_for, packed = kept.get(bucket, (None, b""))
            if touched is not None and read_for == touched:
                found[bucket] = _unpacked(packed)
            else:
                missing.append((bucket, touched))

        async def read(row: Row) -> None:
            found[row[0]] = await self._read(creator, *row)

        await self._session.each(missing, read)
        return Rings(chunks=tuple(chunk for bucket, _ in buckets for chunk in found[bucket]))

    async def _read(self, creator: AccountRef, bucket: int, touched: int | None) -> Sequence[RingChunk]:
        """The chunks of one bucket: a few full ones for a hub's busiest day."""
        quiet = is_quiet(touched)
        key = (creator.network, creator.address, bucket)
        chunks: list[RingChunk] = []
        left: list[Dot] = []
        async for rows in self._session.pages(_CHILDREN, *key, fetch=_READ_TOGETHER):
            children = [creation_of(creator.network, row, creator.address) for row in rows]
            left += _dots(await still_so(self._session, children))
            chunks += full_chunks(left)
        if left:
            chunks.append(chunk_of(left))
        if quiet:
            await self._session.execute(_KEEP, *key, touched, _packed(chunks))
        return chunks


def _dots(children: Iterable[Creation]) -> Iterable[Dot]:
    return ((one.created_op, micros(one.created_at), one.starting_balance_stroops) for one in children)
