"""What is long to read of an account, or of a domain, as it was read last: those who ask at the same time read it once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from stellarmap_common.ports.clock import Clock
from stellarmap_gateway.turns import Turns

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

KEPT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is read and kept by a replica."""

    at_once: int  # reads
    patience_s: float  # so long another waits for one of those to end, and is refused then
    most_kept: int  # of all that is kept, in what its size is told in
    kept_s: float = KEPT_S


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What was read, and when that began."""

    value: T
    as_of: datetime
    read_s: float


class SharedReads(Generic[K, T]):
    """The latest reads of this replica, and those under way."""

    def __init__(
        self, read: Callable[[K], Awaitable[T]], clock: Clock, bounds: Bounds, size_of: Callable[[T], int]
    ) -> None:
        self._read = read
        self._clock = clock
        self._bounds = bounds
        self._size_of = size_of
        self._turns = Turns(bounds.at_once, bounds.patience_s)
        self._reading: dict[K, asyncio.Task[Read[T]]] = {}
        self._kept: OrderedDict[K, tuple[Read[T], int]] = OrderedDict()  # with its size, the oldest first
        self._size = 0

    async def of(self, what: K) -> Read[T]:
        """What is seconds old at most. Whoever goes away does not stop the read: the next one comes for it.

        Raises: ApiProblem, when too many others are being read.
        """
        kept, _ = self._kept.get(what, (None, 0))
        if kept and self._is_fresh(kept):
            return kept
        reading = self._reading.get(what)
        if reading is None:
            reading = self._reading[what] = asyncio.create_task(self._read_in_turn(what))
            reading.add_done_callback(lambda done: self._end(what, done))
        return await asyncio.shield(reading)

    def forget(self, what: K) -> None:
        """Whoever asks from now on is given what was read from now on."""
        self._reading.pop(what, None)
        self._drop(what)

    async def _read_in_turn(self, what: K) -> Read[T]:
        async with self._turns.one():
            as_of, began_s = self._clock.now(), self._clock.monotonic()
            return Read(await self._read(what), as_of, began_s)

    def _end(self, what: K, done: "asyncio.Task[Read[T]]") -> None:
        failed = done.cancelled() or done.exception()  # told to whoever waits for it
        if self._reading.get(what) is not done:  # forgotten meanwhile
            return
        del self._reading[what]
        if failed:
            return
        self._drop(what)
        read = done.result()
        size = self._size_of(read.value)
        self._kept[what] = read, size
        self._size += size
        while self._kept and not self._holds(next(iter(self._kept.values()))[0]):
            self._drop(next(iter(self._kept)))

    def _holds(self, oldest: Read[T]) -> bool:
        return self._size <= self._bounds.most_kept and self._is_fresh(oldest)

    def _is_fresh(self, read: Read[T]) -> bool:
        return self._clock.monotonic() - read.read_s < self._bounds.kept_s

    def _drop(self, what: K) -> None:
        _, size = self._kept.pop(what, (None, 0))
        self._size -= size
