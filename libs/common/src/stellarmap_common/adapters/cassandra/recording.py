"""Writing creations and ends: what is known of the accounts is read, what it is replaced by is written under every key.

Everything may be done twice, and is when a page is recorded again: after a crash, that completes it. Rows derived from a fact
that is replaced go first and the fact itself last, so whoever does it again still knows what to take away.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from stellarmap_common.adapters.cassandra.counting import now_micros
from stellarmap_common.adapters.cassandra.encoding import (
    CODE_OF_SOURCE,
    bucket_of,
    creation_of,
    end_of,
    packed_creation,
    packed_end,
    shard_of,
)
from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.plan import Plan, planned_creations, planned_ends
from stellarmap_common.adapters.cassandra.session import BATCHED, CassandraSession, Row, Statement, Write
from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import Address, NetworkKey

T = TypeVar("T")

FACTS_TOGETHER = 4_000  # looked up and written at once
_PAGE = 1_000  # facts of no source's page are more
_PARTITIONS_TOGETHER = 10  # in one batch: with more, the server warns

CREATIONS_OF = Statement(
    "creations of accounts",
    "SELECT account, created_op, fact FROM creation_by_account WHERE network = ? AND account IN ?",
)
ENDS_OF = Statement(
    "ends of accounts", "SELECT account, end_op, fact FROM account_end WHERE network = ? AND account IN ?"
)
_KEEP_CREATION = Statement(
    "keep creation",
    "INSERT INTO creation_by_account (network, account, created_op, fact) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
)
_DROP_CREATION = Statement(
    "drop creation",
    "DELETE FROM creation_by_account USING TIMESTAMP ? WHERE network = ? AND account = ? AND created_op = ?",
)
_KEEP_CHILD = Statement(
    "keep child",
    "INSERT INTO creation_by_creator (network, creator, bucket, created_op, child, fact) VALUES (?, ?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
)
_DROP_CHILD = Statement(
    "drop child",
    "DELETE FROM creation_by_creator USING TIMESTAMP ? "
    "WHERE network = ? AND creator = ? AND bucket = ? AND created_op = ? AND child = ?",
)
_KEEP_IN_LEDGER = Statement(
    "keep creation in ledger",
    "INSERT INTO creation_by_ledger (network, bucket, shard, created_op, account, fact) VALUES (?, ?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
)
_DROP_IN_LEDGER = Statement(
    "drop creation in ledger",
    "DELETE FROM creation_by_ledger USING TIMESTAMP ? "
    "WHERE network = ? AND bucket = ? AND shard = ? AND created_op = ? AND account = ?",
)
_TOUCH_BUCKET = Statement(
    "touch child bucket",
    "INSERT INTO child_bucket (network, creator, bucket, touched, newest) VALUES (?, ?, ?, ?, ?)",
)
_TOUCH_SHARD = Statement(
    "touch ledger shard", "INSERT INTO ledger_shard (network, fact, bucket, shard, touched) VALUES (?, ?, ?, ?, ?)"
)
_CREATORS_AMONG = Statement(
    "creators among accounts",
    "SELECT creator FROM child_bucket WHERE network = ? AND creator IN ? PER PARTITION LIMIT 1",
)
_TELL_CREATOR = Statement(
    "tell creator", "INSERT INTO child_with_children (network, creator, child, touched) VALUES (?, ?, ?, ?)"
)
_KEEP_END = Statement(
    "keep end", "INSERT INTO account_end (network, account, end_op, fact) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
_DROP_END = Statement(
    "drop end", "DELETE FROM account_end USING TIMESTAMP ? WHERE network = ? AND account = ? AND end_op = ?"
)
_KEEP_END_IN_LEDGER = Statement(
    "keep end in ledger",
    "INSERT INTO end_by_ledger (network, bucket, shard, end_op, account, fact) VALUES (?, ?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
)
_DROP_END_IN_LEDGER = Statement(
    "drop end in ledger",
    "DELETE FROM end_by_ledger USING TIMESTAMP ? "
    "WHERE network = ? AND bucket = ? AND shard = ? AND end_op = ? AND account = ?",
)
UNPLACED_OF = Statement(
    "unplaced of accounts",
    "SELECT account, creator, source, created_at FROM creation_unplaced WHERE network = ? AND account IN ?",
)
_KEEP_UNPLACED = Statement(
    "keep unplaced",
    "INSERT INTO creation_unplaced (network, account, creator, source, created_at) VALUES (?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
)
_DROP_UNPLACED = Statement(
    "drop unplaced",
    "DELETE FROM creation_unplaced USING TIMESTAMP ? WHERE network = ? AND account = ? AND creator = ? AND source = ?",
)


async def record_creations(session: CassandraSession, network: NetworkKey, creations: Sequence[Creation]) -> None:
    """Afterwards they stand under their account, their creator and their ledger, and who is to know is told."""
    accounts = {one.account for one in creations}
    known = [creation_of(network, row) for row in await looked_up(session, CREATIONS_OF, network, accounts)]
    plan = planned_creations(creations, known)
    if not plan.kept and not plan.dropped:
        return
    await session.gather(write for one in plan.outdated for write in _derived_drops(one, plan))
    await write_together(session, _kept(network, plan))
    # After the rows, with the time of then: a count that was made meanwhile is not of these.
    await write_together(session, _touches(network, plan.kept))
    drops = [(_DROP_CREATION, (one.version, network, one.account, one.created_op)) for one in plan.dropped]
    await session.gather(drops)
    await asyncio.gather(_tell_creators(session, network, plan), _drop_unplaced(session, network, plan.kept))


def _derived_drops(one: Creation, plan: Plan[Creation]) -> Iterator[Write]:
    """Takes away what an outdated creation left under other keys. Where only the creator was wrong, its ledger's row stays."""
    key = (one.created_op, one.account)
    if one.creator is not None:
        bucket = bucket_of(one.created_op)
        yield _DROP_CHILD, (one.version, one.network, one.creator, bucket, *key)
        touched = now_micros()
        yield _TOUCH_BUCKET, (one.network, one.creator, bucket, touched, touched)
    if one in plan.dropped:
        shard = shard_of(one.created_op)
        yield _DROP_IN_LEDGER, (one.version, one.network, *shard, *key)
        yield _TOUCH_SHARD, (one.network, "creation", *shard, now_micros())


