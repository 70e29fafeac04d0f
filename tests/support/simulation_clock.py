"""Time that passes when the simulation says so."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class SimulatedClock:
    """The clock of everybody."""

    passed_s: float = 0.0

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing in lineage sleeps: {seconds}")

    def pass_time(self, seconds: float) -> None:
        self.passed_s += seconds
