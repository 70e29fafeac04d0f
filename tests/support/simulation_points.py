"""The points at which a simulated step can be interrupted: before and after everything others can see."""

import types
from collections.abc import Awaitable, Callable, Generator
from dataclasses import replace
from enum import Enum, auto
from typing import Any, TypeVar

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import Interest, Run, RunRef
from stellarmap_common.ports.stores import Stores

T = TypeVar("T")

READS = frozenset(
    {
        "run_of",
        "waiting_for",
        "request",
        "rows",
        "standing",
        "open_requests",
        "begun_between",
        "state_of",
        "stages_of",
        "creations_of",
        "ends_of",
        "unplaced_of",
        "children_of",
        "count_children",
    }
)


class Point(Enum):
    """What is about to happen, or has just happened, where a coroutine is suspended."""

    READ = auto()
    BEFORE_WRITE = auto()
    AFTER_WRITE = auto()
    ADMIT = auto()
    SOURCE = auto()


@types.coroutine
def point(kind: Point, what: str) -> Generator[tuple[Point, str], None, None]:
    """Suspends the coroutine; whoever runs it decides whether and how it goes on."""
    yield kind, what


def at_once(work: Awaitable[T]) -> T:
    """What it returns; it must not reach a point."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as ended:
        result: T = ended.value
        return result
    raise AssertionError("it was to run through, and waits")


class Interruptible:
    """Stands before a store: each call can be interrupted before it, and after it if it writes."""

    def __init__(self, store: Any, seen: Callable[[str, Any, Any], None]) -> None:
        self.store = store
        self._seen = seen

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self.store, name)
        call = self._read if name in READS else self.write

        async def interruptible(*args: Any, **named: Any) -> Any:
            return await call(name, method, args, named)

        self.__dict__[name] = interruptible
        return interruptible

    async def write(self, name: str, method: Callable[..., Awaitable[Any]], args: Any, named: Any) -> Any:
        """The write, with a point before and one after."""
        await point(Point.BEFORE_WRITE, name)
        result = await method(*args, **named)
        self._seen(name, args, result)
        await point(Point.AFTER_WRITE, name)
        return result

    async def _read(self, name: str, method: Callable[..., Awaitable[Any]], args: Any, named: Any) -> Any:
        await point(Point.READ, name)
        result = await method(*args, **named)
        self._seen(name, args, result)
        return result


class SplitRuns(Interruptible):
    """Interest and run are two writes where a store has no transactions: something may come between them."""

    async def register(self, interest: Interest) -> None:
        await self.write("register", self.store.register, (interest,), {})

    async def swap(self, new: Run, expected_revision: int | None, *, interest: Interest | None = None) -> bool:
        if interest is not None:
            await self.register(interest)
        swapped: bool = await self.write("swap", self.store.swap, (new, expected_revision), {})
        return swapped


class SplitKnown:
    """All of an account is several reads where a store has no snapshots: something may come between them."""

    def __init__(self, around: dict[str, Any]) -> None:
        self._around = around

    async def known_of(self, account: AccountRef) -> Known:
        runs, facts = self._around["runs"], self._around["creations"]
        return Known(
            state=await self._around["accounts"].state_of(account),
            creator_run=await runs.run_of(RunRef(account, Step.CREATOR)),
            children_run=await runs.run_of(RunRef(account, Step.CHILDREN)),
            creations=await facts.creations_of(account),
            ends=await facts.ends_of(account),
            unplaced=await facts.unplaced_of(account),
        )


def interruptible(stores: Stores, seen: Callable[[str, Any, Any], None]) -> Stores:
    """The stores, with points at every call; `seen` is told each call, its arguments and what it returned."""
    around: dict[str, Any] = {name: Interruptible(getattr(stores, name), seen) for name in Stores.__slots__}
    around["runs"] = SplitRuns(stores.runs, seen)
    around["known"] = SplitKnown(around)
    around["imports"] = stores.imports  # nobody imports here
    return replace(stores, **around)