def _kept(network: NetworkKey, plan: Plan[Creation]) -> Iterator[tuple[object, Write]]:
    """The writes that keep the creations, each with its partition."""
    for one in plan.kept:
        op, version, fact = one.created_op, one.version, packed_creation(one)
        yield ("account", one.account), (_KEEP_CREATION, (network, one.account, op, fact, version))
        shard = shard_of(op)
        yield ("ledger", shard), (_KEEP_IN_LEDGER, (network, *shard, op, one.account, fact, version))
        if one.creator is not None:
            bucket = bucket_of(op)
            lean = packed_creation(one, creator_in_key=True)
            place = (network, one.creator, bucket, op, one.account, lean, version)
            yield ("child", one.creator, bucket), (_KEEP_CHILD, place)


def _touches(network: NetworkKey, kept: Sequence[Creation]) -> Iterator[tuple[object, Write]]:
    """Says of the creations' buckets and shards that they changed now, each with its partition."""
    touched = now_micros()
    buckets = {(one.creator, bucket_of(one.created_op)) for one in kept if one.creator is not None}
    for creator, bucket in buckets:
        yield ("bucket", creator), (_TOUCH_BUCKET, (network, creator, bucket, touched, touched))
    for shard in {shard_of(one.created_op) for one in kept}:
        yield "shard", (_TOUCH_SHARD, (network, "creation", *shard, touched))


async def _tell_creators(session: CassandraSession, network: NetworkKey, plan: Plan[Creation]) -> None:
    """Afterwards each creator has its children with children in its list, whichever of the two creations came first."""
    busy = {one.creator for one in (*plan.kept, *plan.outdated) if one.creator is not None}
    lives, creators = await asyncio.gather(
        looked_up(session, CREATIONS_OF, network, busy),
        looked_up(session, _CREATORS_AMONG, network, {one.account for one in plan.kept}),
    )
    parents = {creator for (creator,) in creators}
    told = {(life.creator, life.account) for life in (creation_of(network, row) for row in lives)}
    told |= {(one.creator, one.account) for one in plan.kept if one.account in parents}
    touched = now_micros()
    pairs = sorted((creator, child) for creator, child in told if creator is not None)
    await write_together(
        session, ((creator, (_TELL_CREATOR, (network, creator, child, touched))) for creator, child in pairs)
    )


