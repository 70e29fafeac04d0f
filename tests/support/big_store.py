"""A store with 1,000,000 creations and more, and what is true of it: made from a seed, number by number, never held as a whole.

A forest of ten years, with few creators and deep chains; in it a hub, to which six of ten children came within one week and
the others in all ten years, and an account whose 1,000 children lie ten years apart.
"""

import asyncio
import random
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from time import perf_counter
from typing import TypeVar

from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.domain.creation import Creation, CreationKind, Source
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey, sandbox_key, sandbox_passphrase
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.domain.toid import Toid, toid
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores

T = TypeVar("T")

SEED = 4
LEDGERS_A_DAY = 17_280
SPAN = 3_650 * LEDGERS_A_DAY
WEEK = 7 * LEDGERS_A_DAY
IN_THE_WEEK = 0.6
SPREAD = 1_000
GENESIS = 0
EARLY = 0.01  # part of the forest that is older than hub and spreader
CREATORS = 0.03
FEW_OLD = 0.3  # of the forest is made by a few old creators, the rest by any
RECORDED_TOGETHER = 20_000
ASKED_TOGETHER = 32
SECONDS_A_LEDGER = 5
FIRST_CLOSE = datetime(2015, 9, 30, tzinfo=UTC)
MAPPED_AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True)
class BigNetwork:
    """Who made whom. Accounts are numbered in the order of their creations; 0 is genesis."""

    hub_children: int
    creators: "array[int]" = field(default_factory=lambda: array("i", [GENESIS]))
    operations: "array[int]" = field(default_factory=lambda: array("q", [0]))
    children: "dict[int, array[int]]" = field(default_factory=lambda: defaultdict(lambda: array("i")))
    hub: int = 0
    spreader: int = 0

    def __post_init__(self) -> None:
        numbers: dict[int, int] = {}  # of the places in the forest
        in_ledger: Counter[int] = Counter()
        for ledger, place, creator_place in sorted(self._plan()):
            creator = numbers[creator_place] if creator_place >= 0 else GENESIS
            number = len(self.creators)
            if place >= 0:
                numbers[place] = number
            in_ledger[ledger] += 1
            self.creators.append(creator)
            self.operations.append(toid(ledger, in_ledger[ledger], 1))
            self.children[creator].append(number)
        hub = round(len(numbers) * EARLY)
        self.hub, self.spreader = numbers[hub], numbers[hub + 1]

    def __len__(self) -> int:
        """How many creations there are."""
        return len(self.creators) - 1

    @property
    def accounts(self) -> int:
        """As the settings of the network say it."""
        return max(self.hub_children, 1_000)

    @property
    def key(self) -> NetworkKey:
        return sandbox_key(SEED, self.accounts)

    def address(self, number: int) -> Address:
        if number == GENESIS:
            return genesis_of(sandbox_passphrase(self.key))
        return Address(encode_strkey(StrkeyKind.ACCOUNT, sha256(f"{number}".encode()).digest()))

    def ref(self, number: int) -> AccountRef:
        return AccountRef(self.key, self.address(number))

    def creation(self, number: int) -> Creation:
        operation = Toid(self.operations[number])
        creator = self.address(self.creators[number])
        return Creation(
            network=self.key,
            account=self.address(number),
            created_op=operation,
            creator=creator,
            kind=CreationKind.CREATE_ACCOUNT,
            source=Source.HORIZON,
            created_at=FIRST_CLOSE + timedelta(seconds=SECONDS_A_LEDGER * (operation >> 32)),
            transaction_hash=sha256(f"{operation}".encode()).hexdigest(),
            transaction_source=creator,
            starting_balance_stroops=number * 10_000_000,
        )

    def creations(self) -> Iterator[Creation]:
        """Every one, in operation order."""
        return map(self.creation, range(1, len(self.creators)))

    def chain(self, number: int) -> list[int]:
        """Those before the account, up to genesis."""
        found = []
        while number != GENESIS:
            number = self.creators[number]
            found.append(number)
        return found

    def child_page(self, creator: int, after_operation: int, limit: int) -> list[Address]:
        """The first children after that operation."""
        children = self.children[creator]
        first = bisect_left(children, after_operation + 1, key=self.operations.__getitem__)
        return [self.address(number) for number in children[first : first + limit]]

    def _plan(self) -> Iterator[tuple[int, int, int]]:
        """Ledger, place in the forest (-1: none), place of the creator (-1: genesis)."""
        chance = random.Random(SEED)
        forest = max(self.hub_children // 5, 1_000)
        hub = round(forest * EARLY)
        creators = [-1]
        for place in range(forest):
            old = min(int(chance.paretovariate(0.7)) - 1, len(creators) - 1)
            yield (
                2 + place * (SPAN // forest),
                place,
                creators[old] if chance.random() < FEW_OLD else chance.choice(creators),
            )
            if chance.random() < CREATORS and place not in {hub, hub + 1}:
                creators.append(place)
        begin = 2 + (hub + 2) * (SPAN // forest)
        for number in range(SPREAD):
            yield begin + number * ((SPAN - begin) // SPREAD), -1, hub + 1
        for _ in range(self.hub_children):
            week = chance.random() < IN_THE_WEEK
            yield SPAN // 2 + chance.randrange(WEEK) if week else chance.randrange(begin, SPAN), -1, hub


async def fill(stores: Stores, network: BigNetwork) -> float:
    """Afterwards all creations are stored; how many a second that were."""
    took_s, left = 0.0, network.creations()
    while part := list(islice(left, RECORDED_TOGETHER)):
        began = perf_counter()
        await stores.creations.record(part)
        took_s += perf_counter() - began
    return len(network) / took_s


async def map_accounts(stores: Stores, network: BigNetwork, asked: Iterable[int]) -> None:
    """Afterwards these accounts are as if each had been asked for, and read to the end, their ancestors too."""
    wanted = set(asked)
    on_chains = {each for number in wanted for each in network.chain(number)} - {GENESIS}
    await many(wanted | on_chains, lambda number: _creator_read(stores, network, number))
    await many(wanted, lambda number: _children_read(stores, network, number))


async def many(items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Afterwards `work` is done on each of the items, a few dozen at once."""
    left = iter(items)

    async def worker() -> None:
        for item in left:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(ASKED_TOGETHER):
            group.create_task(worker())


async def _creator_read(stores: Stores, network: BigNetwork, number: int) -> None:
    ref = network.ref(number)
    run = Run(
        ref=RunRef(ref, Step.CREATOR),
        revision=1,
        state=RunState.FINISHED,
        progress=Progress(cursor="1", pages=1, complete=True, total=1),
        takes=1,
    )
    await stores.runs.swap(run, None)


async def _children_read(stores: Stores, network: BigNetwork, number: int) -> None:
    ref, children = network.ref(number), network.children.get(number, array("i"))
    run = Run(
        ref=RunRef(ref, Step.CHILDREN),
        revision=1,
        state=RunState.FINISHED,
        progress=Progress(
            cursor="1",
            pages=1 + len(children) // 200,
            complete=True,
            total=len(children),
            last_op=network.operations[children[-1]] if children else 0,
            months=_months(network, children),
        ),
        takes=1,
    )
    await stores.runs.swap(run, None)
    await stores.accounts.put_state(
        AccountState(
            ref=ref,
            version=1,
            status=AccountStatus.COMPLETE,
            request_id="r",
            requested=True,
            requested_at=MAPPED_AT,
            completed_at=MAPPED_AT,
        )
    )


def _months(network: BigNetwork, children: Sequence[int]) -> tuple[tuple[str, int], ...]:
    days = Counter(network.operations[child] // (LEDGERS_A_DAY << 32) for child in children)
    months: Counter[str] = Counter()
    for day, count in days.items():
        months[f"{FIRST_CLOSE + timedelta(days=day):%Y-%m}"] += count
    return tuple(sorted(months.items()))
