"""The base history: the lives of all creators, the scenes and everyday events, ledger by ledger."""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from math import isqrt
from random import Random
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator import everyday, shape
from stellarmap_sandbox.generator.plan import FIRST_LEDGER, LINK, ROOT, Creator, plan_creators
from stellarmap_sandbox.generator.scenes import ACCOUNTS_OF_ALL_SCENES, SCENES, times_played
from stellarmap_sandbox.generator.stage import MOST_HUBS, Cast, Stage
from stellarmap_sandbox.generator.story import CREATOR, Story
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.spec import BASE_LEDGER, NetworkSpec

_RESERVE_DEPTH: Final = 2
_ENDOWMENT: Final = 2 * 10**10 * XLM
_MOST_IN_A_LEDGER: Final = 1_000  # creations, as on the public network
_MOST_BURSTS: Final = 400
_LAST_BURST: Final = BASE_LEDGER - 200_000
_SCENES_FROM: Final = 0.3  # of history: by then there are hubs
_SCENES_UNTIL: Final = 0.9
_RETIRING: Final = 0.1
_MOST_EVENTS: Final = 4_000  # everyday events between two steps of the agenda
_EXAMPLE_DEPTH: Final = 8
_EXAMPLE_CHILDREN: Final = range(3, 21)

Told = Callable[[int], None]


class History:
    """Writes the base history of a network, in order, from an agenda of what comes next."""

    def __init__(self, spec: NetworkSpec, story: Story, told: Told) -> None:
        self.cast = Cast()
        self._spec = spec
        self._story = story
        self._told = told
        self._random = Random(spec.name)  # noqa: S311 - the seed must give the same network again
        self._stage = Stage(story, self._random, self.cast)
        self._agenda: list[tuple[int, int, Iterator[int]]] = []
        self._entries = 0
        self._due = 0.0  # everyday events that go with the creations so far
        self._hub_ranks: dict[int, int] = {}
        played = times_played(spec.accounts)
        self._creators = plan_creators(spec, spec.accounts - played * (ACCOUNTS_OF_ALL_SCENES + 1), self._random)
        self._example = _small_family(self._creators)
        self._deepest = max(self._creators, key=lambda creator: creator.depth)
        self._plan_scenes(played)

    def write(self) -> None:
        """All of it is told, up to the base ledger; exactly `accounts` accounts were created."""
        self._enter(FIRST_LEDGER, self._births())
        while self._agenda:
            ledger, _, steps = heappop(self._agenda)
            self._everyday_until(ledger)
            self._story.begin(ledger)
            gap = next(steps, None)
            if gap is not None:
                self._enter(self._story.ledger + gap, steps)
        self._create(self.cast.hubs[0], self._spec.accounts + 1 - len(self._story.accounts))
        self._everyday_until(BASE_LEDGER - 1, most=int(self._due))

    def _enter(self, ledger: int, steps: Iterator[int]) -> None:
        self._entries += 1  # so that equal ledgers are taken in the order of entry
        heappush(self._agenda, (ledger, self._entries, steps))

    def _plan_scenes(self, played: int) -> None:
        for place in range(played):
            self._enter(int(BASE_LEDGER * _SCENES_FROM * (place + 1) / (played + 1)), self._sponsor())
        for scene, _ in SCENES:
            for _ in range(played):
                at = _SCENES_FROM + (_SCENES_UNTIL - _SCENES_FROM) * self._random.random()
                self._enter(int(BASE_LEDGER * at), scene(self._stage))

    def _sponsor(self) -> Iterator[int]:
        self.cast.sponsors.append(self._stage.actor())
        yield from ()

    def _births(self) -> Iterator[int]:
        for creator in self._creators:
            yield max(0, creator.birth - self._story.ledger)
            self._be_born(creator)
            self._enter(self._story.ledger + 1, self._life(creator))

    def _be_born(self, creator: Creator) -> None:
        parent = None if creator.parent == ROOT else self._creators[creator.parent]
        funder = parent.account if parent else GENESIS
        amount = (5 + self._stage.below(95)) * XLM
        self._stage.fund(funder, amount, ahead=amount)
        self._story.transaction()
        creator.account = self._story.create(funder, amount, self._story.open_account(CREATOR))
        self._due += everyday.PER_CREATION
        if parent:
            parent.unborn -= 1
        if creator.depth == _RESERVE_DEPTH and self.cast.reserve == GENESIS:
            self._story.pay(GENESIS, creator.account, _ENDOWMENT)
            self.cast.reserve = creator.account
        self._give_part(creator)

    def _give_part(self, creator: Creator) -> None:
        account, examples = creator.account, self.cast.examples
        if creator is self._example:
            examples["small"] = account
        elif creator.rank == 0:
            examples["hub"] = account
        elif creator is self._deepest:
            examples["deep"] = account
        chosen = creator.rank == 0 and self._spec.hub_children is not None  # nothing may add to its children
        if 0 <= creator.rank < MOST_HUBS and not chosen:
            self._hub_ranks[account] = creator.rank
            self.cast.hubs.append(account)
            self.cast.hubs.sort(key=self._hub_ranks.__getitem__)

    def _life(self, creator: Creator) -> Iterator[int]:
        """Bursts of creations, years apart or one ledger after another; a few creators merge in the end."""
        left = creator.quota
        for bursts in range(min(max(1, isqrt(left)), _MOST_BURSTS), 0, -1):
            yield int((_LAST_BURST - self._story.ledger) * self._random.random() * 2 / (bursts + 1))
            size = left if bursts == 1 else min(left, int(left / bursts * (0.3 + 1.4 * self._random.random())))
            left -= size
            while size:
                part = min(size, _MOST_IN_A_LEDGER)
                self._create(creator.account, part)
                size -= part
                if size:
                    yield 1
        if self._may_retire(creator):
            yield self._stage.below(max(1, _LAST_BURST - self._story.ledger))
            self._story.transaction()
            self._story.merge(creator.account, self._stage.hub())
            self._stage.remember(creator.account)

    def _may_retire(self, creator: Creator) -> bool:
        if creator.unborn or creator.rank in range(LINK, MOST_HUBS) or creator is self._example:
            return False
        return creator.account != self.cast.reserve and self._random.random() < _RETIRING

    def _create(self, creator: int, count: int) -> None:
        by_calls = self._story.ledger > BASE_LEDGER * shape.CONTRACT_CALLS_SINCE
        self._stage.create_children(creator, count, by_calls=by_calls)
        self._due += count * everyday.PER_CREATION
        self._told(len(self._story.accounts) - 1)

    def _everyday_until(self, ledger: int, most: int = _MOST_EVENTS) -> None:
        """What is due has happened, spread over the ledgers before that one."""
        start = self._story.ledger
        count = min(int(self._due), (ledger - start) * 2, most)
        self._due -= max(count, 0)
        for place in range(count):
            self._story.begin(start + (ledger - start) * place // count)
            everyday.happens(self._stage)


def _small_family(creators: list[Creator]) -> Creator:
    """An account eight hops from genesis with a few children: a good first look."""
    fitting = (c for c in creators if c.depth == _EXAMPLE_DEPTH and c.quota in _EXAMPLE_CHILDREN and not c.unborn)
    return next(fitting, creators[_EXAMPLE_DEPTH - 1])
