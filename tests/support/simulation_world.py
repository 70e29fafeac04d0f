"""Small random networks with every trap: accounts created again, cycles of addresses, contracts, merges, cut histories."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source, genesis_creation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey, NetworkName
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.domain.toid import Toid, toid
from stellarmap_common.errors import SourceRejected
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.sources import SourcePage
from tests.support.simulation_points import Point, point

NETWORK = NetworkKey("sandbox-1-1000")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def address(name: str, kind: StrkeyKind = StrkeyKind.ACCOUNT) -> Address:
    return Address(encode_strkey(kind, sha256(name.encode()).digest()))


GENESIS = AccountRef(NETWORK, address("genesis"))
NAMES = tuple(address(f"account {number}") for number in range(12))
CONTRACTS = tuple(address(f"contract {number}", StrkeyKind.CONTRACT) for number in range(2))
STRANGER = address("never created")
NETWORKS = Networks(
    (
        Network(
            name=NetworkName.SANDBOX,
            key=NETWORK,
            passphrase="",
            genesis=GENESIS,
            horizon_url="http://horizon.example",
        ),
    )
)


class Injected(Exception):
    """A bug of ours, as far as the bus can tell."""


@dataclass(slots=True)
class World:
    """The truth of one small network, as its source tells it."""

    creations: list[Creation] = field(default_factory=list)  # in operation order, without genesis
    ends: list[AccountEnd] = field(default_factory=list)
    page: int = 2  # records in one page
    poison: dict[tuple[Address, Step], type[Exception]] = field(default_factory=dict)
    calls: Counter[tuple[Address, Step]] = field(default_factory=Counter)

    def lives_of(self, account: Address) -> tuple[Creation, ...]:
        if account == GENESIS.address:
            return (genesis_creation(GENESIS),)
        return tuple(made for made in self.creations if made.account == account)

    def ends_of(self, account: Address) -> tuple[AccountEnd, ...]:
        return tuple(end for end in self.ends if end.account == account)

    def children_of(self, creator: Address) -> tuple[Creation, ...]:
        return tuple(made for made in self.creations if made.creator == creator)

    def page_of(self, account: Address, after: int) -> list[Creation | AccountEnd]:
        """What its source has on an account: what it made, how it began and ended. One operation is never split."""
        made: list[Creation | AccountEnd] = [each for each in self.creations if account in {each.account, each.creator}]
        made += [each for each in self.ends if account in {each.account, each.merged_into}]
        places = sorted({_op(record) for record in made if _op(record) > after})[: self.page]
        return sorted((record for record in made if _op(record) in places), key=_op)

    def read_to(self, account: Address, pages: int) -> int:
        """The last operation of so many pages."""
        after = 0
        for _ in range(pages):
            page = self.page_of(account, after)
            after = _op(page[-1]) if page else after
        return after

    def chain_of(self, account: Address) -> tuple[Creation, ...]:
        """The lives from the present one to genesis, or to where nobody knows: by the plainest rule there is."""
        lives = self.lives_of(account)
        chain = list(lives[-1:])
        while chain and chain[-1].creator and chain[-1].creator.startswith("G"):
            child = chain[-1]
            made_by = [
                life for life in self.lives_of(Address(child.creator or "")) if life.created_op < child.created_op
            ]
            if not made_by or self._ended_between(made_by[-1], child):
                break
            chain.append(made_by[-1])
        return tuple(chain)

    def _ended_between(self, life: Creation, child: Creation) -> bool:
        return any(life.created_op < end.end_op < child.created_op for end in self.ends_of(life.account))

    def accounts(self) -> tuple[Address, ...]:
        """Everybody worth asking for, strangers too."""
        known = {made.account for made in self.creations}
        return (GENESIS.address, *sorted(known), STRANGER)


def random_world(random: Random) -> World:
    """A network of a few operations; the same random numbers make the same one."""
    world = World(page=random.randint(1, 3))
    names = NAMES[: random.randint(3, 8)]
    alive = {GENESIS.address}
    ledger, place = 2, 0
    hidden = random.random() < 0.3
    for _ in range(random.randint(3, 14)):
        ledger, place = (ledger, place + 1) if random.random() < 0.3 else (ledger + random.randint(1, 9), 1)
        at = toid(ledger, 1, place)
        missing = [name for name in names if name not in alive]
        if missing and (random.random() < 0.75 or len(alive) < 2):
            made = _creation(random, at, random.choice(missing), random.choice(sorted(alive)))
            alive.add(made.account)
            if hidden and random.random() < 0.3:  # older than the source's history: nobody tells of it
                continue
            world.creations.append(made)
            if made.creator in CONTRACTS or made.kind is CreationKind.CREATE_ACCOUNT or len(missing) < 3:
                continue
            beside = random.choice([name for name in missing if name != made.account])  # by the same call
            world.creations.append(replace(made, account=beside))
            alive.add(beside)
        elif len(alive) > 1:
            _merge(random, world, at, alive)
    return world


def _creation(random: Random, at: Toid, account: Address, creator: Address) -> Creation:
    by_contract = random.random() < 0.15
    return Creation(
        network=NETWORK,
        account=account,
        created_op=at,
        creator=random.choice(CONTRACTS) if by_contract and random.random() < 0.5 else creator,
        kind=CreationKind.CONTRACT_TRANSFER if by_contract else CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
        created_at=BEGAN + timedelta(days=at >> 32),
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
            ended_at=BEGAN + timedelta(days=at >> 32),
        )
    )


class WorldSource:
    """The network as a source of creations, in small pages."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def admit(self, account: AccountRef, step: Step, lane: Lane) -> None:
        assert lane in Lane
        await point(Point.ADMIT, f"{account.address[:5]} {step}")

    async def creations_of(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        assert lane in Lane
        await self._call(account.address, Step.CREATOR)
        lives, ends = self._world.lives_of(account.address), self._world.ends_of(account.address)
        after, upto = int(cursor or 0), int(cursor or 0) + self._world.page
        unknown = not lives and account.address != STRANGER
        return SourcePage(
            cursor=str(upto),
            complete=upto >= len(lives),
            creations=lives[after:upto],
            ends=ends if upto >= len(lives) else (),
            creator_unknown_reason="older than the history" if unknown and upto >= len(lives) else None,
            not_found=account.address == STRANGER and not lives,
        )

    async def children_page(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        assert lane in Lane
        await self._call(account.address, Step.CHILDREN)
        page = self._world.page_of(account.address, int(cursor or 0))
        last = _op(page[-1]) if page else 0
        return SourcePage(
            cursor=str(last) if page else cursor,
            complete=len({_op(record) for record in page}) < self._world.page,
            creations=tuple(
                record for record in page if isinstance(record, Creation) and record.creator == account.address
            ),
            ends=tuple(record for record in page if isinstance(record, AccountEnd)),
        )

    async def _call(self, account: Address, step: Step) -> None:
        self._world.calls[account, step] += 1
        await point(Point.SOURCE, f"{account[:5]} {step}")
        failure = self._world.poison.get((account, step))
        if failure is SourceRejected:
            raise SourceRejected("400: the source does not want to hear of this account")
        if failure:
            raise failure(f"{account} {step}")


def _op(record: Creation | AccountEnd) -> int:
    return record.created_op if isinstance(record, Creation) else record.end_op
