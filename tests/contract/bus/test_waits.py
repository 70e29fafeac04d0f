"""Lines that wait leave nothing behind when their partition goes, and what goes wrong beside them is no hot loop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka.structs import ConsumerRecord, TopicPartition

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Line, Lines
from stellarmap_common.adapters.kafka.pauses import Pauses
from stellarmap_common.adapters.kafka.reread import Rereader
from stellarmap_common.adapters.kafka.restock import Restocker
from stellarmap_common.adapters.kafka.shelf import Shelf
from stellarmap_common.errors import TransientError
from tests.support.bus import SteppedClock

MINUTE_S = 60


def record(offset: int) -> Record:
    return ConsumerRecord("t", 0, offset, 0, 0, b"key", b"", None, 0, 0, [])


async def test_a_line_that_waited_alone_leaves_no_slot_taken_when_its_partition_has_left() -> None:
    lines, clock, ready = Lines(), SteppedClock(), list[Line]()
    pauses = Pauses(lines, clock, ready.append, lambda: None)
    line = lines.accept(record(0))
    assert line is not None
    pauses.wait_alone(line, 30)
    await clock.pass_time(2)
    lines.let_go({("t", 0)})
    pauses.forget({("t", 0)})
    await clock.pass_time(MINUTE_S)
    assert (lines.keys, lines.busy, lines.waiting) == (0, 0, 0)
    assert ready == []


class SilentConsumer:
    """A consumer of aiokafka whose brokers are away: they had told an end, and give nothing more."""

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 10)

    async def position(self, _: TopicPartition) -> int:
        return 0

    async def getmany(self, **_: object) -> dict[TopicPartition, list[Record]]:
        await asyncio.sleep(0)
        return {}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """It would begin there."""

    def resume(self, partition: TopicPartition) -> None:
        """It would fetch."""


async def test_reading_again_gives_up_when_the_brokers_are_away() -> None:
    with pytest.raises(TransientError, match="within"):
        await Rereader(SilentConsumer(), within_s=0.05).read(("t", 0), 0, 10)


async def test_a_bug_in_reading_again_is_not_met_more_than_once_a_second() -> None:
    shelf, lines, clock, tries = Shelf(), Lines(), SteppedClock(), list[int]()

    @asynccontextmanager
    async def broken() -> AsyncIterator[Rereader]:
        tries.append(len(tries))
        if tries:
            raise ValueError("a bug")
        yield Rereader(None)

    async def room() -> None:
        """There always is."""

    restocker = Restocker(
        shelf, lines, clock, broken, together=10, wanted=lambda _: True, ready=lambda _: None, room=room
    )
    lines.open(record(0))
    shelf.put("public", record(0))
    restocker.look()
    await clock.pass_time(MINUTE_S, step_s=0.5)
    await restocker.stop()
    assert MINUTE_S / 3 < len(tries) <= MINUTE_S + 1
