"""Where a moment lies among the children of an account. They are kept in operation order, so their times only grow."""

from collections.abc import Callable
from datetime import datetime

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.toid import provisional_toid
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.context import Gateway

LOOKED_AT = 16  # of neighbours, for one whose time is known
_LEDGERS = 1 << 31


async def first_at(gateway: Gateway, account: AccountRef, moment: datetime) -> int:
    """The smallest operation id such that every child from it on was created at or after `moment`."""
    return await _first(gateway, account, lambda created_at: created_at >= moment)


async def first_after(gateway: Gateway, account: AccountRef, moment: datetime) -> int:
    """The smallest operation id such that every child from it on was created after `moment`."""
    return await _first(gateway, account, lambda created_at: created_at > moment)


async def _first(gateway: Gateway, account: AccountRef, reached: Callable[[datetime], bool]) -> int:
    """Halves the ledgers between; all operations of a ledger have one time."""
    low, high = 0, _LEDGERS - 1  # the answer lies in low … high
    while low < high:
        middle = (low + high) // 2
        seen = await _next_known(gateway, account, provisional_toid(middle))
        if seen is None or reached(seen[1]):
            high = middle
        else:
            low = min(seen[0] + 1, high)
    return provisional_toid(low)


async def _next_known(gateway: Gateway, account: AccountRef, since: int) -> tuple[int, datetime] | None:
    """Ledger and time of the first child from `since` on whose time is known; None when there is none near."""
    children = await gateway.stores.creations.children_of(account, ChildRange(since=since), LOOKED_AT)
    return next(((child.ledger, child.created_at) for child in children if child.created_at), None)
