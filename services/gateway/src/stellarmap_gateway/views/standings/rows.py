"""Rows of the board as they are told."""

from collections.abc import Sequence

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.profile import Listing
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import StandingRow
from stellarmap_gateway.views.standings.faces import NOBODY, faces_of
from stellarmap_gateway.views.standings.moved import Moved

HVA = "HVA"
DECIMALS = 4  # of percents


async def rows_view(
    gateway: Gateway, network: NetworkKey, moved: Sequence[Moved], default_threshold_xlm: int
) -> list[StandingRow]:
    """The rows with names and creators."""
    accounts = list(dict.fromkeys(each.row.account for each in moved))
    faces = await faces_of(gateway, network, accounts)
    creators = await gateway.creators.of(network, accounts)
    least = default_threshold_xlm * STROOPS_PER_XLM
    return [
        _row(each, faces.get(each.row.account, NOBODY), creators.get(each.row.account), least_hva=least)
        for each in moved
    ]


def rounded(percent: float | None) -> float | None:
    """Percents as they are told."""
    return None if percent is None else round(percent, DECIMALS)


def _row(moved: Moved, face: Listing, creator: Address | None, *, least_hva: int) -> StandingRow:
    row, before = moved.row, moved.before
    return StandingRow(
        rank=row.rank,
        address=row.account,
        name=face.name,
        tags=[HVA, *face.tags] if row.balance_stroops >= least_hva else list(face.tags),
        home_domain=row.home_domain,
        balance_stroops=str(row.balance_stroops),
        new=moved.new,
        discovered=moved.discovered,
        rank_before=before.rank if before else None,
        rank_change=moved.rank_change,
        balance_before_stroops=str(before.balance_stroops) if before else None,
        balance_change_pct=rounded(moved.balance_change_pct),
        creator=creator,
        updated_at=row.updated_at,
    )
