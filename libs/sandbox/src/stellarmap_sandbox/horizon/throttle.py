"""Horizon's rate limit: an even flow with a burst, counted for each client."""

from dataclasses import dataclass, field
from math import ceil
from typing import Final

from stellarmap_common.ports.clock import Clock

BURST: Final = 101
_HOUR: Final = 3_600.0
_MOST_CLIENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and what its answer says of the limit."""

    allowed: bool
    headers: dict[str, str]


@dataclass(slots=True)
class Throttle:
    """At most `max_per_hour` requests an hour of each client; 0 = no limit, and no headers."""

    max_per_hour: int
    clock: Clock
    _free_at: dict[str, float] = field(default_factory=dict)  # when a client's burst would be whole again

    def ask(self, client: str) -> Verdict:
        """Counts a request of the client."""
        if not self.max_per_hour:
            return Verdict(allowed=True, headers={})
        now, interval = self.clock.monotonic(), _HOUR / self.max_per_hour
        whole_at = max(self._free_at.get(client, now), now) + interval
        allowed = whole_at - now <= BURST * interval
        if allowed:
            self._keep(client, whole_at, now)
        else:
            whole_at -= interval
        headers = {
            "X-Ratelimit-Limit": str(BURST),
            "X-Ratelimit-Remaining": str(max(0, BURST - ceil((whole_at - now) / interval))),
            "X-Ratelimit-Reset": str(ceil(whole_at - now)),
        }
        if not allowed:
            headers["Retry-After"] = str(ceil(whole_at + interval - now - BURST * interval))
        return Verdict(allowed, headers)

    def _keep(self, client: str, whole_at: float, now: float) -> None:
        if len(self._free_at) >= _MOST_CLIENTS:
            self._free_at = {name: at for name, at in self._free_at.items() if at > now}
        self._free_at[client] = whole_at
