"""Takes shelved records up again when their source works, and there is room for them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiokafka.errors import KafkaError

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Line, Lines
from stellarmap_common.adapters.kafka.reread import Rereading
from stellarmap_common.adapters.kafka.shelf import Shelf, Spot
from stellarmap_common.errors import TransientError
from stellarmap_common.ports.clock import Clock

log = structlog.get_logger(__name__)

AGAIN_S = 1.0


class Restocker:
    """Moves records from the shelf into lines, in the order of their offsets."""

    def __init__(  # noqa: PLR0913 - what it stands between
        self,
        shelf: Shelf,
        lines: Lines,
        clock: Clock,
        reread: Rereading,
        *,
        together: int,
        wanted: Callable[[str], bool],
        ready: Callable[[Line], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        self._shelf = shelf
        self._lines = lines
        self._clock = clock
        self._reread = reread
        self._together = together
        self._wanted = wanted  # may records of this network be taken up now?
        self._ready = ready
        self._room = room
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def look(self) -> None:
        """Afterwards, or soon, what may be taken up is in line."""
        if self._task is None and not self._stopped and self._shelf.count and self._shelf.next(self._wanted):
            self._task = asyncio.create_task(self._restock(), name="restock")
            self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Afterwards nothing is taken up any more."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _restock(self) -> None:
        try:
            async with self._reread() as rereader:
                while (found := self._shelf.next(self._wanted)) is not None:
                    spot, offset = found
                    self._take_up(spot, offset, await rereader.read(spot[1], offset, self._together))
                    await self._room()
        except (KafkaError, TransientError) as error:
            log.warning("not_read_again", error=repr(error))
            await self._clock.sleep(AGAIN_S)
        except Exception:
            log.exception("bus_failed")
            await self._clock.sleep(AGAIN_S)  # a bug is hardly over at once, and a loop would take all there is

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        if not task.cancelled():
            self.look()

    def _take_up(self, spot: Spot, offset: int, records: Sequence[Record]) -> None:
        """`records` is all that the partition has from `offset` on, up to the last of them."""
        if not records:
            self._pass_over(spot, offset, None)
        for record in records:
            self._pass_over(spot, offset, record.offset)
            first = self._shelf.first(spot)
            if first is None or first < offset:
                return  # an earlier one was put back meanwhile: it goes first
            if first == record.offset:
                self._shelf.take_first(spot)
                line = self._lines.join(record)
                if line is not None:
                    self._ready(line)
            offset = record.offset + 1

    def _pass_over(self, spot: Spot, offset: int, before: int | None) -> None:
        """Gives up those from `offset` on which their topic has not kept: retention or compaction took them."""
        while (first := self._shelf.first(spot)) is not None and offset <= first and (before is None or first < before):
            self._shelf.take_first(spot)
            self._lines.gone(spot[1], first)
