"""What the other processes of an installation see of the sources: where services are apart, one maps and another tells of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.limits import Pace, Trouble
from stellarmap_common.ports.usage_store import SourceStatus, UsageStore

TOLD_WITHIN = timedelta(minutes=2)


class Others:
    """The latest reports of all processes but this one."""

    def __init__(self, usage: UsageStore, clock: Clock, process: str) -> None:
        self._usage = usage
        self._clock = clock
        self._process = process
        self._reports: dict[str, list[SourceStatus]] = {}

    async def look(self) -> None:
        """Afterwards it is known what they have reported within the last two minutes."""
        try:
            found = await self._usage.statuses(self._clock.now() - TOLD_WITHIN)
        except StoreUnavailable:
            return  # what was known stays known, until the next look
        reports: dict[str, list[SourceStatus]] = {}
        for status in found:
            if status.process != self._process:
                reports.setdefault(status.source, []).append(status)
        self._reports = reports

    def trouble(self, source: str, own: Trouble | None, called_at: datetime | None) -> Trouble | None:
        """What came of the latest call that any process made, this one too."""
        seen = [(own.at if own else called_at, own), *map(_seen, self._of(source))]
        known = [(at, trouble) for at, trouble in seen if at is not None]
        latest = max(known, key=lambda each: each[0], default=(None, None))[1]
        if latest is None:
            return None
        since = min(trouble.since for _, trouble in known if trouble is not None)
        return Trouble(since=since, at=latest.at, told=latest.told)

    def pace(self, source: str, own: Pace) -> Pace:
        """How fast calls go out where they go out slowest; what was asked to wait anywhere holds for all."""
        rates = [status.rate_per_s for status in self._of(source) if status.limit_per_hour]
        held = [status.held_until for status in self._of(source) if status.held_until]
        return Pace(
            per_s=min((rate for rate in (own.per_s, *rates) if rate is not None), default=None),
            held_until=max((at for at in (own.held_until, *held) if at and at > self._clock.now()), default=None),
        )

    def wait_s(self, source: str, calls: int) -> float:
        """How long that many permissions take where most wait for them."""
        waits = (
            status.delay_s + (calls - 1) / status.rate_per_s
            for status in self._of(source)
            if status.delay_s and status.rate_per_s
        )
        return max(waits, default=0.0)

    def _of(self, source: str) -> Iterable[SourceStatus]:
        return self._reports.get(source, ())


def _seen(status: SourceStatus) -> tuple[datetime | None, Trouble | None]:
    if status.trouble is None or status.trouble_since is None or status.trouble_at is None:
        return status.last_call_at, None
    return status.trouble_at, Trouble(since=status.trouble_since, at=status.trouble_at, told=status.trouble)
