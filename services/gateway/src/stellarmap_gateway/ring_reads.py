"""Rings as they were read last: those who ask for one hub at the same time, or point at its dots, read it once."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.ring_store import RingStore

KEPT_S = 5.0
MOST_KEPT = 8  # of a million children each: 16 MB


@dataclass(frozen=True, slots=True)
class RingsRead:
    """Rings, and when they were read."""

    rings: Rings
    as_of: datetime
    read_s: float


class RingReads:
    """The latest reads of this replica, and those under way."""

    def __init__(self, store: RingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: OrderedDict[AccountRef, RingsRead] = OrderedDict()
        self._reading: dict[AccountRef, asyncio.Task[RingsRead]] = {}

    async def of(self, account: AccountRef) -> RingsRead:
        """Rings that are seconds old at most. Whoever goes away does not stop the read: the next one comes for it."""
        kept = self._kept.get(account)
        if kept and self._clock.monotonic() - kept.read_s < KEPT_S:
            return kept
        reading = self._reading.get(account)
        if reading is None:
            reading = self._reading[account] = asyncio.create_task(self._read(account))
            reading.add_done_callback(lambda done: self._end(account, done))
        return await asyncio.shield(reading)

    async def _read(self, account: AccountRef) -> RingsRead:
        as_of, began_s = self._clock.now(), self._clock.monotonic()
        return RingsRead(await self._store.rings_of(account), as_of, began_s)

    def _end(self, account: AccountRef, done: "asyncio.Task[RingsRead]") -> None:
        del self._reading[account]
        if done.cancelled() or done.exception():  # told to whoever waits for it
            return
        self._kept[account] = done.result()
        self._kept.move_to_end(account)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
