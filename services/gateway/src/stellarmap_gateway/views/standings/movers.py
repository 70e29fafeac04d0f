"""Who moved most: moved and overtaken alone count."""

from collections.abc import Callable, Iterable, Sequence

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import ChangeType, StandingChange
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import Period, StandingRow, TopMovers
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.changes import change_view
from stellarmap_gateway.views.standings.moved import (
    MOVEMENT,
    Moved,
    began_at,
    crossings_of,
    last_crossings,
    moved_within,
)
from stellarmap_gateway.views.standings.ranking import Ranking, ranking_of
from stellarmap_gateway.views.standings.rows import rows_view


async def top_movers(
    gateway: Gateway, network: Network, *, threshold: int | None, period: Period, limit: int
) -> TopMovers:
    """The movers of each kind. Raises: ApiProblem, for a threshold that is not ranked by."""
    ranking = await ranking_of(gateway, network.key)
    threshold_xlm = ranking.chosen(threshold)
    crossings = await crossings_of(gateway, network.key, threshold_xlm, began_at(period, gateway.resources.clock.now()))
    moved = await moved_within(
        gateway,
        network.key,
        ranking.standing_at(threshold_xlm),
        threshold_xlm=threshold_xlm,
        period=period,
        crossings=crossings,
    )
    kinds = [each[:limit] for each in _kinds(moved)]
    rows = iter(await rows_view(gateway, network.key, [each for kind in kinds for each in kind], ranking.default))
    climbers, fallers, gainers, losers, entered = ([next(rows) for _ in kind] for kind in kinds)
    return TopMovers(
        **scope_of(gateway, network.key),
        threshold_xlm=threshold_xlm,
        period=period,
        coverage=ranking.coverage(),
        compared=sum(each.known for each in moved),
        climbers=climbers,
        fallers=fallers,
        gainers=gainers,
        losers=losers,
        entered=entered,
        exited=[change_view(each) for each in exited(crossings)[:limit]],
    )


def _kinds(moved: Sequence[Moved]) -> tuple[list[Moved], ...]:
    """Climbers, fallers, gainers, losers, and who entered."""
    return (
        _most(moved, places),
        _most(moved, lambda each: -places(each)),
        _most(moved, percent),
        _most(moved, lambda each: -percent(each)),
        [each for each in moved if each.new],
    )


async def biggest_moves(gateway: Gateway, network: NetworkKey, ranking: Ranking, limit: int) -> list[StandingRow]:
    """Who won or lost most places within a day, at the default threshold; who had no rank came from behind all who have."""
    standing = ranking.standing_at(ranking.default)
    moved = await moved_within(gateway, network, standing, threshold_xlm=ranking.default, period=Period.DAY)
    last = ranking.coverage().accounts + 1

    def passed(each: Moved) -> float:
        return last - each.row.rank if each.new and not each.before else abs(places(each))

    return await rows_view(gateway, network, _most(moved, passed)[:limit], ranking.default)


def exited(crossings: Iterable[StandingChange]) -> list[StandingChange]:
    """Who exited and has not entered again, the latest first."""
    latest = last_crossings(list(crossings)).values()
    return [each for each in latest if each.type is ChangeType.EXITED and each.reason in MOVEMENT]


def places(moved: Moved) -> float:
    """Positions won."""
    return moved.rank_change or 0


def percent(moved: Moved) -> float:
    """By how much the balance grew."""
    return moved.balance_change_pct or 0.0


def _most(moved: Sequence[Moved], amount: Callable[[Moved], float]) -> list[Moved]:
    """Those with some of it, the most first; of equals the higher rank."""
    return sorted((each for each in moved if amount(each) > 0), key=amount, reverse=True)
