"""The board as CSV."""

from collections.abc import AsyncIterator, Mapping

from fastapi import Response
from fastapi.responses import StreamingResponse

from stellarmap_common.domain.amounts import decimal_from_stroops
from stellarmap_common.domain.csv_lines import csv_lines
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import Period, StandingRow
from stellarmap_gateway.views.standings.moved import Moved, moved_within
from stellarmap_gateway.views.standings.ranking import Ranking, ranking_of
from stellarmap_gateway.views.standings.rows import rows_view

CSV = "text/csv"
TOGETHER = 200  # rows written at once
COLUMNS = (
    *("network", "network_key", "as_of", "threshold_xlm", "ranked_of", "ranked_accounts", "ledger", "period"),
    *("rank", "address", "name", "tags", "home_domain", "balance_xlm", "new", "discovered"),
    *("rank_before", "rank_change", "balance_before_xlm", "balance_change_pct", "creator", "updated_at"),
)


async def export_of(
    gateway: Gateway, network: Network, *, threshold: int | None, period: Period, limit: int
) -> Response:
    """Who stands at the threshold, a line each, told as it is made. Raises: ApiProblem."""
    ranking = await ranking_of(gateway, network.key)
    threshold_xlm = ranking.chosen(threshold)
    standing = ranking.standing_at(threshold_xlm)[:limit]
    moved = await moved_within(gateway, network.key, standing, threshold_xlm=threshold_xlm, period=period)
    coverage = ranking.coverage()
    whole = {
        "network": network.segment,
        "network_key": network.key,
        "as_of": ranking.board.as_of if ranking.board else None,
        "threshold_xlm": threshold_xlm,
        "ranked_of": coverage.of,
        "ranked_accounts": coverage.accounts,
        "ledger": coverage.ledger,
        "period": period,
    }
    name = f"standings-{network.segment}-{threshold_xlm}.csv"
    return StreamingResponse(
        _lines(gateway, network, ranking, moved, whole),
        media_type=CSV,
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )


async def _lines(
    gateway: Gateway, network: Network, ranking: Ranking, moved: list[Moved], whole: Mapping[str, object]
) -> AsyncIterator[str]:
    yield csv_lines([COLUMNS])
    for at in range(0, len(moved), TOGETHER):
        rows = await rows_view(gateway, network.key, moved[at : at + TOGETHER], ranking.default)
        yield csv_lines(list(map({**whole, **_cells(row)}.get, COLUMNS)) for row in rows)


def _cells(row: StandingRow) -> dict[str, object]:
    before = row.balance_before_stroops
    return {
        **row.model_dump(),
        "tags": " ".join(row.tags),
        "balance_xlm": decimal_from_stroops(int(row.balance_stroops)),
        "balance_before_xlm": decimal_from_stroops(int(before)) if before else None,
    }
