"""The limiter: calls are leased from the store in blocks, so that all processes together stay under each source's limit."""

import asyncio
import math
from contextvars import ContextVar

from stellarmap_common.adapters.stellar.allowance import Allowance
from stellarmap_common.adapters.stellar.limited_source import LimitedSource, Waiter
from stellarmap_common.adapters.stellar.others import Others
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited, StoreUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.limits import Pace, SourceLimit, Trouble
from stellarmap_common.ports.usage_store import SourceStatus, UsageStore

LONGEST_HOLD_S = 60.0  # a Retry-After of 678 s was seen for a single token
HOLD_S = 1.0  # where a refusal does not say
RESERVED_FOR_S = 20.0  # a step takes no longer
REPORT_S = 5.0
REPORT_TO_OTHERS_S = 2.0  # an outage is to be told soon by those who do not map
LONGEST_SILENCE_S = 60.0  # an unchanged status is repeated before it lapses

_reserved: ContextVar[dict[str, tuple[int, float]] | None] = ContextVar("_reserved", default=None)
_whose: ContextVar[str] = ContextVar("_whose", default="")  # the request that this task's calls count for


class LeasedLimiter:
    """The Limiter of a process. `process` names it among those that share the store; `alone`: there are no others."""

    def __init__(self, usage: UsageStore, clock: Clock, process: str, *, alone: bool = True) -> None:
        self._usage = usage
        self._clock = clock
        self._began = clock.now().timestamp() - clock.monotonic()
        self._process = process
        self._sources: dict[str, LimitedSource] = {}
        self._reported: dict[str, SourceStatus] = {}
        self._others = None if alone else Others(usage, clock, process)

    def limit(self, limit: SourceLimit) -> None:
        self._source(limit.source).allow(Allowance(limit.per_hour, limit.percentage))

    async def reserve(self, source: str, lane: Lane, calls: int, *, whose: str = "", max_wait_s: float = 5.0) -> None:
        limited = self._source(source)
        _whose.set(whose)
        if limited.open_to_all(self._now()):
            return
        await self._permit(limited, lane, calls, max_wait_s)
        until = self._clock.monotonic() + RESERVED_FOR_S
        _reserved.set({**(_reserved.get() or {}), source: (calls, until)})

    async def acquire(self, source: str, lane: Lane, *, max_wait_s: float = 5.0) -> None:
        limited = self._source(source)
        if self._has_reserved(source):
            await self._until_let_go(limited, max_wait_s)
        else:
            await self._permit(limited, lane, 1, max_wait_s)
        limited.calls.add(self._clock.now())

    def slow_down(self, source: str, retry_after_s: float | None, *, too_many: bool = True) -> None:
        limited = self._source(source)
        if too_many:
            limited.last_429_at = self._clock.now()
        limited.hold(self._now(), HOLD_S if retry_after_s is None else min(retry_after_s, LONGEST_HOLD_S))

    def answered(self, source: str) -> None:
        self._source(source).trouble = None

    def failed(self, source: str, told: str) -> None:
        limited, at = self._source(source), self._clock.now()
        since = limited.trouble.since if limited.trouble else at
        limited.trouble = Trouble(since=since, at=at, told=told)

    def trouble(self, source: str) -> Trouble | None:
        limited = self._source(source)
        if self._others is None:
            return limited.trouble
        return self._others.trouble(source, limited.trouble, limited.calls.last_at)

    def pace(self, source: str) -> Pace:
        own = self._source(source).pace(self._now())
        return own if self._others is None else self._others.pace(source, own)

    def expected_wait_s(self, source: str, lane: Lane, calls: int = 1) -> float:
        own = self._source(source).wait_s(lane, calls, self._now())
        return own if self._others is None else max(own, self._others.wait_s(source, calls))

    async def report(self) -> None:
        """Afterwards the store has this process's status of every source it has called, or found in trouble."""
        at = self._clock.now()
        for source in self._sources.values():
            status = source.status(self._process, at, self._now())
            known = self._reported.get(source.name)
            unheard_of = status.last_call_at is None and status.trouble is None and known is None
            if unheard_of or not _is_news(status, known):
                continue
            try:
                await self._usage.put_status(status)
            except StoreUnavailable:
                return  # the next report says it all again
            self._reported[source.name] = status

    async def keep_reporting(self) -> None:
        """Reports every few seconds, and looks what others have reported, for ever."""
        while True:
            await self._clock.sleep(REPORT_S if self._others is None else REPORT_TO_OTHERS_S)
            await self.report()
            if self._others is not None:
                await self._others.look()

    async def aclose(self) -> None:
        """Nobody is served any more."""
        serving = [source.serving for source in self._sources.values() if source.serving]
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    def _source(self, name: str) -> LimitedSource:
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = LimitedSource(name, self._usage)
        return source

    def _now(self) -> float:
        # A wall clock that is put back would hold everything until it is that late again.
        return self._began + self._clock.monotonic()

    def _has_reserved(self, source: str) -> bool:
        """Uses one of this task's reserved calls, if it has any left."""
        reserved = _reserved.get()
        if not reserved or source not in reserved:
            return False
        calls, until = reserved[source]
        if calls <= 0 or until < self._clock.monotonic():
            return False
        reserved[source] = (calls - 1, until)  # in place: tasks that this one started share what it reserved
        return True

    async def _until_let_go(self, source: LimitedSource, max_wait_s: float) -> None:
        """A reserved call has its token, but a source that refuses is left alone all the same."""
        held_s = source.held_s(self._now())
        if held_s > max_wait_s:
            raise _refusal(source.name, held_s)
        if held_s:
            await self._clock.sleep(held_s)

    async def _permit(self, source: LimitedSource, lane: Lane, calls: int, max_wait_s: float) -> None:
        now, whose = self._now(), _whose.get()
        if source.open_to_all(now):
            return
        if not source.ahead_of(lane, whose, now) and await source.take(lane, whose, calls, now):
            return
        wait = source.wait_s(lane, calls, self._now(), whose)
        if wait > max_wait_s:
            raise _refusal(source.name, wait)
        waiter = source.enter(lane, whose, calls, now + max_wait_s)
        if source.serving is None or source.serving.done():
            source.serving = asyncio.create_task(self._serve(source), name=f"limit {source.name}")
        try:
            await waiter.granted
        finally:
            if waiter in source.waiters:  # cancelled
                source.waiters.remove(waiter)

    async def _serve(self, source: LimitedSource) -> None:
        """Serves those who wait, in their order, until nobody does. Between two changes only newcomers are served."""
        try:
            while source.waiters:
                now = self._now()
                head = source.head(now)
                if await source.take(head.lane, head.whose, head.calls, now):
                    _dismiss(source, head, None)
                    continue
                for late in [waiter for waiter in source.waiters if waiter.deadline <= now]:
                    _dismiss(source, late, _refusal(source.name, source.next_change_s(now)))
                if source.waiters:
                    soonest = min(waiter.deadline for waiter in source.waiters) - now
                    await self._clock.sleep(min(source.next_change_s(now), soonest))
        finally:
            for left in source.waiters:  # closed, or a bug: nobody may wait for ever
                left.granted.cancel()


def _dismiss(source: LimitedSource, waiter: Waiter, refusal: RateLimited | None) -> None:
    if waiter in source.waiters:
        source.waiters.remove(waiter)
    if waiter.granted.done():  # cancelled meanwhile
        return
    if refusal:
        waiter.granted.set_exception(refusal)
    else:
        waiter.granted.set_result(None)


def _refusal(source: str, wait_s: float) -> RateLimited:
    kind, _, url = source.partition(":")
    advice = {
        "horizon": "STELLARMAP_HORIZON_PERCENTAGE and STELLARMAP_HORIZON_MAX_PER_HOUR set it; your own Horizon needs none.",
        "expert": "STELLARMAP_EXPERT_PERCENTAGE sets it.",
    }.get(kind, "")
    told = f"our own limit for {url or source} is used up; the next call may go out in {math.ceil(wait_s)} s. {advice}"
    return RateLimited(told.rstrip(), retry_after_s=wait_s)


def _is_news(status: SourceStatus, known: SourceStatus | None) -> bool:
    return (
        known is None
        or status.last_call_at != known.last_call_at
        or status.last_429_at != known.last_429_at
        or status.trouble_at != known.trouble_at
        or (status.at - known.at).total_seconds() >= LONGEST_SILENCE_S
    )
