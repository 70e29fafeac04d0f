"""Where one account stands."""

from bisect import bisect_left
from collections.abc import Sequence

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.standing import HeldBalance, thresholds_stood_at
from stellarmap_common.ports.standing_store import BoardRow
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import AccountRank, Period, StandingRow, StandsAt
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.moved import moved_within
from stellarmap_gateway.views.standings.ranking import Ranking, ranking_of
from stellarmap_gateway.views.standings.rows import rows_view

RUNG = 100  # ranks between two balances of the ladder


async def rank_of(gateway: Gateway, account: AccountRef) -> AccountRank:
    """Where it stands, as far as its balance is known."""
    ranking = await ranking_of(gateway, account.network)
    held = (await gateway.stores.standings.balances_of(account.network, [account.address])).get(account.address)
    row = ranking.row_of(account.address)
    balance = _balance(row, held)
    stood_at = thresholds_stood_at(balance or 0, ranking.thresholds)
    guessed = about_rank(balance or 0, ranking.ladder) if ranking.board and stood_at else None
    return AccountRank(
        **scope_of(gateway, account.network),
        address=account.address,
        coverage=ranking.coverage(),
        rank=row.rank if row else guessed,
        about=row is None and guessed is not None,
        is_hva=(balance or 0) >= ranking.config.default_threshold_xlm * STROOPS_PER_XLM,
        balance_stroops=None if balance is None else str(balance),
        balance_ledger=held.ledger if held and held.balance_stroops == balance else None,
        thresholds=[
            StandsAt(threshold_xlm=each.threshold_xlm, stands=each.threshold_xlm in stood_at, accounts=each.accounts)
            for each in ranking.figures
        ],
        row=await _row(gateway, account, ranking, row) if row else None,
    )


def about_rank(balance_stroops: int, ladder: Sequence[int]) -> int:
    """The rank of the rung with this balance, or of the nearest one above it; `ladder`: the balances at ranks 100, 200, …."""
    above = bisect_left(ladder, -balance_stroops, key=lambda rung: -rung)
    on_it = above < len(ladder) and ladder[above] == balance_stroops
    return max(RUNG * (above + on_it), 1)


def _balance(row: BoardRow | None, held: HeldBalance | None) -> int | None:
    """That of its rank: the latest may not be on the board yet."""
    if row:
        return row.balance_stroops
    return held.balance_stroops if held else None


async def _row(gateway: Gateway, account: AccountRef, ranking: Ranking, row: BoardRow) -> StandingRow:
    threshold_xlm = ranking.seen_at(row.balance_stroops)
    moved = await moved_within(gateway, account.network, [row], threshold_xlm=threshold_xlm, period=Period.DAY)
    return (await rows_view(gateway, account.network, moved, ranking.default))[0]