async def _drop_unplaced(session: CassandraSession, network: NetworkKey, kept: Sequence[Creation]) -> None:
    """Readers leave them out all the same: their rows are removed to tidy up, and no import is held up by that."""
    if len(kept) > _PAGE:
        return
    placed = {(one.account, one.creator) for one in kept}
    rows = await looked_up(session, UNPLACED_OF, network, {account for account, _ in placed})
    await session.gather(
        (_DROP_UNPLACED, (_heard(created_at), network, account, creator, source))
        for account, creator, source, created_at in rows
        if (account, creator) in placed
    )


async def record_ends(session: CassandraSession, network: NetworkKey, ends: Sequence[AccountEnd]) -> None:
    """Afterwards they stand under their account and their ledger."""
    accounts = {one.account for one in ends}
    known = [end_of(network, row) for row in await looked_up(session, ENDS_OF, network, accounts)]
    plan = planned_ends(ends, known)
    drops: list[Write] = []
    for one in plan.dropped:
        shard = shard_of(one.end_op)
        drops.append((_DROP_END_IN_LEDGER, (one.version, network, *shard, one.end_op, one.account)))
    await session.gather(drops)
    kept: list[tuple[object, Write]] = []
    for one in plan.kept:
        shard, fact = shard_of(one.end_op), packed_end(one)
        kept.append((one.account, (_KEEP_END, (network, one.account, one.end_op, fact, one.version))))
        kept.append((shard, (_KEEP_END_IN_LEDGER, (network, *shard, one.end_op, one.account, fact, one.version))))
    await write_together(session, kept)
    shards = {shard_of(one.end_op) for one in (*plan.kept, *plan.dropped)}
    await session.gather((_TOUCH_SHARD, (network, "end", *shard, now_micros())) for shard in shards)
    await session.gather((_DROP_END, (one.version, network, one.account, one.end_op)) for one in plan.dropped)


async def record_unplaced(session: CassandraSession, unplaced: Sequence[UnplacedCreation]) -> None:
    """Afterwards they stand under their account; readers leave them out once a placed one of that creator is known."""
    await session.gather(
        (
            _KEEP_UNPLACED,
            (
                one.network,
                one.account,
                one.creator,
                CODE_OF_SOURCE[one.source],
                micros(one.created_at),
                _heard(micros(one.created_at)),
            ),
        )
        for one in unplaced
    )


def _heard(created_at: int | None) -> int:
    """The version of an unplaced creation: the later time stays, and any time rather than none."""
    return 1 if created_at is None else created_at + 2


async def looked_up(
    session: CassandraSession, statement: Statement, network: NetworkKey, accounts: Iterable[Address]
) -> list[Row]:
    """The rows of these accounts, in no order; of as many partitions in one read as may be."""
    parts = chunks(sorted(set(accounts)), session.dialect.partitions_in)
    found = await asyncio.gather(*(session.rows(statement, network, part) for part in parts))
    return [row for rows in found for row in rows]


async def write_together(session: CassandraSession, writes: Iterable[tuple[object, Write]]) -> None:
    """Afterwards the writes are done; those of one partition in batches of a whole page, small partitions some together."""
    partitions: defaultdict[object, list[Write]] = defaultdict(list)
    for partition, write in writes:
        partitions[partition].append(write)
    batches: list[list[Write]] = []
    small: defaultdict[Statement, list[Write]] = defaultdict(list)
    for rows in partitions.values():
        if len(rows) == 1:
            small[rows[0][0]] += rows
        else:
            batches += chunks(rows, BATCHED)
    for alone in small.values():
        batches += chunks(alone, _PARTITIONS_TOGETHER)
    await session.each(batches, session.batch)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part
