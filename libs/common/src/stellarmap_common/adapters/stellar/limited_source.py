"""What one process knows of one source's limit: the calls it has leased, its pace, who waits."""

import asyncio
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stellarmap_common.adapters.stellar.allowance import (
    FULL_PACE,
    RESERVED_OF_TEN,
    WINDOW_S,
    WINDOWS_PER_BLOCK,
    Allowance,
)
from stellarmap_common.adapters.stellar.call_log import CallLog
from stellarmap_common.adapters.stellar.given import Given
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.limits import Pace, Trouble
from stellarmap_common.ports.usage_store import SourceStatus, UsageStore

BLOCKS_PER_WINDOW = 4  # so that several processes share one window
GROWTH_PER_WINDOW = 2  # of FULL_PACE: from half to full takes under three minutes
SLOWEST_PACE = FULL_PACE // 64
LONGEST_ESTIMATE = 1_800  # windows looked ahead one by one: an hour
FIRST_STEP = 2  # calls that the first step of a request needs

_RANK = {Lane.USER: 0, Lane.QUEUED: 1, Lane.GROWTH: 2}


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody waits for permissions."""

    lane: Lane
    whose: str
    number: int  # in order of coming
    calls: int
    deadline: float
    granted: asyncio.Future[None]


@dataclass(slots=True)
class _Block:
    """Calls leased from one window and not made yet."""

    window: int
    shared: int  # for every lane
    reserved: int  # for the user lane alone

    def take_shared(self, calls: int) -> int:
        """Takes so many, or what is left. How many."""
        taken = min(calls, self.shared)
        self.shared -= taken
        return taken

    def take_reserved(self, calls: int) -> int:
        """The same of the others."""
        taken = min(calls, self.reserved)
        self.reserved -= taken
        return taken


class LimitedSource:
    """One source. Times are seconds that never run backwards and come from outside: nothing here reads a clock."""

    def __init__(self, name: str, usage: UsageStore) -> None:
        self.name = name
        self.calls = CallLog()
        self.last_429_at: datetime | None = None
        self.trouble: Trouble | None = None
        self.waiters: list[Waiter] = []
        self.serving: asyncio.Task[None] | None = None
        self._usage = usage
        self._allowance = Allowance(per_hour=0, percentage=100)
        self._pace = FULL_PACE
        self._grown_in = 0  # the window in which the pace last grew
        self._halved_in = 0  # calls of windows before it are not made up for
        self._held_until = 0.0
        self._blocks: list[_Block] = []
        self._empty: set[tuple[int, bool]] = set()  # (window, user lane?) of which the store has nothing left
        self._given = Given()
        self._arrivals = 0
        self._leasing = asyncio.Lock()

    def allow(self, allowance: Allowance) -> None:
        """Afterwards this is the limit."""
        self._allowance = allowance

    def open_to_all(self, now: float) -> bool:
        """True when there is no limit and nothing is held back."""
        return self._allowance.per_hour == 0 and self._held_until <= now

    def hold(self, now: float, seconds: float) -> None:
        """The pace is halved, once in ten seconds; nothing goes out for `seconds`."""
        window = self._window(now)
        if window - self._halved_in >= WINDOWS_PER_BLOCK:
            self._pace = max(SLOWEST_PACE, self._pace // 2)
            self._grown_in = self._halved_in = window
        self._held_until = max(self._held_until, now + seconds)

    def held_s(self, now: float) -> float:
        """How long nothing may go out."""
        return max(0.0, self._held_until - now)

    def enter(self, lane: Lane, whose: str, calls: int, deadline: float) -> Waiter:
        """Somebody begins to wait."""
        self._arrivals += 1
        waiter = Waiter(lane, whose, self._arrivals, calls, deadline, asyncio.get_running_loop().create_future())
        self.waiters.append(waiter)
        return waiter

    def head(self, now: float) -> Waiter:
        """Who is served next: by lane, then whoever was given least lately, then who came first."""
        return min(self.waiters, key=lambda each: (*self._place(each.lane, each.whose, now), each.number))

    def ahead_of(self, lane: Lane, whose: str, now: float) -> bool:
        """True while somebody waits who is served before a newcomer."""
        return bool(self._before(lane, whose, now))

    async def take(self, lane: Lane, whose: str, calls: int, now: float) -> bool:
        """True when the calls may be made now; what is missing at hand is leased from the store."""
        if self._held_until > now:
            return False
        if self._allowance.per_hour == 0:
            return True
        kept = self._kept_for_newcomers(lane, whose, now)
        if not self._taken(lane, calls, kept, now):
            async with self._leasing:
                await self._lease(lane, calls + kept, now)
            if not self._taken(lane, calls, kept, now):
                return False
        self._given.add(whose, calls, now)
        return True

    def wait_s(self, lane: Lane, calls: int, now: float, whose: str = "") -> float:
        """How long `calls` take to come, behind those who wait already."""
        held = self.held_s(now)
        if self._allowance.per_hour == 0:
            return held
        window, user = self._window(now), lane is Lane.USER
        before = self._before(lane, whose, now)
        wanted = calls + self._kept_for_newcomers(lane, whose, now) + sum(each.calls for each in before)
        missing = wanted - self._at_hand(user)
        in_this_window = now + held < (window + 1) * WINDOW_S
        if missing <= 0 or (in_this_window and not before and self._leasable(user, window)):
            return held
        for ahead in range(1, LONGEST_ESTIMATE):
            missing -= self._allowance.calls_in(window + ahead, self._pace)[user]
            if missing <= 0:
                return max(held, (window + ahead) * WINDOW_S - now)
        each = self._allowance.per_window(self._pace) * (1.0 if user else 1 - RESERVED_OF_TEN / 10)
        return max(held, (LONGEST_ESTIMATE + missing / each) * WINDOW_S)

    def pace(self, now: float) -> Pace:
        """How fast calls go out."""
        self._window(now)
        limited = self._allowance.per_hour > 0
        return Pace(
            per_s=self._allowance.per_window(self._pace) / WINDOW_S if limited else None,
            held_until=datetime.fromtimestamp(self._held_until, UTC) if self._held_until > now else None,
        )

    def next_change_s(self, now: float) -> float:
        """When something may be granted that cannot be granted now: the hold ends, or a window begins."""
        if self._held_until > now:
            return self._held_until - now
        return WINDOW_S - now % WINDOW_S

    def status(self, process: str, at: datetime, now: float) -> SourceStatus:
        """What `/usage` shows at that time of the wall clock."""
        self._window(now)
        return SourceStatus(
            source=self.name,
            process=process,
            at=at,
            calls_minute=self.calls.within(timedelta(minutes=1), at),
            calls_hour=self.calls.within(timedelta(hours=1), at),
            calls_day=self.calls.within(timedelta(days=1), at),
            limit_per_hour=self._allowance.ours_per_hour,
            burst=math.ceil(self._allowance.per_window(self._pace) * self._kept()),
            rate_per_s=self._allowance.per_window(self._pace) / WINDOW_S,
            delay_s=self.wait_s(Lane.USER, 1, now),
            last_call_at=self.calls.last_at,
            last_429_at=self.last_429_at,
            held_until=self.pace(now).held_until,
            trouble=self.trouble.told if self.trouble else None,
            trouble_at=self.trouble.at if self.trouble else None,
            trouble_since=self.trouble.since if self.trouble else None,
        )

    def _window(self, now: float) -> int:
        """The window of now; what came before and is no longer kept has lapsed, and the pace has grown."""
        window = int(now) // WINDOW_S
        if self._pace < FULL_PACE and window > self._grown_in:
            self._pace = min(FULL_PACE, self._pace + GROWTH_PER_WINDOW * (window - self._grown_in))
            self._grown_in = window
        oldest = window - self._kept() + 1
        if self._blocks and self._blocks[0].window < oldest:
            self._blocks = [block for block in self._blocks if block.window >= oldest]
        if self._empty:
            self._empty = {each for each in self._empty if each[0] >= oldest}
        return window

    def _kept(self) -> int:
        return self._allowance.windows_kept(self._pace) if self._allowance.per_hour else 1

    def _place(self, lane: Lane, whose: str, now: float) -> tuple[int, int]:
        return _RANK[lane], self._given.lately(whose, now)

    def _before(self, lane: Lane, whose: str, now: float) -> list[Waiter]:
        """Those who wait and are served before a newcomer."""
        mine = self._place(lane, whose, now)
        return [each for each in self.waiters if self._place(each.lane, each.whose, now) <= mine]

    def _kept_for_newcomers(self, lane: Lane, whose: str, now: float) -> int:
        """Calls that stay at hand: a request that was given some lately leaves what the next person's first step needs."""
        if lane is not Lane.USER or not self._given.lately(whose, now):
            return 0
        return FIRST_STEP if self._allowance.per_window(self._pace) * self._kept() >= 3 * FIRST_STEP else 0

    def _at_hand(self, user: bool) -> int:  # noqa: FBT001 - one word, read beside its name
        return sum(block.shared + (block.reserved if user else 0) for block in self._blocks)

    def _taken(self, lane: Lane, calls: int, kept: int, now: float) -> bool:
        self._window(now)
        user = lane is Lane.USER
        if self._at_hand(user) < calls + kept:
            return False
        # The oldest go first: they lapse first. Who leaves some for others spares of each block what is reserved.
        kinds = (_Block.take_shared, _Block.take_reserved) if kept else (_Block.take_reserved, _Block.take_shared)
        for block in self._blocks:
            for take in kinds if user else (_Block.take_shared,):
                calls -= take(block, calls)
        return True

    def _leasable(self, user: bool, window: int) -> list[tuple[int, bool]]:  # noqa: FBT001 - half of the key
        """(window, reserved?) that the store may still have calls of, oldest first, shared ones before reserved ones."""
        windows = range(max(window - self._kept() + 1, self._halved_in), window + 1)
        kinds = (False, True) if user else (False,)
        untried = ((each, kind) for each in windows for kind in kinds if (each, kind) not in self._empty)
        return [(each, kind) for each, kind in untried if self._allowance.calls_in(each, self._pace)[kind]]

    async def _lease(self, lane: Lane, calls: int, now: float) -> None:
        user = lane is Lane.USER
        for window, reserved in self._leasable(user, self._window(now)):
            missing = calls - self._at_hand(user)
            if missing <= 0:
                return
            limit = self._allowance.calls_in(window, self._pace)[reserved]
            wanted = missing if reserved else max(missing, -(-limit // BLOCKS_PER_WINDOW))
            leased = await self._leased(window, wanted, limit)
            if leased < wanted:
                self._empty.add((window, reserved))
            if leased:
                self._blocks.append(_Block(window, 0, leased) if reserved else _Block(window, leased, 0))

    async def _leased(self, window: int, wanted: int, limit: int) -> int:
        if limit <= 0:
            return 0
        try:
            return await self._usage.lease_tokens(self.name, window, wanted, limit)
        except StoreUnavailable:
            return 0  # nothing is known to be ours
