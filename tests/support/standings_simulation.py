"""A tracker on a real store whose process may die, stall or be refused between any two effects, while another takes over."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import HeldBalance, JournalRow, Movement, Yardstick
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.events.base import Event
from stellarmap_common.events.standings import BalanceUpdated, RecalculationRequested, StandingChanged
from stellarmap_common.ports.standing_store import Board, Recorded, TakeOver, TrackerStore
from stellarmap_common.ports.stores import Stores
from stellarmap_hva_tracker.journal.owner import BookLost, Owner
from tests.support.publishing import SendsAtOnce
from tests.support.standings_left import Left, left_in
from tests.support.standings_reference import Reference
from tests.support.stores import SANDBOX, SqliteInline, address
from tests.support.tracked import ACCOUNTS, BEGAN, BOARD, THRESHOLDS_XLM, YARDSTICK, SetClock, balance, reference

OTHERS = tuple(
    Yardstick(thresholds_xlm=thresholds_xlm, board_size=size)
    for thresholds_xlm in ((5, 20, 40), (10, 30), (20, 40, 50), THRESHOLDS_XLM)
    for size in (3, BOARD, 9)
)
ROUNDS = 2_000
LOOKS_LATE = timedelta(minutes=2)  # past midnight: a day that no balance ended is closed

T = TypeVar("T")


class Died(BaseException):
    """The process is gone; whoever catches errors does not catch this."""


@dataclass(frozen=True, slots=True)
class Look:
    """Nothing comes for a while, and then somebody looks at the clock."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Configured:
    """Somebody has configured another yardstick."""

    yardstick: Yardstick


Entry = BalanceUpdated | Look | Configured | RecalculationRequested


def entries(chance: random.Random) -> list[Entry]:
    """What happens, in its order: mostly balances near the thresholds, some of which are old, or told again."""
    found: list[Entry] = []
    told: list[BalanceUpdated] = []
    now, version = BEGAN, 1_000
    for _ in range(chance.randrange(10, 50)):
        now += timedelta(minutes=chance.choice((0, 1, 5, 60, 400)))
        version += 10
        if chance.random() < 0.04:
            now = (now + timedelta(days=1)).replace(hour=0, minute=0) + LOOKS_LATE
            found.append(Look(now))
        elif chance.random() < 0.03:
            found.append(_recorded_anew(chance, version))
        elif chance.random() < 0.03:
            found.append(Configured(chance.choice(OTHERS)))
        elif told and chance.random() < 0.1:
            found.append(chance.choice(told))
        else:
            told.append(_balance(chance, version - chance.choice((0, 0, 0, 55)), now))
            found.append(told[-1])
    return found


def _recorded_anew(chance: random.Random, number: int) -> RecalculationRequested:
    accounts = chance.sample(range(ACCOUNTS), 5)
    return RecalculationRequested(
        id=f"recalculation {number}",
        network=SANDBOX,
        accounts=tuple(address(each) for each in accounts),
        thresholds_xlm=chance.choice(((10, 20), (5, 10, 20, 30, 40, 50))),
        anew=chance.random() < 0.8,
    )


def _balance(chance: random.Random, version: int, now: datetime) -> BalanceUpdated:
    number = chance.randrange(ACCOUNTS)
    return balance(
        number,
        chance.choice((0, 5, 8, 10, 10.4, 10.6, 15, 19, 20, 22, 30, 40, 44, 60, 90)),
        version,
        now - timedelta(minutes=chance.choice((0, 0, 30))),
        created_op=chance.randrange(3),
        discovered=chance.random() < 0.3,
        covers_ledger=version // 10 if chance.random() < 0.1 else None,
        covers_xlm=chance.choice((0, 5, 10)),
    )


@dataclass
class Topic(SendsAtOnce):
    """Everything that was told, in its order."""

    told: list[StandingChanged] = field(default_factory=list)

    async def publish(self, *events: Event) -> None:
        self.told += [event for event in events if isinstance(event, StandingChanged)]


class Trouble:
    """What befalls one process: asked before and after each of its effects."""

    def __init__(self, chance: random.Random, often: float) -> None:
        self._chance = chance
        self._often = often
        self.stalled = asyncio.Event()
        self._goes_on = asyncio.Event()
        self.late = False

    async def __call__(self) -> None:
        if self._chance.random() >= self._often:
            return
        match self._chance.choice(("dies", "dies", "refused", "stalls")):
            case "dies":
                raise Died
            case "refused":
                raise StoreUnavailable("not now")
            case _ if not self.stalled.is_set():
                self.stalled.set()
                await self._goes_on.wait()

    def wake(self) -> None:
        """It goes on, late: another has taken its place."""
        self.late = True
        self._goes_on.set()


@dataclass
class TroubledStore:
    """The store, as such a process meets it."""

    store: TrackerStore
    trouble: Trouble

    async def take_over(self, network: NetworkKey) -> TakeOver:
        taken = await self._with_trouble(self.store.take_over(network))
        if self.trouble.late:
            raise Died  # its lease is over: what was under way has happened, and it begins nothing new
        return taken

    async def append(self, row: JournalRow) -> bool:
        return await self._with_trouble(self.store.append(row))

    async def apply(self, row: JournalRow) -> None:
        await self._with_trouble(self.store.apply(row))

    async def mark_applied(self, row: JournalRow) -> None:
        await self._with_trouble(self.store.mark_applied(row))

    async def publish(self, board: Board) -> None:
        await self._with_trouble(self.store.publish(board))

    def balances(self, network: NetworkKey) -> AsyncIterator[Sequence[HeldBalance]]:
        return self.store.balances(network)

    def recorded(self, network: NetworkKey) -> AsyncIterator[Sequence[Recorded]]:
        return self.store.recorded(network)

    def movements(self, network: NetworkKey, since: datetime) -> AsyncIterator[Sequence[Movement]]:
        return self.store.movements(network, since)

    async def _with_trouble(self, effect: Coroutine[Any, Any, T]) -> T:
        try:
            await self.trouble()
        except BaseException:  # a death or a cancel too: of a coroutine that nobody awaits Python would warn
            effect.close()
            raise
        done = await effect
        await self.trouble()
        return done


