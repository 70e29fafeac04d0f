"""Children of one creator: pages, counts, and which of them have children themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stellarmap_common.adapters.cassandra.counting import is_quiet, kept_count, summed
from stellarmap_common.adapters.cassandra.encoding import GREATEST, bucket_of, creation_of, edges_of
from stellarmap_common.adapters.cassandra.recording import CREATIONS_OF, looked_up
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildRange

TOLD_AT_MOST = 50_000  # children with children that are looked at; of a creator with more, those of the first addresses
_ALL = 2**31 - 1  # what Cassandra takes for no limit
_WIDER = 4  # each read of a page that is not full asks for so many times as many buckets as the one before

_BUCKETS = Statement(
    "child buckets",
    "SELECT bucket, touched, counted, counted_for FROM child_bucket "
    "WHERE network = ? AND creator = ? AND bucket >= ? AND bucket <= ? LIMIT ?",
)
_TOTAL = Statement(
    "total of children",
    "SELECT DISTINCT network, creator, newest, total, total_for FROM child_bucket WHERE network = ? AND creator = ?",
)
_KEEP_TOTAL = Statement(
    "keep total of children",
    "UPDATE child_bucket SET total = ?, total_for = ? WHERE network = ? AND creator = ?",
)
_PAGE = Statement(
    "children",
    "SELECT child, created_op, fact FROM creation_by_creator "
    "WHERE network = ? AND creator = ? AND bucket IN ? AND (created_op, child) > (?, ?) AND (created_op) <= (?) "
    "PER PARTITION LIMIT ?",
)
_COUNT = Statement(
    "count children",
    "SELECT count(*) FROM creation_by_creator "
    "WHERE network = ? AND creator = ? AND bucket = ? AND (created_op, child) > (?, ?) AND (created_op) <= (?)",
)
_KEEP_COUNT = Statement(
    "keep count of children",
    "UPDATE child_bucket SET counted = ?, counted_for = ? WHERE network = ? AND creator = ? AND bucket = ?",
)
_WITH_CHILDREN = Statement(
    "children with children",
    "SELECT child, touched, counted, counted_for FROM child_with_children WHERE network = ? AND creator = ? LIMIT ?",
)
_KEEP_CHILDREN_OF_CHILD = Statement(
    "keep count of a child's children",
    "UPDATE child_with_children SET counted = ?, counted_for = ? WHERE network = ? AND creator = ? AND child = ?",
)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A range as the statements take it: beyond (operation, address), up to an operation."""

    beyond: tuple[int, str]
    last: int

    @property
    def first(self) -> int:
        """No operation before it is in the range."""
        return max(self.beyond[0], 0)

    def hold(self, bucket: int) -> bool:
        """True if all of the bucket is in the range."""
        first, last = edges_of(bucket)
        return self.beyond <= (first, "") and last <= self.last


