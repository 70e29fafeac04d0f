"""A small network as a source of creations, in small pages, and as well as the source knows it."""

from collections.abc import Callable

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.errors import SourceRejected
from stellarmap_common.ports.sources import SourcePage
from tests.support.simulation_points import Point, point
from tests.support.simulation_world import Told, World, op_of, told_by_creator, told_by_ledger


class WorldSource:
    """The source of one step; `called` is told of each call, and whether its tokens were taken before."""

    def __init__(self, world: World, called: Callable[[Address, Step, bool], None]) -> None:
        self._world = world
        self._called = called
        self._admitted: tuple[Address, Step] | None = None

    async def admit(self, account: AccountRef, step: Step, lane: Lane, whose: str = "") -> None:
        assert lane in Lane
        assert whose
        await point(Point.ADMIT, f"{account.address[:5]} {step}")
        self._admitted = (account.address, step)

    async def creations_of(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        assert lane in Lane
        await self._call(account.address, Step.CREATOR)
        world = self._world
        lives = world.lives_of(account.address, world.grown_to)
        ends = world.ends_of(account.address, world.grown_to)
        after, upto = int(cursor or 0), int(cursor or 0) + world.page
        complete = upto >= len(lives)
        told = world.lives_told.get(account.address)
        exists = account.address in world.elder or bool(lives)
        page = lives[after:upto]
        return SourcePage(
            cursor=str(upto),
            complete=complete,
            creations=_as_told(page, by_ledger=told is Told.BY_LEDGER) if told is not Told.BY_CREATOR else (),
            unplaced=tuple(told_by_creator(made) for made in page[-1:]) if told is Told.BY_CREATOR else (),
            ends=ends if complete else (),
            creator_unknown_reason="older than the history" if exists and not lives else None,
            not_found=not exists,
        )

    async def children_page(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        assert lane in Lane
        await self._call(account.address, Step.CHILDREN)
        page = self._world.page_of(account.address, int(cursor or 0))
        made = tuple(each for each in page if isinstance(each, Creation) and each.creator == account.address)
        return SourcePage(
            cursor=str(op_of(page[-1])) if page else cursor,
            complete=len({op_of(record) for record in page}) < self._world.page,
            creations=_as_told(made, by_ledger=account.address in self._world.children_told),
            ends=tuple(record for record in page if isinstance(record, AccountEnd)),
        )

    async def _call(self, account: Address, step: Step) -> None:
        self._world.calls[account, step] += 1
        self._called(account, step, self._admitted == (account, step))
        await point(Point.SOURCE, f"{account[:5]} {step}")
        failure = self._world.poison.get((account, step))
        if failure is SourceRejected:
            raise SourceRejected("400: the source does not want to hear of this account")
        if failure:
            raise failure(f"{account} {step}")


def _as_told(made: tuple[Creation, ...], *, by_ledger: bool) -> tuple[Creation, ...]:
    return tuple(told_by_ledger(each) for each in made) if by_ledger else made
