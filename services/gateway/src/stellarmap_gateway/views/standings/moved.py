"""What became of the accounts of the board since a period began: compared with their true standing then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from stellarmap_common.domain import standing
from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import ChangeReason, ChangeType, Closing, Standing, StandingChange
from stellarmap_common.ports.standing_store import BoardRow, ChangeQuery
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import Period
from stellarmap_gateway.views.standings.scan import scan_changes

CROSSINGS = 10_000  # looked at, of a period
MOVEMENT = frozenset({ChangeReason.MOVED, ChangeReason.OVERTAKEN})
"""Reasons that are news to the network: badges and movers count these alone."""

_DAYS = {Period.WEEK: 7, Period.MONTH: 30}
_CROSSING = frozenset({ChangeType.ENTERED, ChangeType.EXITED})


@dataclass(frozen=True, slots=True)
class Moved:
    """A row of the board, and where it stood when the period began."""

    row: BoardRow
    before: Standing | None  # None: not told
    new: bool  # it did not stand at the threshold
    discovered: bool  # we only learned of it since

    @property
    def known(self) -> bool:
        """Whether it is known where it stood, or that it did not."""
        return self.before is not None or self.new

    @property
    def rank_change(self) -> int | None:
        """Positions won or lost."""
        return self.before.rank - self.row.rank if self.before else None

    @property
    def balance_change_pct(self) -> float | None:
        """By how much its balance changed."""
        if self.before is None:
            return None
        return standing.balance_change_pct(self.before.balance_stroops, self.row.balance_stroops)


def began_at(period: Period, now: datetime) -> datetime:
    """When the period began that ends now: of days, when the first one of them did, so that closings tell of it."""
    return _midnight(_closing_day(period, now) + timedelta(days=1)) if period in _DAYS else now - timedelta(days=1)


async def moved_within(  # noqa: PLR0913 - what badges are made of
    gateway: Gateway,
    network: NetworkKey,
    rows: Sequence[BoardRow],
    *,
    threshold_xlm: int,
    period: Period,
    crossings: Sequence[StandingChange] | None = None,
) -> list[Moved]:
    """The rows, each with what became of it; all of them stand at the threshold.

    `crossings`: those of the period, where the caller has read them already.
    """
    if period is Period.DAY:
        return [_since_a_day(row, threshold_xlm) for row in rows]
    now = gateway.resources.clock.now()
    if crossings is None:
        crossings = await crossings_of(gateway, network, threshold_xlm, began_at(period, now))
    accounts, crossed = [row.account for row in rows], first_crossings(crossings)
    closings = await gateway.stores.standings.closings_on(network, _closing_day(period, now), accounts)
    return [_since_closing(row, closings.get(row.account), crossed) for row in rows]


async def crossings_of(
    gateway: Gateway, network: NetworkKey, threshold_xlm: int, since: datetime
) -> Sequence[StandingChange]:
    """Who entered and exited at the threshold since then, newest first; of very many, the latest."""
    query = ChangeQuery(threshold_xlm=threshold_xlm, types=_CROSSING, since=since)
    found: list[StandingChange] = []
    async for changes in scan_changes(lambda asked: gateway.stores.standings.changes(network, asked), query, CROSSINGS):
        found += changes
    return found


def first_crossings(crossings: Sequence[StandingChange]) -> dict[Address, StandingChange]:
    """The earliest of each account: one that entered did not stand there before. `crossings`: newest first."""
    return {each.account.address: each for each in crossings}


def last_crossings(crossings: Sequence[StandingChange]) -> dict[Address, StandingChange]:
    """The latest of each account, the newest first. `crossings`: newest first."""
    found: dict[Address, StandingChange] = {}
    for each in crossings:
        found.setdefault(each.account.address, each)
    return found


def _since_a_day(row: BoardRow, threshold_xlm: int) -> Moved:
    if not row.known_day_before:
        return Moved(row, None, new=False, discovered=True)
    before = row.day_before
    stood = before is not None and before.balance_stroops >= threshold_xlm * STROOPS_PER_XLM
    return Moved(row, before, new=not stood, discovered=False)


def _since_closing(row: BoardRow, closing: Closing | None, crossed: Mapping[Address, StandingChange]) -> Moved:
    first = crossed.get(row.account)
    entered = first is not None and first.type is ChangeType.ENTERED
    if first and entered and first.reason is ChangeReason.DISCOVERED:
        return Moved(row, None, new=False, discovered=True)
    new = first is not None and entered and first.reason in MOVEMENT
    return Moved(row, closing.standing if closing else None, new=new, discovered=False)


def _closing_day(period: Period, now: datetime) -> date:
    return now.astimezone(UTC).date() - timedelta(days=_DAYS[period])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
