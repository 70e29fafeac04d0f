"""The rows of requests, all of one request in its partition. What changes together is one conditional write.

Every change of a row is conditional on the request's revision, and raises it. So a writer reads plainly, which costs a fifth
of a serial read: had it read anything that no longer holds, its write is refused, and it reads again.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from stellarmap_common.adapters.cassandra.request_columns import (
    Found,
    Head,
    Place,
    found_in,
    key_of_request,
    key_of_row,
    place_of,
    row_values,
)
from stellarmap_common.adapters.cassandra.request_statements import (
    ANNOUNCE,
    CLOSE,
    COUNT,
    FIND,
    GRANTED,
    PLACE,
    PLACES,
    ROW_OF,
    SPEND,
    TOLD,
)
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Write
from stellarmap_common.adapters.cassandra.turns import Turns
from stellarmap_common.domain.network import Address
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.request_store import RequestRef, RequestRow, RowState, Standing

GRANTED_TOGETHER = 100
TRIES = 50  # others may change the same request each time: of those who write at once, one is first
_AFTER_ALL = Address("~")  # sorts after every address


class CassandraGrantStore:
    """Rows in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._turns = Turns()

    async def standing(self, ref: RequestRef, account: Address) -> Standing | None:
        found = await self._found(ref, (account,), serial=True)
        unannounced: tuple[RequestRow, ...] = ()
        about = found.rows.get(account) if found else None
        if about and about.unannounced:
            found, unannounced = await self._with_unannounced(ref, account, about.told)
            about = found.rows.get(account) if found else None
        if found is None:
            return None
        return Standing(
            request=found.head.request,
            row=about.row if about else None,
            granted_to=about.granted_to if about else 0,
            unannounced=unannounced,
            open_rows=found.head.open_rows > 0,
        )

    async def grant(self, ref: RequestRef, parent: Address, children: Sequence[RequestRow]) -> int:
        if len(children) > GRANTED_TOGETHER:
            raise ValueError(f"{len(children)} children in one grant; at most {GRANTED_TOGETHER}")

        async def change() -> int | None:
            found = await self._found(ref, (parent, *(child.account for child in children)))
            granted = _grantable(found, parent, children) if found else []
            if found is None or not granted:
                return 0
            return len(granted) if await self._session.applied_batch(_granting(found, parent, granted)) else None

        return await self._changed(ref, change)

    async def mark_announced(self, ref: RequestRef, accounts: Sequence[Address]) -> None:
        for start in range(0, len(accounts), GRANTED_TOGETHER):
            together = accounts[start : start + GRANTED_TOGETHER]

            async def change(together: Sequence[Address] = together) -> int | None:
                found = await self._found(ref, together)
                marked = [kept.row for kept in found.rows.values() if not kept.row.announced] if found else []
                if found is None or not marked:
                    return 0
                parents = sorted({row.parent for row in marked if row.parent})
                moves = [await self._move_on(ref, parent, marked) for parent in parents]
                return 1 if await self._session.applied_batch(_announcing(found.head, marked, moves)) else None

            await self._changed(ref, change)

    async def close_row(self, ref: RequestRef, account: Address, state: RowState) -> None:
        async def change() -> int | None:
            found = await self._found(ref, (account,))
            about = found.rows.get(account) if found else None
            if found is None or about is None or about.row.state is not RowState.OPEN:
                return 0
            return 1 if await self._session.applied_batch(_closing(found.head, account, state)) else None

        await self._changed(ref, change)

    async def _changed(self, ref: RequestRef, change: Callable[[], Awaitable[int | None]]) -> int:
        """What `change` did, tried again while it answers None: another was first, so what it had read no longer holds."""
        async with self._turns.at(ref):
            for _ in range(TRIES):
                done = await change()
                if done is not None:
                    return done
        raise StoreUnavailable(
            f"Others changed the request {ref.request_id} {TRIES} times meanwhile. It is tried again."
        )

    async def _found(self, ref: RequestRef, accounts: Collection[Address], *, serial: bool = False) -> Found | None:
        """The request, and the rows of these accounts: read after it, where they are too many for one statement.

        So whoever writes on condition of the revision read here finds out if any of the rows is another by then.
        """
        keys = [key_of_request(), *(key_of_row(account) for account in dict.fromkeys(accounts))]
        together = self._session.dialect.rows_in
        rows: list[Row] = []
        for start in range(0, len(keys), together):
            rows += await self._session.rows(FIND, *_key(ref), keys[start : start + together], serial=serial)
        return found_in(ref, rows)

    async def _with_unannounced(
        self, ref: RequestRef, account: Address, told: Place
    ) -> tuple[Found | None, tuple[RequestRow, ...]]:
        """The account's row and its first children that nobody was told of, all in one serial read.

        Where children lie is read before, plainly: places never change, and those after `told` are nearly all of them such.
        """
        rows: list[RequestRow] = []
        while True:
            children = await self._places(ref, account, told, GRANTED_TOGETHER)
            found = await self._found(ref, (account, *(child for _, child in children)), serial=True)
            known = found.rows if found else {}
            rows += [known[child].row for _, child in children if child in known and not known[child].row.announced]
            if len(rows) >= GRANTED_TOGETHER or len(children) < GRANTED_TOGETHER:
                return found, tuple(rows[:GRANTED_TOGETHER])
            told = children[-1]

    async def _places(self, ref: RequestRef, parent: Address, after: Place, limit: int) -> list[Place]:
        rows = await self._session.rows(PLACES, *_key(ref), parent, *after, limit)
        return [(op, child) for op, child in rows]

    async def _move_on(self, ref: RequestRef, parent: Address, marked: Sequence[RequestRow]) -> "_Moved":
        """The parent after these are announced: told up to the first of its children that is not."""
        found = await self._found(ref, (parent,))
        kept = found.rows.get(parent) if found else None
        if kept is None:
            raise StoreUnavailable(f"The row of {parent} in request {ref.request_id} is not to be read now.")
        left = {place_of(row) for row in marked if row.parent == parent}
        unannounced, told = kept.unannounced - len(left), kept.told
        announced_before: set[Address] | None = None
        for place in await self._places(ref, parent, kept.told, 2 * GRANTED_TOGETHER):
            if not left:
                break
            if place not in left:  # so they are not announced in order
                if announced_before is None:
                    announced_before = await self._announced_after(ref, parent, kept.told)
                if place[1] not in announced_before:
                    break
            left.discard(place)
            told = place
        return _Moved(parent, unannounced, told)

    async def _announced_after(self, ref: RequestRef, parent: Address, told: Place) -> set[Address]:
        places = await self._places(ref, parent, told, 2 * GRANTED_TOGETHER)
        found = await self._found(ref, [child for _, child in places])
        return {account for account, kept in found.rows.items() if kept.row.announced} if found else set()


