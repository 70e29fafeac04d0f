"""Ranks day by day: when each day (UTC) ended, and now."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.standing import Closing
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.dependencies import known_address
from stellarmap_gateway.problems import unprocessable
from stellarmap_gateway.schemas.standings import RankLine, RankLines
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.ranking import Ranking, ranking_of

MAX_ACCOUNTS = 100


async def rank_lines(gateway: Gateway, network: Network, *, accounts: str, days: int) -> RankLines:
    """The lines of the accounts, in their order. Raises: ApiProblem."""
    named = [AccountRef(network.key, address) for address in _addresses(accounts)]
    ranking, spanned = await ranking_of(gateway, network.key), days_until(gateway.resources.clock.now(), days)
    lines = await asyncio.gather(*(line_of(gateway, account, ranking, spanned) for account in named))
    return RankLines(
        **scope_of(gateway, network.key),
        days=spanned,
        lines=[RankLine(address=account.address, ranks=line) for account, line in zip(named, lines, strict=True)],
    )


def days_until(now: datetime, days: int) -> list[date]:
    """So many days (UTC), oldest first, today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=ago) for ago in reversed(range(days))]


async def line_of(gateway: Gateway, account: AccountRef, ranking: Ranking, days: Sequence[date]) -> list[int | None]:
    """The account's rank when each of the days ended, and at last its present one; None: not on the board."""
    closings = await gateway.stores.standings.closings_of(account, days[0])
    row = ranking.row_of(account.address)
    return [*(_rank_on(closings, day) for day in days[:-1]), row.rank if row else None]


def _rank_on(closings: Sequence[Closing], day: date) -> int | None:
    """A closing holds until the next one: they are written when they have changed."""
    holding = [closing for closing in closings if closing.day <= day]
    return holding[-1].standing.rank if holding and holding[-1].standing else None


def _addresses(text: str) -> list[Address]:
    listed = [part.strip() for part in text.split(",") if part.strip()]
    if not 1 <= len(listed) <= MAX_ACCOUNTS:
        raise unprocessable(
            "too-many-accounts" if listed else "no-accounts",
            f"1 to {MAX_ACCOUNTS} accounts can be asked for at once.",
            advice="Ask for those that are shown.",
            where="query.accounts",
        )
    return [known_address(each, "query.accounts") for each in listed]
