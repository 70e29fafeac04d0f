"""Whether the source behind the records of one network works, as their handlers see it.

A pause is about one network: a Horizon that is down must not hold up the accounts of another.
"""

from collections import deque
from dataclasses import dataclass, field

from stellarmap_common.adapters.kafka.lines import Line
from stellarmap_common.errors import DiskFull, RateLimited, TransientError

LONGEST_PAUSE_S = 60.0
EARLY_PROBE_S = 1.0
ROUNDS = 5
ALONE_S = (30.0, 120.0, 600.0, 1_200.0)  # between the rounds: another source that it needs may be away for half an hour
_BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(slots=True, eq=False)
class Trouble:
    """A record whose handling failed for its source's sake, so far."""

    rounds: int = 0  # it failed again although others had succeeded since
    seen: int = 0  # the source's successes when it failed last
    alone: bool = False  # others had succeeded before it failed last: no reason to hold them up

    def failed(self, error: TransientError, successes: int) -> None:
        """Counts a round. A limit that is reached, or a full disk, says nothing about the record."""
        self.alone = successes > self.seen and not isinstance(error, RateLimited | DiskFull)
        self.rounds += self.alone
        self.seen = successes

    @property
    def alone_s(self) -> float | None:
        """How long the record waits by itself before its next round; None when it waits with all of its network."""
        return ALONE_S[self.rounds - 1] if self.alone else None

    @property
    def at_fault(self) -> bool:
        """The record itself is the reason."""
        return self.rounds >= ROUNDS


@dataclass(slots=True, eq=False)
class Source:
    """Open or paused. While it is paused its lines wait, and one of them at a time is the probe."""

    network: str
    successes: int = 0
    failures: int = 0  # pauses in a row
    stumbled: bool = False  # its latest call that ended did not go through
    paused_at: float | None = None
    limited: bool = False
    waiting: deque[Line] = field(default_factory=deque)
    probe: Line | None = None
    pauses: int = 0  # so far: a timer of an earlier one has nothing to say

    @property
    def paused(self) -> bool:
        """Nothing but the probe may go."""
        return self.paused_at is not None

    def lets(self, line: Line, now: float) -> bool:
        """True if a worker may handle this line. A new one is a better probe than those that failed before."""
        if self.paused_at is None or line is self.probe:
            return True
        # Our own limiter answers at once, and may have room for a newcomer where it had none for who was given much lately.
        if self.probe is None and (self.limited or now - self.paused_at >= EARLY_PROBE_S):
            self.probe = line
            return True
        return False

    def pause(self, error: TransientError, now: float) -> float:
        """Afterwards it is paused. For how many seconds."""
        self.paused_at = now
        self.failures += 1
        self.pauses += 1
        self.limited = isinstance(error, RateLimited)
        self.probe = None
        if error.retry_after_s is not None:
            return min(error.retry_after_s, LONGEST_PAUSE_S)
        return _BACKOFF_S[min(self.failures, len(_BACKOFF_S)) - 1]

    def open(self) -> tuple[Line, ...]:
        """Afterwards it is open. The lines that waited."""
        waited = tuple(line for line in self.waiting if line.records)
        self.waiting.clear()
        self.paused_at = None
        self.probe = None
        self.failures = 0
        return waited

    def next_probe(self) -> Line | None:
        """The line that has waited longest and still has records; it is the probe now."""
        while self.waiting:
            line = self.waiting.popleft()
            if line.records:
                self.probe = line
                return line
        return None
