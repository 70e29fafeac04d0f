"""The lives of an account, and of what it created: read from the store, with the merges that ended them."""

from collections.abc import Iterable, Sequence

from stellarmap_common.domain.creation import (
    Creation,
    CreationKind,
    Incarnation,
    creator_incarnation,
    genesis_creation,
    incarnations,
)
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.strkey import is_contract
from stellarmap_common.ports.known_store import Known
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.common import Life
from stellarmap_gateway.views.counts import Counted
from stellarmap_gateway.views.known import not_mapped, refuse_not_found
from stellarmap_gateway.views.life import life_view


async def lives_of(gateway: Gateway, account: AccountRef) -> tuple[Incarnation, ...]:
    """Every known life of the account: those without a ledger first, then in operation order."""
    return lives_known(gateway, account, await gateway.stores.known.known_of(account))


def lives_known(gateway: Gateway, account: AccountRef, known: Known) -> tuple[Incarnation, ...]:
    """The same, of an account that has been read."""
    if is_genesis(gateway, account):
        return (Incarnation(genesis_creation(account)),)
    return (*(Incarnation(each.as_hop()) for each in known.unplaced), *incarnations(known.creations, known.ends))


def known_lives(gateway: Gateway, account: AccountRef, known: Known, children: Counted) -> tuple[Incarnation, ...]:
    """The same, of an account that a view is about. Raises: Missing, when nothing is known of it, or it does not exist."""
    lives = lives_known(gateway, account, known)
    refuse_not_found(gateway, account, known.state)
    if known.state is None and not children.total and not lives:
        raise not_mapped(gateway, account)
    return lives


async def lives_view(gateway: Gateway, lives: Sequence[Incarnation], hops: Sequence[Incarnation]) -> list[Life]:
    """Lives of one account with the lives of their creators; `hops` is the chain of the present one."""
    known = {hops[0].creation: hops[1] if len(hops) > 1 else None} if hops else {}
    makers = [
        known[life.creation] if life.creation in known else await _creator_life(gateway, life.creation)
        for life in lives
    ]
    return [life_view(life, maker) for life, maker in zip(lives, makers, strict=True)]


async def children_view(
    gateway: Gateway, creator: AccountRef, creations: Sequence[Creation], *, lives: Sequence[Incarnation]
) -> list[Life]:
    """What a creator made: each with its end, if it was merged away, and with the one of the creator's `lives` that made it."""
    return begun_view(await gateway.stores.creations.lives_of_children(creator, creations), lives=lives)


def begun_view(begun: Iterable[Incarnation], *, lives: Sequence[Incarnation]) -> list[Life]:
    """The same, of lives that were read with their ends."""
    return [life_view(life, creator_incarnation(life.creation, lives)) for life in begun]


def is_genesis(gateway: Gateway, account: AccountRef) -> bool:
    """True for the root of its network."""
    network = gateway.resources.networks.of(account.network)
    return network is not None and network.genesis == account


async def _creator_life(gateway: Gateway, creation: Creation) -> Incarnation | None:
    creator = creation.creator
    if creator is None or creation.kind is CreationKind.GENESIS or is_contract(creator):
        return None
    return creator_incarnation(creation, await lives_of(gateway, AccountRef(creation.network, creator)))
