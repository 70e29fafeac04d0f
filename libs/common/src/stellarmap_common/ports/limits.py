"""Whose turn it is to call a source. One limit per source and egress identity, shared by all processes through the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.status import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimit:
    """How often a source may be called."""

    source: str  # "horizon:https://horizon.example", the same in every process
    per_hour: int  # the source's own maximum; 0 = no limit
    percentage: int  # of it that we use


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast calls go out to a source now."""

    per_s: float | None  # the present, adapted rate; None: there is no limit
    held_until: datetime | None = None  # nothing goes out before: the source asked to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A source that did not answer the latest call."""

    since: datetime  # the first of the calls that have failed since one was answered
    at: datetime  # the latest
    told: str  # what is wrong, for people


class Limiter(Protocol):
    """Hands out permissions to call. 30 % is kept for the user lane.

    Waiters are served by lane; in a lane first whoever has been given least lately, then first come. So a request with many
    calls does not hold up another that has just begun.
    """

    def limit(self, limit: SourceLimit) -> None:
        """Afterwards the source has this limit. Sources that were never given one have none."""
        ...

    async def reserve(self, source: str, lane: Lane, calls: int, *, whose: str = "", max_wait_s: float = 5.0) -> None:
        """Takes the permissions for this task's next calls: so many times `acquire` then returns at once, for 20 s.

        It replaces what the task had reserved of this source. `whose` names the request that this task's calls count for.
        Raises: as `acquire`.
        """
        ...

    async def acquire(self, source: str, lane: Lane, *, max_wait_s: float = 5.0) -> None:
        """Returns once a call is allowed, and counts it. Raises: RateLimited at once when that takes over `max_wait_s`."""
        ...

    def slow_down(self, source: str, retry_after_s: float | None, *, too_many: bool = True) -> None:
        """The source answered 429 or 503: the rate is halved, and grows again slowly; nothing goes out before the wait.

        `too_many` tells the 429, which is about our calls, from the 503, which is about the source.
        """
        ...

    def answered(self, source: str) -> None:
        """A call was answered: the source works, as far as this process knows."""
        ...

    def failed(self, source: str, told: str) -> None:
        """A call was not answered, or not in a way that is of use."""
        ...

    def trouble(self, source: str) -> Trouble | None:
        """What came of the latest call; None if it was answered, or if there was none. Of others it is heard in seconds."""
        ...

    def pace(self, source: str) -> Pace:
        """How fast calls go out now."""
        ...

    def expected_wait_s(self, source: str, lane: Lane, calls: int = 1) -> float:
        """How long that many permissions would take now, estimated."""
        ...
