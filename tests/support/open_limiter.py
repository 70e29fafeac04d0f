"""A limiter for tests of what people are told of one."""

from datetime import datetime

from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.limits import Pace, SourceLimit, Trouble


class OpenLimiter:
    """A limiter that never makes anybody wait; what it expects of a call is set by a test."""

    wait_s = 0.0
    held_until: datetime | None = None
    away: Trouble | None = None  # of every Horizon
    no_queries: Trouble | None = None  # of BigQuery

    def limit(self, limit: SourceLimit) -> None:
        """Every source has no limit."""

    async def reserve(self, source: str, lane: Lane, calls: int, *, whose: str = "", max_wait_s: float = 5.0) -> None:
        """Nothing needs to be reserved."""

    async def acquire(self, source: str, lane: Lane, *, max_wait_s: float = 5.0) -> None:
        """Every call is allowed."""

    def slow_down(self, source: str, retry_after_s: float | None, *, too_many: bool = True) -> None:
        """Nothing is slower for it."""

    def answered(self, source: str) -> None:
        """Afterwards nothing is wrong."""
        assert source.startswith("horizon:")
        self.away = None

    def failed(self, source: str, told: str) -> None:
        raise AssertionError(f"nothing fails here by itself: {source} {told}")

    def trouble(self, source: str) -> Trouble | None:
        assert source.startswith(("horizon:", "bigquery:"))
        return self.away if source.startswith("horizon:") else self.no_queries

    def pace(self, source: str) -> Pace:
        assert source.startswith("horizon:")
        return Pace(per_s=1 / self.wait_s if self.wait_s else None, held_until=self.held_until)

    def expected_wait_s(self, source: str, lane: Lane, calls: int = 1) -> float:
        assert source.startswith("horizon:")
        assert lane
        return self.wait_s * calls
