"""Who will create accounts: the skeleton of the network, small beside it, made before the first ledger."""

from dataclasses import dataclass
from random import Random
from typing import Final

from stellarmap_sandbox.generator import shape
from stellarmap_sandbox.spec import BASE_LEDGER, NetworkSpec

FIRST_LEDGER: Final = 3
LAST_BIRTH: Final = BASE_LEDGER * 9 // 10  # creators born later would have no time for their children
LARGE: Final = 20  # ranks below are hubs: they are born early, and never retire
ROOT: Final = -1  # the genesis account as a parent
LINK: Final = -1  # the rank of a link of a deep chain
_HUB_DEPTH: Final = 6
_ENOUGH_FOR_CHAINS: Final = 100_000  # accounts
_GAP: Final = 600  # ledgers between the births of founders, and of links of a deep chain


@dataclass(slots=True)
class Creator:
    """An account that will create others."""

    parent: int  # its place in the plan, or ROOT
    birth: int  # ledger
    depth: int
    quota: int = 0  # children that create none
    rank: int = LARGE  # 0 is the largest hub
    unborn: int = 0  # children that are creators and not yet made
    account: int = -1  # its number, once it is made


def plan_creators(spec: NetworkSpec, accounts: int, random: Random) -> list[Creator]:
    """The creators in order of birth: founders, then hubs and the others, and deep chains among them.

    They and the children they are to make are at most `accounts`.
    """
    creators = _founders()
    by_depth: dict[int, list[int]] = {creator.depth: [place] for place, creator in enumerate(creators)}
    chains = [_Chain(length, random) for length in _chain_lengths(spec.accounts)]
    count = max(40, spec.accounts * shape.CREATORS_PER_THOUSAND // 1_000) - len(creators)
    for birth in sorted(_birth(place, random) for place in range(count)):
        for chain in chains:
            chain.grow_until(birth, creators)
        depth = shape.creator_depth(random)
        parents = by_depth[depth - 1]
        parent = parents[int(random.random() * len(parents))]
        by_depth[depth].append(len(creators))
        creators.append(Creator(parent, max(birth, creators[parent].birth + 1), depth))
    for chain in chains:
        chain.grow_until(BASE_LEDGER, creators)
    _give_quotas(spec, accounts - len(creators), creators, random)
    for creator in creators:
        if creator.parent != ROOT:
            creators[creator.parent].unborn += 1
    return creators


def _founders() -> list[Creator]:
    return [
        Creator(parent=depth - 2 if depth > 1 else ROOT, birth=FIRST_LEDGER + (depth - 1) * _GAP, depth=depth)
        for depth in range(1, shape.FOUNDERS + 1)
    ]


def _birth(place: int, random: Random) -> int:
    start = FIRST_LEDGER + shape.FOUNDERS * _GAP
    span = LAST_BIRTH - start
    return start + int(span * (random.random() * 0.15 if place < LARGE else random.random()))


class _Chain:
    """A line of accounts that each create the next one, as deep as real ones are at the extreme."""

    def __init__(self, depth: int, random: Random) -> None:
        self._left = depth - shape.FOUNDERS
        self._parent = shape.FOUNDERS - 1
        self._next = int(LAST_BIRTH * (0.1 + 0.6 * random.random()))

    def grow_until(self, ledger: int, creators: list[Creator]) -> None:
        while self._left > 0 and self._next < ledger:
            creators.append(Creator(self._parent, self._next, creators[self._parent].depth + 1, rank=LINK))
            self._parent = len(creators) - 1
            self._left -= 1
            self._next += _GAP


def _chain_lengths(accounts: int) -> tuple[int, ...]:
    deepest = min(shape.DEEPEST, shape.FOUNDERS + accounts // 100)
    return (deepest,) if accounts < _ENOUGH_FOR_CHAINS else (deepest, 120, 60, 30)


def _give_quotas(spec: NetworkSpec, children: int, creators: list[Creator], random: Random) -> None:
    """Ranks by chance, but hubs among the early born, so that they have years for their bursts."""
    links = [creator for creator in creators if creator.rank == LINK]
    free = [creator for creator in creators[shape.FOUNDERS :] if creator.rank != LINK]
    hubs, others = free[:LARGE], [*creators[: shape.FOUNDERS], *free[LARGE:]]
    hubs.sort(key=lambda hub: abs(hub.depth - _HUB_DEPTH))  # where the largest are decides how deep most accounts are
    random.shuffle(others)
    for link in links:
        link.quota = 1
    largest = None if spec.hub_children is None else spec.hub_children - _creators_below(hubs[0], creators)
    ranked = [*hubs, *others]
    for rank, quota in enumerate(shape.quotas(len(ranked), children - len(links), largest)):
        ranked[rank].rank, ranked[rank].quota = rank, max(quota, 0)


def _creators_below(parent: Creator, creators: list[Creator]) -> int:
    place = creators.index(parent)
    return sum(1 for creator in creators if creator.parent == place)