@dataclass
class TroubledTopic(SendsAtOnce):
    """The topic, to which some of several events may be told alone."""

    topic: Topic
    trouble: Callable[[], Awaitable[None]]

    async def publish(self, *events: Event) -> None:
        await self.trouble()
        for event in events:
            await self.topic.publish(event)
            await self.trouble()


class Process:
    """One tracker, from its start to its end."""

    def __init__(self, run: "Run", trouble: Trouble) -> None:
        self.trouble = trouble
        self._standings = run.stores.standings
        self.owner = Owner(
            SANDBOX,
            lambda: run.yardstick,
            TroubledStore(run.stores.tracker, trouble),
            TroubledTopic(run.topic, trouble),
            run.clock,
        )

    async def work(self, portion: Sequence[Entry]) -> bool:
        """True once the portion is handled."""
        first = portion[0]
        try:
            if isinstance(first, BalanceUpdated):
                await self.owner.take([entry for entry in portion if isinstance(entry, BalanceUpdated)])
            elif isinstance(first, RecalculationRequested):
                await self.owner.recalculate(first, self._standings)
            else:
                await self.owner.look()
            await self.trouble()
        except (StoreUnavailable, BookLost):
            return False
        return True


class Run:
    """One schedule of the entries: processes come and go until all is handled."""

    def __init__(self, stores: Stores, seed: int, often: float) -> None:
        self._chance = random.Random(f"{seed}|{often}")
        self._often = often
        self.stores = stores
        self.topic = Topic()
        self.clock = SetClock()
        self.yardstick = YARDSTICK
        self._late: list[tuple[Process, asyncio.Task[bool]]] = []
        self.happened: list[str] = []

    async def all(self, history: Sequence[Entry]) -> None:
        """Afterwards every entry is handled, and whoever was late has ended."""
        committed = rounds = 0
        process = self._process()
        while committed < len(history):
            rounds += 1
            assert rounds < ROUNDS, "it goes on for ever"
            portion = list(self._portion(history[committed:]))
            if isinstance(portion[0], Configured):
                self.yardstick = portion[0].yardstick
            self._pass_time(portion)
            done = await self._worked(process, portion)
            committed += len(portion) if done else 0
            if done is None:
                process = self._process()
            await self._wake(0.2)
        await self._wake(1)
        self._often = 0
        await self._process().owner.look()

    def _process(self) -> Process:
        return Process(self, Trouble(self._chance, self._often))

    def _portion(self, left: Sequence[Entry]) -> Iterator[Entry]:
        """Some balances that come together, or one of anything else."""
        yield left[0]
        if isinstance(left[0], BalanceUpdated):
            for entry in left[1 : self._chance.randrange(1, 9)]:
                if not isinstance(entry, BalanceUpdated):
                    return
                yield entry

    def _pass_time(self, portion: Sequence[Entry]) -> None:
        for entry in portion:
            if isinstance(entry, BalanceUpdated | Look):
                self.clock.at = max(self.clock.at, entry.at)

    async def _worked(self, process: Process, portion: Sequence[Entry]) -> bool | None:
        """Whether it handled the portion; None: it died, or nobody has heard of it for so long that another takes its place."""
        task = asyncio.create_task(process.work(portion))
        stalls = asyncio.create_task(process.trouble.stalled.wait())
        await asyncio.wait((task, stalls), return_when=asyncio.FIRST_COMPLETED)
        stalls.cancel()
        if not task.done():
            self.happened.append("stalled")
            self._late.append((process, task))
            return None
        return self._result(task)

    def _result(self, task: "asyncio.Task[bool]") -> bool | None:
        try:
            done = task.result()
        except Died:
            self.happened.append("died")
            return None
        if not done:
            self.happened.append("refused")
        return done

    async def _wake(self, share: float) -> None:
        """Some of those that are late go on with what they were at; nothing of it is committed."""
        for late in [late for late in self._late if self._chance.random() < share]:
            process, task = late
            self._late.remove(late)
            process.trouble.wake()
            await asyncio.wait((task,))
            self._result(task)


async def outcome(run: Run) -> Left:
    """What a run has left."""
    return await left_in(
        run.stores,
        SANDBOX,
        accounts=[address(number) for number in range(ACCOUNTS)],
        thresholds_xlm=sorted({xlm for yardstick in OTHERS for xlm in yardstick.thresholds_xlm}),
        told=run.topic.told,
    )


def sorted_anew(history: Sequence[Entry]) -> Reference:
    """The slow one that was told the same."""
    slow, clock = reference(), BEGAN
    for entry in history:
        if isinstance(entry, Configured):
            if entry.yardstick != slow.yardstick:
                slow.change(entry.yardstick, clock)
        elif isinstance(entry, RecalculationRequested):
            slow.recalculate(entry, clock)
            continue
        else:
            clock = max(clock, entry.at)
        if isinstance(entry, BalanceUpdated):
            slow.take(entry)
        else:
            slow.look(clock)
    slow.look(clock)
    return slow


async def simulate(seed: int, often: float) -> tuple[Run, Left]:
    """A run with trouble that often, and what it left. Without any, it leaves what is right."""
    backend = SqliteInline()
    async with backend.at(backend.new_place()) as stores:
        run = Run(stores, seed, often)
        await run.all(entries(random.Random(seed)))
        return run, await outcome(run)
