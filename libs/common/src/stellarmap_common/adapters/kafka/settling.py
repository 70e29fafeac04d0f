"""What stands first in a line is settled: handled, set aside, or left to wait.

Where a subscription takes several records together, that is as many as are there now, and one call settles all of them or
none. One that cannot be taken is found among them: they are handled again one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

import structlog

from stellarmap_common.adapters.kafka.decoding import Decoded, EventDecoder, Record
from stellarmap_common.adapters.kafka.fate import Fate
from stellarmap_common.adapters.kafka.lines import Line, Lines, place_of
from stellarmap_common.adapters.kafka.pauses import Pauses
from stellarmap_common.errors import InvalidEvent, TransientError
from stellarmap_common.events.base import Event

log = structlog.get_logger(__name__)

_NO_NETWORK = ""


class Settler:
    """Settles the records of one work subscription, for the workers at its lines."""

    def __init__(  # noqa: PLR0913 - what it stands between
        self,
        decoder: EventDecoder,
        fate: Fate,
        lines: Lines,
        pauses: Pauses,
        *,
        together: int,
        takes: Callable[[Record], bool],
        hurries: Callable[[], bool],
        hold: Callable[[str, Line], None],
        **names: str | None,
    ) -> None:
        self._decoder = decoder
        self._fate = fate
        self._lines = lines
        self._pauses = pauses
        self._together = together
        self._takes = takes  # may the record be handled here?
        self._hurries = hurries  # is nothing waited for any more?
        self._hold = hold  # has a line wait for the source of a network
        self._names = names

    async def settle(self, line: Line) -> int | None:
        """How many of its first records are handled or set aside. None: the line waits, and is the worker's no more."""
        first = line.records[0]
        self._lines.begin(first)
        try:
            decoded = self._decoder.decode(first)
        except InvalidEvent as error:
            return self._ended(_NO_NETWORK, line, await self._fate.undecodable(first, error))
        network = _network_of(decoded.event)
        within_s = self._pauses.admits(network, line)
        if within_s is None:
            self._hold(network, line)
            return None
        line.network = network
        batch = (decoded, *self._behind(line, network))
        self._lines.begin(batch[-1].record)
        problem = await self._fate.handle(batch, within_s=within_s, goes_on=partial(self._goes_on, network))
        if problem is not None:
            return await self._failed(batch, line, problem)
        self._pauses.worked(network, first)
        return len(batch)

    def _behind(self, line: Line, network: str) -> Iterator[Decoded]:
        """Those right behind the first one that are handled together with it."""
        place = place_of(line.records[0])
        for record in islice(line.records, 1, 1 if line.one_by_one else self._together):
            if place_of(record) != place or not self._takes(record):
                return
            try:
                decoded = self._decoder.decode(record)
            except InvalidEvent:
                return  # it is set aside once it is the first
            if _network_of(decoded.event) != network:
                return
            yield decoded

    def _goes_on(self, network: str, error: TransientError) -> bool:
        """Told of a failed call: True if it may be tried again in place. Nobody waits for that who leaves."""
        self._pauses.stumbled(network, error)
        return not self._hurries()

    async def _failed(self, batch: Sequence[Decoded], line: Line, problem: Exception) -> int | None:
        (record, event, _), network = batch[0], line.network
        if isinstance(problem, TransientError):
            if self._hurries():
                return self._waits(network, line, problem, count=len(batch))  # it was tried once, not for a round
            trouble = self._pauses.failed(network, record, problem)
            if trouble.alone and len(batch) > 1:
                return self._one_by_one(batch, line, problem)
            if not trouble.at_fault:
                return self._waits(network, line, problem, count=len(batch), alone_s=trouble.alone_s)
            failed = await self._fate.at_fault(record, event, problem, trouble.rounds)
        elif len(batch) > 1:
            return self._one_by_one(batch, line, problem)
        else:
            failed = await self._fate.failed(record, event, problem)
        if failed is None:
            self._pauses.settled(network, record)
        return self._ended(network, line, failed)

    def _ended(self, network: str, line: Line, failed: TransientError | None) -> int | None:
        """1: the first record is set aside. If even that failed, it waits for that."""
        return 1 if failed is None else self._waits(network, line, failed)

    def _one_by_one(self, batch: Sequence[Decoded], line: Line, problem: Exception) -> int:
        """Afterwards each of them has its own fate: none is held to be the reason before it failed alone."""
        log.warning("batch_failed", **self._names, network=line.network, records=len(batch), exc_info=problem)
        self._fate.read_again(len(batch))
        self._pauses.excuse(batch[0].record)
        line.one_by_one = len(batch)
        return 0

    def _waits(
        self, network: str, line: Line, error: TransientError, *, count: int = 1, alone_s: float | None = None
    ) -> int | None:
        """Afterwards the line waits, and the first `count` of its records are handled once more."""
        self._fate.read_again(count)
        if alone_s is None:
            self._pauses.wait(network, line, error)
        else:
            self._pauses.wait_alone(line, alone_s)
        return None


def _network_of(event: Event) -> str:
    return getattr(event, "network", _NO_NETWORK)