@dataclass(frozen=True, slots=True)
class _Moved:
    parent: Address
    unannounced: int
    told: Place


def _grantable(found: Found, parent: Address, children: Sequence[RequestRow]) -> list[RequestRow]:
    """Those of the children that get a row, in order, each account once."""
    request, about = found.head.request, found.rows.get(parent)
    if about is None or about.row.state is not RowState.OPEN or request.cancelled or request.completed:
        return []
    new: dict[Address, RequestRow] = {}
    for child in children:
        if child.account not in found.rows:
            new.setdefault(child.account, child)
    return list(new.values())[: max(request.budget - request.used, 0)]


def _granting(found: Found, parent: Address, granted: Sequence[RequestRow]) -> list[Write]:
    head, about = found.head, found.rows[parent]
    key = _key(head.request.ref)
    places = [place_of(row) for row in granted]
    told = min(about.told, (min(places)[0] - 1, _AFTER_ALL)) if min(places) <= about.told else about.told
    unannounced = about.unannounced + sum(not row.announced for row in granted)
    opened = head.open_rows + sum(row.state is RowState.OPEN for row in granted)
    used = head.request.used + len(granted)
    return [
        (SPEND, (used, opened, head.revision + 1, *key, head.revision)),
        (GRANTED, (max(about.granted_to, max(places)[0]), unannounced, *told, *key, parent)),
        *((ROW_OF, (*row_values(row, parent), *key, row.account)) for row in granted),
        *((PLACE, (*key, parent, *place)) for place in places),
    ]


def _announcing(head: Head, marked: Sequence[RequestRow], moves: Sequence[_Moved]) -> list[Write]:
    key = _key(head.request.ref)
    return [
        (COUNT, (head.open_rows, head.revision + 1, *key, head.revision)),
        *((TOLD, (move.unannounced, *move.told, *key, move.parent)) for move in moves),
        *((ANNOUNCE, (*key, row.account)) for row in marked),
    ]


def _closing(head: Head, account: Address, state: RowState) -> list[Write]:
    key = _key(head.request.ref)
    return [
        (COUNT, (head.open_rows - 1, head.revision + 1, *key, head.revision)),
        (CLOSE, (state.value, *key, account)),
    ]


def _key(ref: RequestRef) -> tuple[str, str]:
    return ref.network, ref.request_id
