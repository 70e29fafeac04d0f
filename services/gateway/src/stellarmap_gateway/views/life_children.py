"""What an account created in one of its lives, counted exactly: of two lives in one ledger, each child is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation, Incarnation, creator_incarnation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.toid import last_toid, ledger_of, provisional_toid
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.context import Gateway

AT_AN_EDGE = 100_000  # more than an account can create in a ledger


@dataclass(frozen=True, slots=True)
class LifeOf:
    """One life of an account among all that are known of it; without any, whatever it created is of this one."""

    account: AccountRef
    life: Incarnation | None
    lives: Sequence[Incarnation]

    def made(self, child: Creation) -> bool:
        """True if the child was created in this life."""
        if self.life is None:
            return True
        maker = creator_incarnation(child, self.lives)
        return maker is not None and (maker == self.life or not (maker.creation.placed or self.life.creation.placed))

    @property
    def ledgers(self) -> tuple[int, int | None]:
        """The first and the last of this life; both may be another life's, too."""
        if self.life is None:
            return 0, None
        began = self.life.creation
        later = [life.creation.ledger for life in self.lives if life.creation.created_op > began.created_op]
        ends = [*later[:1], *([ledger_of(self.life.end.end_op)] if self.life.end else [])]
        return began.ledger, min(ends, default=None)


async def count_made(gateway: Gateway, whose: LifeOf) -> int:
    """How many children are known of that life."""
    store = gateway.stores.creations
    if whose.life is None:
        return await store.count_children(whose.account, ChildRange())
    first, last = whose.ledgers
    within = ChildRange(since=last_toid(first) + 1, up_to=provisional_toid(last) - 1 if last is not None else None)
    inside = await store.count_children(whose.account, within) if last is None or first + 1 < last else 0
    edges = [await _in_ledger(gateway, whose.account, ledger) for ledger in {first, last} if ledger is not None]
    return inside + sum(whose.made(child) for children in edges for child in children)


async def first_made(gateway: Gateway, whose: LifeOf, limit: int) -> list[Creation]:
    """The first of them, in operation order."""
    first, last = whose.ledgers
    up_to = last_toid(last) if last is not None else None
    others = [child for child in await _in_ledger(gateway, whose.account, first) if not whose.made(child)]
    found = await gateway.stores.creations.children_of(
        whose.account, ChildRange(since=provisional_toid(first), up_to=up_to), limit + len(others)
    )
    return [child for child in found if whose.made(child)][:limit]


async def _in_ledger(gateway: Gateway, account: AccountRef, ledger: int) -> tuple[Creation, ...]:
    within = ChildRange(since=provisional_toid(ledger), up_to=last_toid(ledger))
    return await gateway.stores.creations.children_of(account, within, AT_AN_EDGE)
