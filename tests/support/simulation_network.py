"""Small random networks with every trap: accounts created again, cycles of addresses, contracts, merges, cut histories."""

from dataclasses import replace
from random import Random

from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.toid import Toid, toid
from tests.support.simulation_kinds import Kind
from tests.support.simulation_world import CONTRACTS, GENESIS, NAMES, NETWORK, STRANGER, Told, World, closed_at


def random_world(random: Random, kind: Kind) -> World:
    """A network of a few operations; the same random numbers make the same one."""
    world = World(page=random.randint(1, 3))
    names = list(NAMES[: random.randint(3, 8)])
    if kind.grows:
        names.append(STRANGER)  # perhaps not for ever
    alive = {GENESIS.address}
    ledger, place = 2, 0
    # Of two creations in one ledger nobody can say which came first unless both are exact.
    shared = 0.0 if kind.vague else 0.3
    hidden = random.random() < 0.3
    for _ in range(random.randint(3, 14)):
        ledger, place = (ledger, place + 1) if random.random() < shared else (ledger + random.randint(1, 9), 1)
        at = toid(ledger, 1, place)
        missing = [name for name in names if name not in alive]
        if missing and (random.random() < 0.75 or len(alive) < 2):
            made = _creation(random, at, random.choice(missing), random.choice(sorted(alive)))
            alive.add(made.account)
            if hidden and random.random() < 0.3:  # older than the source's history: nobody tells of it
                world.elder.add(made.account)
                continue
            world.creations.append(made)
            if made.creator in CONTRACTS or made.kind is CreationKind.CREATE_ACCOUNT or len(missing) < 3:
                continue
            beside = random.choice([name for name in missing if name != made.account])  # by the same call
            world.creations.append(replace(made, account=beside))
            alive.add(beside)
        elif len(alive) > 1:
            _merge(random, world, at, alive)
    _make_it_new(random, world, kind)
    return world


def _make_it_new(random: Random, world: World, kind: Kind) -> None:
    """Some of it has not happened yet; some of it is not known well."""
    operations = world.operations()
    if kind.grows and operations:
        world.grown_to = random.choice(operations)
    if not kind.vague:
        return
    for account in sorted({made.account for made in world.creations}):
        if random.random() < 0.5:
            only_ever = len(world.lives_of(account)) == 1 and account not in world.elder
            world.lives_told[account] = random.choice(list(Told)) if only_ever else Told.BY_LEDGER
        if random.random() < 0.3:
            world.children_told.add(account)


def _creation(random: Random, at: Toid, account: Address, creator: Address) -> Creation:
    by_contract = random.random() < 0.15
    return Creation(
        network=NETWORK,
        account=account,
        created_op=at,
        creator=random.choice(CONTRACTS) if by_contract and random.random() < 0.5 else creator,
        kind=CreationKind.CONTRACT_TRANSFER if by_contract else CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
        created_at=closed_at(at),
        starting_balance_stroops=random.randint(0, 9),
    )


def _merge(random: Random, world: World, at: Toid, alive: set[Address]) -> None:
    gone = random.choice(sorted(alive - {GENESIS.address}))
    alive.remove(gone)
    world.ends.append(
        AccountEnd(
            network=NETWORK,
            account=gone,
            end_op=at,
            merged_into=random.choice(sorted(alive)),
            source=Source.HORIZON,
            ended_at=closed_at(at),
        )
    )
