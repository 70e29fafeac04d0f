"""Old accounts wait for each other before their children are queried: such a query reads every day since their creation.

Fifty of them, or a quarter of an hour, are worth one. They wait before their run is taken: nobody holds it meanwhile.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.known_store import KnownStore
from stellarmap_ingest_bigquery.days import first_day_of

log = structlog.get_logger(__name__)

ENOUGH = 50
LONGEST_S = 900.0


class Patience:
    """Lets young accounts through at once, and old ones together."""

    def __init__(self, known: KnownStore, clock: Clock, max_age: Callable[[], timedelta | None]) -> None:
        self._known = known
        self._clock = clock
        self._max_age = max_age  # None: nobody waits
        self._gate: asyncio.Event | None = None
        self._alarm: asyncio.Task[None] | None = None
        self.waiting = 0

    async def wait(self, account: AccountRef) -> None:
        """Returns when the account's children may be queried."""
        if not await self._is_old(account):
            return
        if self._gate is None:
            self._gate = asyncio.Event()
            self._alarm = asyncio.create_task(self._ring(self._gate), name="old accounts wait")
        gate = self._gate
        self.waiting += 1
        log.info("old_account_waits", network=account.network, waiting=self.waiting, enough=ENOUGH, longest_s=LONGEST_S)
        if self.waiting >= ENOUGH:
            self._open(gate)
        try:
            await gate.wait()
        finally:
            if self._gate is gate:
                self.waiting -= 1

    def stop(self) -> None:
        """Afterwards nothing rings any more."""
        if self._alarm is not None:
            self._alarm.cancel()

    async def _is_old(self, account: AccountRef) -> bool:
        max_age = self._max_age()
        if max_age is None:
            return False
        began = await first_day_of(self._known, account)
        return began is None or self._clock.now() - began > max_age

    async def _ring(self, gate: asyncio.Event) -> None:
        await self._clock.sleep(LONGEST_S)
        self._open(gate)

    def _open(self, gate: asyncio.Event) -> None:
        gate.set()
        if self._gate is gate:
            self._gate, self.waiting = None, 0
            self.stop()
