"""How restless the board is, day by day."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from stellarmap_common.domain.standing import ChangeType, StandingChange, rank_change
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.standing_store import ChangeQuery
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.standings import DayOfChanges, Volatility
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.moved import MOVEMENT
from stellarmap_gateway.views.standings.ranking import ranking_of
from stellarmap_gateway.views.standings.scan import scan_changes

SCANNED = 20_000


@dataclass(slots=True)
class Tally:
    """What has been counted."""

    types: Counter[ChangeType] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    ranked: int = 0  # changes with a rank before and after
    places: int = 0  # of those, without sign

    def count(self, change: StandingChange) -> None:
        """Counts one more."""
        self.types[change.type] += 1
        self.hours[change.at.astimezone(UTC).hour] += 1
        moved = rank_change(change.steps[0].before, change.after)
        if moved is not None:
            self.ranked += 1
            self.places += abs(moved)

    @property
    def mean_rank_change(self) -> float | None:
        """Of those with a rank before and after."""
        return round(self.places / self.ranked, 2) if self.ranked else None

    @property
    def peak_hour(self) -> int | None:
        """The hour with most changes; of equals the first."""
        return min(self.hours, key=lambda hour: (-self.hours[hour], hour)) if self.hours else None


async def volatility_of(gateway: Gateway, network: Network, *, threshold: int | None, days: int) -> Volatility:
    """What changed. Raises: ApiProblem, for a threshold that is not ranked by."""
    threshold_xlm = (await ranking_of(gateway, network.key)).chosen(threshold)
    today = gateway.resources.clock.now().astimezone(UTC).date()
    by_day = {today - timedelta(days=ago): Tally() for ago in reversed(range(days))}
    since = datetime.combine(next(iter(by_day)), time(), UTC)
    query = ChangeQuery(threshold_xlm=threshold_xlm, since=since)
    whole, scanned = Tally(), 0
    async for changes in scan_changes(
        lambda asked: gateway.stores.standings.changes(network.key, asked), query, SCANNED
    ):
        scanned += len(changes)
        for change in changes:
            if change.reason in MOVEMENT:
                whole.count(change)
                by_day.setdefault(change.at.astimezone(UTC).date(), Tally()).count(change)
    return Volatility(
        **scope_of(gateway, network.key),
        threshold_xlm=threshold_xlm,
        days=[_day(day, tally) for day, tally in sorted(by_day.items())],
        entries=whole.types[ChangeType.ENTERED],
        exits=whole.types[ChangeType.EXITED],
        peak_hour=whole.peak_hour,
        mean_rank_change=whole.mean_rank_change,
        truncated=scanned == SCANNED,
        scanned=scanned,
    )


def _day(day: date, tally: Tally) -> DayOfChanges:
    return DayOfChanges(
        day=day,
        counts={each: tally.types[each] for each in ChangeType},
        mean_rank_change=tally.mean_rank_change,
        peak_hour=tally.peak_hour,
    )