class Children:
    """What `SELECT`s say about children."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def page(self, creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        """The first `limit` of the range."""
        bounds = _bounds(within)
        if bounds.first > bounds.last or limit < 1:
            return ()
        first, last = bucket_of(bounds.first), bucket_of(bounds.last)
        found: list[Creation] = []
        look, together = limit, 1  # mostly no bucket is empty: so many are enough
        while len(found) < limit:
            buckets = await self._buckets(creator, first, last, look)
            start = 0
            while start < len(buckets) and len(found) < limit:
                part = self._part(buckets[start:], limit - len(found), together)
                found += await self._first_of(creator, part, bounds, limit - len(found))
                start, together = start + len(part), together * _WIDER
            if len(buckets) < look:
                break
            first, look = buckets[-1][0] + 1, look * _WIDER
        return tuple(found)

    async def count(self, creator: AccountRef, within: ChildRange) -> int:
        """How many are in the range."""
        if within == ChildRange():
            return await self._total(creator)
        bounds = _bounds(within)
        return await self._summed(creator, bounds) if bounds.first <= bounds.last else 0

    async def with_children(self, creator: AccountRef, limit: int) -> tuple[tuple[Creation, int], ...]:
        """Those who made creations themselves: most first, then in operation order."""
        rows = await self._session.rows(_WITH_CHILDREN, creator.network, creator.address, TOLD_AT_MOST)
        counts: dict[Address, int] = {}

        async def count(row: Row) -> None:
            counts[row[0]] = await self._children_of_child(creator, row)

        await self._session.each(rows, count)
        most = sorted((child for child in counts if counts[child]), key=lambda child: (-counts[child], child))
        if len(most) > limit:  # those who have as many as the last one are sorted by operation, so all of them are read
            least = counts[most[limit - 1]]
            most = [child for child in most if counts[child] >= least]
        lives = await looked_up(self._session, CREATIONS_OF, creator.network, most)
        made = _latest_by(creator, (creation_of(creator.network, row) for row in lives))
        told = [(life, counts[child]) for child, life in made.items()]
        told.sort(key=lambda each: (-each[1], each[0].created_op, each[0].account))
        return tuple(told[:limit])

    async def _first_of(self, creator: AccountRef, part: list[int], bounds: _Bounds, wanted: int) -> list[Creation]:
        """The first of these buckets. Of what is left out as replaced, the room is filled from what follows it here."""
        key = (creator.network, creator.address, part)
        found: list[Creation] = []
        beyond = bounds.beyond
        while True:
            asked = wanted - len(found)
            rows = await self._session.rows(_PAGE, *key, *beyond, bounds.last, asked)
            children = [creation_of(creator.network, row, creator.address) for row in rows]
            children.sort(key=_order)
            found += await still_so(self._session, children[:asked])
            if len(children) < asked or len(found) == wanted:
                return found
            beyond = _order(children[asked - 1])

    def _part(self, buckets: Sequence[Row], wanted: int, together: int) -> list[int]:
        """Of these, those to read at once: by their latest counts they hold what is wanted, or some without a count."""
        part: list[int] = []
        expected = 0
        for bucket, _, counted, _ in buckets[: self._session.dialect.partitions_in]:
            if expected >= wanted or (counted is None and len(part) >= together):
                break
            part.append(bucket)
            expected += counted or 0
        return part

    async def _buckets(self, creator: AccountRef, first: int, last: int, at_most: int) -> list[Row]:
        return await self._session.rows(_BUCKETS, creator.network, creator.address, first, last, at_most)

    async def _total(self, creator: AccountRef) -> int:
        rows = await self._session.rows(_TOTAL, creator.network, creator.address)
        if not rows:
            return 0
        ((_, _, newest, total, total_for),) = rows
        kept = kept_count(newest, total, total_for)
        if kept is not None:
            return kept
        quiet = is_quiet(newest)
        count = await self._summed(creator, _bounds(ChildRange()))
        if quiet:
            await self._session.execute(_KEEP_TOTAL, count, newest, creator.network, creator.address)
        return count

    async def _summed(self, creator: AccountRef, bounds: _Bounds) -> int:
        buckets = await self._buckets(creator, bucket_of(bounds.first), bucket_of(bounds.last), _ALL)

        def kept(row: Row) -> int | None:
            return kept_count(*row[1:]) if bounds.hold(row[0]) else None

        return await summed(self._session, buckets, kept, lambda row: self._counted(creator, bounds, row))

    async def _counted(self, creator: AccountRef, bounds: _Bounds, row: Row) -> int:
        bucket, touched, *_ = row
        quiet = is_quiet(touched)
        key = (creator.network, creator.address, bucket)
        ((count,),) = await self._session.rows(_COUNT, *key, *bounds.beyond, bounds.last)
        if quiet and bounds.hold(bucket):
            await self._session.execute(_KEEP_COUNT, count, touched, *key)
        return int(count)

    async def _children_of_child(self, creator: AccountRef, row: Row) -> int:
        child, touched, counted, counted_for = row
        kept = kept_count(touched, counted, counted_for)
        if kept is not None:
            return kept
        quiet = is_quiet(touched)
        count = await self.count(AccountRef(creator.network, child), ChildRange())
        if quiet:
            key = (creator.network, creator.address, child)
            await self._session.execute(_KEEP_CHILDREN_OF_CHILD, count, touched, *key)
        return count


async def still_so(session: CassandraSession, children: Sequence[Creation]) -> Iterable[Creation]:
    """Without provisional ones whose exact one is known: two processes may have written the two at once."""
    heard = {one.account for one in children if not one.exact}
    if not heard:
        return children
    network = children[0].network
    lives = [creation_of(network, row) for row in await looked_up(session, CREATIONS_OF, network, heard)]
    return [one for one in children if one.exact or not any(life.replaces(one) for life in lives)]


def _order(child: Creation) -> tuple[int, str]:
    return child.created_op, child.account


def _bounds(within: ChildRange) -> _Bounds:
    beyond = (-1, "") if within.after is None else (within.after.created_op, str(within.after.child))
    if within.since is not None:
        beyond = max(beyond, (within.since, ""))  # no address is empty, so nothing of that operation is left out
    return _Bounds(beyond, GREATEST if within.up_to is None else within.up_to)


def _latest_by(creator: AccountRef, lives: Iterable[Creation]) -> dict[Address, Creation]:
    """The latest life of each account that this creator began."""
    latest: dict[Address, Creation] = {}
    for life in sorted(lives, key=lambda one: one.created_op):
        if life.creator == creator.address:
            latest[life.account] = life
    return latest
