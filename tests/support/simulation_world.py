"""The truth of a small network, how much of it there is yet, and how its source tells it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from hashlib import sha256

from stellarmap_common.domain.creation import (
    AccountEnd,
    Creation,
    CreationKind,
    Source,
    UnplacedCreation,
    genesis_creation,
)
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey, NetworkName
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.domain.toid import is_provisional, ledger_of, provisional_toid
from stellarmap_common.ports.networks import Network, Networks

NETWORK = NetworkKey("sandbox-1-1000")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
END_OF_TIME = 1 << 62


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


class Told(Enum):
    """How well the source knows an account's creation."""

    BY_LEDGER = auto()  # its ledger, not its operation
    BY_CREATOR = auto()  # the creator of its latest life, and when; nothing of its earlier ones


@dataclass(slots=True)
class World:
    """One small network."""

    creations: list[Creation] = field(default_factory=list)  # in operation order, without genesis
    ends: list[AccountEnd] = field(default_factory=list)
    elder: set[Address] = field(default_factory=set)  # accounts with a life that is older than the source's history
    page: int = 2  # records in one page
    grown_to: int = END_OF_TIME  # what comes after this operation has not happened yet
    lives_told: dict[Address, Told] = field(default_factory=dict)  # by creator steps; else exactly
    children_told: set[Address] = field(default_factory=set)  # creators whose pages tell no more than ledgers
    poison: dict[tuple[Address, Step], type[Exception]] = field(default_factory=dict)
    calls: Counter[tuple[Address, Step]] = field(default_factory=Counter)

    def lives_of(self, account: Address, upto: int = END_OF_TIME) -> tuple[Creation, ...]:
        if account == GENESIS.address:
            return (genesis_creation(GENESIS),)
        return tuple(made for made in self.creations if made.account == account and made.created_op <= upto)

    def ends_of(self, account: Address, upto: int = END_OF_TIME) -> tuple[AccountEnd, ...]:
        return tuple(end for end in self.ends if end.account == account and end.end_op <= upto)

    def children_of(self, creator: Address, upto: int = END_OF_TIME) -> tuple[Creation, ...]:
        return tuple(made for made in self.creations if made.creator == creator and made.created_op <= upto)

    def operations(self) -> list[int]:
        """Everything that ever happens, in order."""
        return sorted({made.created_op for made in self.creations} | {end.end_op for end in self.ends})

    def grow(self) -> bool:
        """One more operation happens. False when there is none left."""
        to_come = [op for op in self.operations() if op > self.grown_to]
        self.grown_to = to_come[0] if to_come else END_OF_TIME
        return bool(to_come)

    def page_of(self, account: Address, after: int) -> list[Creation | AccountEnd]:
        """What its source has on an account: what it made, how it began and ended. One operation is never split."""
        made: list[Creation | AccountEnd] = [each for each in self.creations if account in {each.account, each.creator}]
        made += [each for each in self.ends if account in {each.account, each.merged_into}]
        places = sorted({op_of(record) for record in made if after < op_of(record) <= self.grown_to})[: self.page]
        return sorted((record for record in made if op_of(record) in places), key=op_of)

    def read_to(self, account: Address, pages: int) -> int:
        """The last operation of so many pages."""
        after = 0
        for _ in range(pages):
            page = self.page_of(account, after)
            after = op_of(page[-1]) if page else after
        return after

    def chain_of(self, account: Address) -> tuple[Creation, ...]:
        """The lives from the present one to genesis, or to where nobody knows."""
        return chain_by(self.lives_of, self.ends_of, account)

    def accounts(self) -> tuple[Address, ...]:
        """Everybody worth asking for, strangers too."""
        known = {made.account for made in self.creations} | self.elder
        return (GENESIS.address, *sorted({*known, STRANGER} - {GENESIS.address}))


def chain_by(
    lives_of: Callable[[Address], tuple[Creation, ...]],
    ends_of: Callable[[Address], tuple[AccountEnd, ...]],
    account: Address,
) -> tuple[Creation, ...]:
    """The chain that follows from these lives and ends, by the plainest rule there is. Nothing shares a ledger unless exact."""
    chain = list(lives_of(account)[-1:])
    while chain and chain[-1].creator and chain[-1].creator.startswith("G"):
        child = chain[-1]
        life = life_that_made(child, lives_of(Address(child.creator or "")), ends_of(Address(child.creator or "")))
        if life is None:
            break
        chain.append(life)
    return tuple(chain)


def life_that_made(child: Creation, lives: tuple[Creation, ...], ends: tuple[AccountEnd, ...]) -> Creation | None:
    """The latest life before it, unless that had ended by then."""
    earlier = [life for life in lives if life.created_op < child.created_op]
    if not earlier or any(earlier[-1].created_op < end.end_op < child.created_op for end in ends):
        return None
    return earlier[-1]


def told_by_ledger(made: Creation) -> Creation:
    """The creation, as one tells it who knows its ledger and not its operation."""
    return replace(
        made, created_op=provisional_toid(made.ledger), source=Source.BIGQUERY, starting_balance_stroops=None
    )


def told_by_creator(made: Creation) -> UnplacedCreation:
    """The creation, as one tells it who knows its creator and its time."""
    return UnplacedCreation(
        network=made.network,
        account=made.account,
        creator=Address(made.creator or ""),
        source=Source.EXPERT,
        created_at=made.created_at,
    )


def place_of(made: Creation) -> tuple[Address, Address | None, int]:
    """What an exact and a provisional creation have in common."""
    return made.account, made.creator, made.ledger


def is_within(made: Creation, upto: int) -> bool:
    """True for a creation up to that operation, or in its ledger if only that is known of either."""
    if is_provisional(upto) or not made.exact:
        return made.ledger <= ledger_of(upto)
    return made.created_op <= upto


def closed_at(operation: int) -> datetime:
    """When the ledger of an operation closed."""
    return BEGAN + timedelta(days=ledger_of(operation))


def is_vague(made: Creation) -> bool:
    """True while its operation is not known."""
    return not made.exact and made.kind is not CreationKind.GENESIS


def op_of(record: Creation | AccountEnd) -> int:
    """When it happened."""
    return record.created_op if isinstance(record, Creation) else record.end_op
