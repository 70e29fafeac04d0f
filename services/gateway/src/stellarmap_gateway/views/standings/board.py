"""A page of the board."""

from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.standing_store import BoardRow
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, BoardCursor, question_of, read_cursor, written
from stellarmap_gateway.schemas.standings import Period, StandingRow, Standings
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.moved import moved_within
from stellarmap_gateway.views.standings.ranking import ranking_of
from stellarmap_gateway.views.standings.rows import rows_view


async def board_page(  # noqa: PLR0913 - the parameters of the route
    gateway: Gateway, network: Network, *, threshold: int | None, period: Period, limit: int, cursor: str | None
) -> Standings:
    """One page. Raises: ApiProblem, for a threshold that is not ranked by, or a cursor of another question."""
    ranking = await ranking_of(gateway, network.key)
    threshold_xlm = ranking.chosen(threshold)
    question = question_of("standings", network.key, threshold_xlm)
    after = _place_of(read_cursor(cursor, question, BoardCursor)) if cursor is not None else None
    left = [row for row in ranking.standing_at(threshold_xlm) if after is None or _place(row) > after]
    page = left[:limit]

    async def made() -> list[StandingRow]:
        moved = await moved_within(gateway, network.key, page, threshold_xlm=threshold_xlm, period=period)
        return await rows_view(gateway, network.key, moved, ranking.default)

    shown = (
        network.key,
        ranking.moment,
        ranking.default,
        threshold_xlm,
        period,
        page[0].rank if page else 0,
        len(page),
    )
    figures = ranking.at(threshold_xlm)
    return Standings(
        **scope_of(gateway, network.key),
        threshold_xlm=threshold_xlm,
        default_threshold_xlm=ranking.default,
        period=period,
        coverage=ranking.coverage(),
        board_as_of=ranking.board.as_of if ranking.board else None,
        figures=ranking.figures_view(),
        accounts=figures.accounts,
        total_stroops=str(figures.total_stroops),
        board_size=ranking.yardstick.board_size,
        storage=ranking.storage(),
        rows=await gateway.board_rows.of(shown, made),
        next_cursor=_cursor_after(page[-1], question) if len(left) > len(page) else None,
    )


def _place(row: BoardRow) -> tuple[int, int, str]:
    """What accounts are ranked by: a page goes on behind it, wherever the board has moved meanwhile."""
    return -row.balance_stroops, row.created_op, row.account


def _place_of(cursor: BoardCursor) -> tuple[int, int, str]:
    return -cursor.balance, cursor.created_op, cursor.account


def _cursor_after(row: BoardRow, question: str) -> str:
    return written(BoardCursor(VERSION, question, row.balance_stroops, row.created_op, row.account))
