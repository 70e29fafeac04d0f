"""What became of one account's standing over some days."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, time

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.standing import RANK_STEP, ChangeType
from stellarmap_common.ports.standing_store import ChangeQuery
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import RankOn, StandingSummary, Trend
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.lines import days_until, line_of
from stellarmap_gateway.views.standings.ranking import ranking_of
from stellarmap_gateway.views.standings.scan import scan_changes

SCANNED = 10_000
STEPS_OF_A_RANK = 10  # among the first hundred ranks a tenth of it is as much as ten positions are below


async def summary_of(gateway: Gateway, account: AccountRef, *, threshold: int | None, days: int) -> StandingSummary:
    """Its changes at the threshold, and its ranks. Raises: ApiProblem, for a threshold that is not ranked by."""
    ranking = await ranking_of(gateway, account.network)
    threshold_xlm = ranking.chosen(threshold)
    spanned = days_until(gateway.resources.clock.now(), days)
    line = await line_of(gateway, account, ranking, spanned)
    query = ChangeQuery(threshold_xlm=threshold_xlm, since=datetime.combine(spanned[0], time(), UTC))
    counts: Counter[ChangeType] = Counter()
    ranks = {rank for rank in line if rank is not None}
    async for changes in scan_changes(
        lambda asked: gateway.stores.standings.changes_of(account, asked), query, SCANNED
    ):
        counts.update(change.type for change in changes)
        ranks |= {change.after.rank for change in changes if change.after}
    return StandingSummary(
        **scope_of(gateway, account.network),
        address=account.address,
        threshold_xlm=threshold_xlm,
        days=days,
        total_changes=counts.total(),
        counts={each: counts[each] for each in ChangeType},
        best_rank=min(ranks, default=None),
        worst_rank=max(ranks, default=None),
        current_rank=line[-1],
        trend=trend_of(line),
        truncated=counts.total() == SCANNED,
        ranks=[RankOn(day=day, rank=rank) for day, rank in zip(spanned, line, strict=True)],
    )


def trend_of(line: Iterable[int | None]) -> Trend:
    """Where it is going: from its first rank to the last one. Who is not on the board any more is below all who are.

    That it has no rank at first says nothing: it may only have been learned of since.
    """
    *_, last = ranks = list(line)
    first = next((rank for rank in ranks if rank is not None), None)
    if first is None:
        return Trend.STABLE
    if last is None:
        return Trend.DECLINING
    won, step = first - last, max(1, min(RANK_STEP, first // STEPS_OF_A_RANK))
    if abs(won) < step:
        return Trend.STABLE
    return Trend.IMPROVING if won > 0 else Trend.DECLINING
