"""What of the sources' limits is used: token blocks that processes lease, and what each process last saw of a source."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """One process's view of one source, as of `at`."""

    source: str
    process: str  # who reports
    at: datetime
    calls_minute: int
    calls_hour: int
    calls_day: int
    limit_per_hour: int  # what we allow ourselves; 0 = no limit
    burst: int  # calls that may go out at once
    rate_per_s: float  # present, adapted rate
    delay_s: float  # expected wait of the next call
    last_call_at: datetime | None = None
    last_429_at: datetime | None = None
    held_until: datetime | None = None  # the source asked to wait: nothing goes out before
    trouble: str | None = None  # what was wrong with the latest call, for people; None: it was answered
    trouble_at: datetime | None = None  # when that call failed
    trouble_since: datetime | None = None  # the first that has failed since one was answered


class UsageStore(Protocol):
    """Token blocks and source statuses. Conditional writes only."""

    async def lease_tokens(self, source: str, window: int, wanted: int, limit: int) -> int:
        """Takes up to `wanted` of the `limit` tokens of a window (number of a short span); how many were left to take.

        All processes together never get more than `limit` of one window. Raises: StoreUnavailable (count as none).
        """
        ...

    async def put_status(self, status: SourceStatus) -> None:
        """Afterwards it is this process's latest status of the source. It lapses after two minutes without another."""
        ...

    async def statuses(self, since: datetime) -> tuple[SourceStatus, ...]:
        """The statuses reported since then, by source and process."""
        ...


class IdempotencyStore(Protocol):
    """Answers already given to a client's `Idempotency-Key`. Each is kept 24 h at least; then a later one may replace it."""

    async def answer_to(self, key: str) -> str | None:
        """The answer kept for this key, or None."""
        ...

    async def keep(self, key: str, answer: str, at: datetime) -> str:
        """Keeps the answer given at `at`, unless one of the last 24 h is kept for this key; returns the one that is kept."""
        ...
