"""Lines that wait: for the source of their network to answer again, or for a moment of their own."""

import asyncio
from collections.abc import Callable

import structlog

from stellarmap_common.adapters.kafka.attempts import IN_PLACE_S
from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Line, Lines, Partition, place_of
from stellarmap_common.adapters.kafka.sources import Source, Trouble
from stellarmap_common.errors import RunLost, TransientError
from stellarmap_common.ports.clock import Clock

log = structlog.get_logger(__name__)

MOMENT_S = 0.2


class Pauses:
    """Who waits in one subscription, and until when.

    `ready` is called with a line that may go on, `opened` when a source works again.
    """

    def __init__(
        self,
        lines: Lines,
        clock: Clock,
        ready: Callable[[Line], None],
        opened: Callable[[], None],
        **names: str | None,
    ) -> None:
        self._lines = lines
        self._clock = clock
        self._ready = ready
        self._opened = opened
        self._names = names
        self._sources: dict[str, Source] = {}  # of those that ever failed
        self._troubles: dict[tuple[Partition, int], Trouble] = {}
        self._timers: set[asyncio.Task[None]] = set()
        self._stopped = False

    def is_paused(self, network: str) -> bool:
        """True while the network's records wait for its source."""
        source = self._sources.get(network)
        return source is not None and source.paused

    def admits(self, network: str, line: Line) -> float | None:
        """For how long the line's first record may be tried in place; None if it must be held until its source works."""
        source = self._sources.get(network)
        if source is None or not source.paused:
            return IN_PLACE_S
        if not self._stopped and source.lets(line, self._clock.monotonic()):
            return 0.0  # a probe is one call
        return None

    def hold(self, network: str, line: Line) -> None:
        """Afterwards the line waits with the others of its network."""
        self._lines.wait(line, network)
        self._sources[network].waiting.append(line)

    def worked(self, network: str, record: Record) -> None:
        """Notes that a record of the network was handled."""
        if (source := self._sources.get(network)) is not None:
            source.successes += 1
            source.stumbled = False
            self.settled(network, record)

    def stumbled(self, network: str, error: TransientError) -> None:
        """Notes that a call for the network did not go through; it may be tried again in place."""
        if not isinstance(error, RunLost):
            self._sources.setdefault(network, Source(network)).stumbled = True

    def is_away(self, network: str) -> bool:
        """True while nothing goes through for the network, as far as is known: a call in flight may well hang."""
        source = self._sources.get(network)
        return source is not None and (source.paused or source.stumbled)

    def settled(self, network: str, record: Record) -> None:
        """Notes that a record needs its source no more."""
        self.excuse(record)
        source = self._sources.get(network)
        if source is not None and source.paused:
            self._open(source)

    def excuse(self, record: Record) -> None:
        """Afterwards no failure counts against the record."""
        self._troubles.pop((place_of(record), record.offset), None)

    def failed(self, network: str, record: Record, error: TransientError) -> Trouble:
        """Counts a failure of the record for its source's sake."""
        source = self._sources.setdefault(network, Source(network))
        trouble = self._troubles.setdefault((place_of(record), record.offset), Trouble(seen=source.successes))
        trouble.failed(error, source.successes)
        return trouble

    def wait(self, network: str, line: Line, error: TransientError) -> None:
        """Afterwards the line waits, with all lines of its network."""
        if isinstance(error, RunLost):  # about one account; its source is well
            self.wait_alone(line)
            return
        self._lines.wait(line, network)
        source = self._sources.setdefault(network, Source(network))
        source.waiting.append(line)
        if not source.paused or source.probe is line:
            pause_s = source.pause(error, self._clock.monotonic())
            log.warning("subscription_paused", **self._names, network=network, seconds=pause_s, error=str(error))
            pause = source.pauses
            self._after(pause_s, lambda: self._probe(source, pause))

    def wait_alone(self, line: Line, seconds: float = MOMENT_S) -> None:
        """Afterwards the line waits by itself. If it was a probe, another one is sent."""
        self._lines.wait(line, line.network)
        self._after(seconds, lambda: self._go_on(line))
        self.left(line)

    def left(self, line: Line) -> None:
        """Notes that a line has ended without an answer: if it was a probe, another one is sent."""
        for source in self._sources.values():
            if source.probe is line:
                source.probe = None
                self._probe(source, source.pauses)

    def forget(self, partitions: set[Partition]) -> None:
        """Afterwards nothing is known of records of these partitions."""
        self._troubles = {place: trouble for place, trouble in self._troubles.items() if place[0] not in partitions}

    def stop(self) -> None:
        """Afterwards nothing goes on by itself."""
        self._stopped = True
        for timer in self._timers:
            timer.cancel()

    def _probe(self, source: Source, pause: int) -> None:
        if not source.paused or source.pauses != pause or source.probe is not None:
            return
        if (line := source.next_probe()) is not None:
            self._go_on(line)
        else:
            self._open(source)

    def _open(self, source: Source) -> None:
        waited = source.open()
        log.warning("subscription_resumed", **self._names, network=source.network, keys=len(waited))
        for line in waited:
            self._go_on(line)
        self._opened()

    def _go_on(self, line: Line) -> None:
        if not line.records:
            return  # it is no more: its partition has left
        self._lines.go_on(line)
        self._ready(line)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        if self._stopped:
            return
        timer = asyncio.create_task(self._wait_and(seconds, act))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _wait_and(self, seconds: float, act: Callable[[], None]) -> None:
        await self._clock.sleep(seconds)
        act()
