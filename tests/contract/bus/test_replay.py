"""Dead letters come back: as they were, to the group that could not handle them, and to nobody else."""

import pytest

from stellarmap_common.errors import SourceRejected
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.events.topics import DEAD_LETTER_RETENTION_S, replay_topic
from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId
from stellarmap_common.ports.subscription import DeadLetter
from tests.support.bus import (
    GROUP,
    OTHER_GROUP,
    QUEUED,
    REQUESTED,
    BusBackend,
    Handled,
    OpenedBus,
    SteppedClock,
    asked,
    on,
    queued,
    until,
    until_read,
)

DAY_S = 86_400


class Mendable:
    """A handler that refuses everything until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.handled = Handled(self._first)

    async def _first(self, _: object) -> None:
        if not self.mended:
            raise SourceRejected("not yet")


async def letters(bus: OpenedBus, count: int) -> tuple[DeadLetterEntry, ...]:
    await until_read(bus)
    found = await bus.bus.dead_letters.entries()
    assert len(found) == count
    return found


async def test_a_replayed_record_is_handled_as_it_was(bus: OpenedBus) -> None:
    mendable = Mendable()
    async with bus.running(on(REQUESTED, mendable.handled)):
        await bus.publish(asked(1))
        (letter,) = await letters(bus, 1)
        assert letter.replayed_at is None
        mendable.mended = True
        assert await bus.bus.dead_letters.replay([letter.id]) == ()
        await mendable.handled.all(1)
    assert mendable.handled.events == [asked(1)]
    (original,), (replayed,) = await bus.records(REQUESTED.name), await bus.records(replay_topic(REQUESTED, GROUP))
    assert (replayed.key, replayed.value) == (original.key, original.value)
    assert dict(replayed.headers) == {**dict(original.headers), "replayed_from": str(letter.id).encode()}


async def test_a_dead_letter_says_whether_and_when_it_was_replayed(bus: OpenedBus) -> None:
    mendable = Mendable()
    async with bus.running(on(REQUESTED, mendable.handled)):
        await bus.publish(asked(1), asked(2))
        first, second = await letters(bus, 2)
        mendable.mended = True
        await bus.bus.dead_letters.replay([first.id])
        found = {entry.id: entry.replayed_at for entry in await bus.bus.dead_letters.entries()}
    at = found[first.id]
    assert at is not None
    assert at >= first.at
    assert found[second.id] is None
    again = await bus.bus.dead_letters.entry(*first.id)
    assert again is not None
    assert again.replayed_at == at


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)  # Kafka takes no record from tomorrow
async def test_when_a_dead_letter_was_replayed_is_remembered_for_as_long_as_the_letter_is(backend: BusBackend) -> None:
    mendable, clock = Mendable(), SteppedClock()
    async with backend.open(clock=clock) as bus, bus.running(on(REQUESTED, mendable.handled)), clock.passing():
        await bus.publish(asked(1))
        (letter,) = await letters(bus, 1)
        await bus.bus.dead_letters.replay([letter.id])
        await bus.bus.dead_letters.entries()
        await clock.pass_time(DEAD_LETTER_RETENTION_S + DAY_S, step_s=DAY_S)
        await bus.publish(asked(2))
        await until_read(bus)
        (young, *_) = await bus.bus.dead_letters.entries()
        await bus.bus.dead_letters.replay([young.id])
        await bus.bus.dead_letters.entries()
        assert list(bus.bus.dead_letters._replayed) == [str(young.id)]  # type: ignore[attr-defined]  # inside of the embedded bus


async def test_a_replay_comes_to_its_own_group_alone(bus: OpenedBus) -> None:
    mendable, other = Mendable(), Handled()
    async with bus.running(on(REQUESTED, mendable.handled), on(REQUESTED, other, group=OTHER_GROUP)):
        await bus.publish(asked(1))
        await other.all(1)
        (letter,) = await letters(bus, 1)
        mendable.mended = True
        await bus.bus.dead_letters.replay([letter.id])
        await mendable.handled.all(1)
        await until_read(bus, OTHER_GROUP, [REQUESTED])
    assert other.ids == ["asked-1"]


async def test_what_fails_again_is_a_dead_letter_again_that_can_be_replayed(bus: OpenedBus) -> None:
    mendable = Mendable()
    async with bus.running(on(REQUESTED, mendable.handled)):
        await bus.publish(asked(1))
        (first,) = await letters(bus, 1)
        await bus.bus.dead_letters.replay([first.id])
        await until(lambda: len(mendable.handled.calls) == 2, "handled again")
        label = {"group": GROUP, "topic": REQUESTED.name, "reason": "permanent"}
        await until(lambda: bus.counted("stellarmap_events_dead_lettered_total", **label) == 2, "set aside again")
        second, _ = await letters(bus, 2)
        assert (second.original_topic, second.original_offset) == (replay_topic(REQUESTED, GROUP), 0)
        assert dict(second.headers)["replayed_from"] == str(first.id).encode()
        mendable.mended = True
        await bus.bus.dead_letters.replay([second.id])
        await mendable.handled.all(1)
    assert [
        dict(each.headers)["replayed_from"].decode() for each in await bus.records(replay_topic(REQUESTED, GROUP))
    ] == [
        str(first.id),
        str(second.id),
    ]


async def test_who_closed_what_failed_is_told_before_it_is_handled_again(bus: OpenedBus) -> None:
    mendable = Mendable()
    told: list[tuple[str, str]] = []

    async def closed(event: AccountRequested, _: DeadLetter) -> None:
        told.append(("closed", event.id))

    async def opens(event: AccountRequested, dead_letter: str) -> None:
        assert not mendable.handled.events
        told.append((dead_letter, event.id))

    row = on(REQUESTED, mendable.handled, before_dead_letter=closed, before_replay=opens)
    async with bus.running(row):
        await bus.publish(asked(1))
        (letter,) = await letters(bus, 1)
        mendable.mended = True
        await bus.bus.dead_letters.replay([letter.id])
        await mendable.handled.all(1)
    assert told == [("closed", "asked-1"), (str(letter.id), "asked-1")]


async def test_a_header_that_says_so_makes_no_replay_of_a_record(bus: OpenedBus) -> None:
    handled, told = Handled(), Handled()
    async with bus.running(on(REQUESTED, handled, before_replay=told)):
        await bus.publish(asked(1))
        await handled.all(1)
        (record,) = await bus.records(REQUESTED.name)
        await bus.put(REQUESTED, record.value, (*record.headers, ("replayed_from", b"forged:0:0")), key=record.key)
        await handled.all(2)
    assert told.calls == []


async def test_an_undecodable_record_keeps_its_bytes_through_a_replay(bus: OpenedBus) -> None:
    headers = (("ce_id", b"\xff\xfe"), ("content-type", b"application/json"), ("odd", b""))
    async with bus.running(on(REQUESTED, Handled())):
        await bus.put(REQUESTED, b"\x00{", headers, key=b"\xff")
        (letter,) = await letters(bus, 1)
        await bus.bus.dead_letters.replay([letter.id])
        label = {"group": GROUP, "topic": REQUESTED.name, "reason": "undecodable"}
        await until(lambda: bus.counted("stellarmap_events_dead_lettered_total", **label) == 2, "set aside again")
    (replayed,) = await bus.records(replay_topic(REQUESTED, GROUP))
    assert (replayed.key, replayed.value) == (b"\xff", b"\x00{")
    assert tuple(replayed.headers[:-1]) == headers


async def test_what_is_gone_is_told(bus: OpenedBus) -> None:
    mendable = Mendable()
    async with bus.running(on(REQUESTED, mendable.handled)):
        await bus.publish(asked(1))
        (letter,) = await letters(bus, 1)
        mendable.mended = True
        gone = [
            DeadLetterId(letter.topic, 0, 7),
            DeadLetterId(letter.topic, 9, 0),
            DeadLetterId(letter.topic, 0, 1 << 60),
            DeadLetterId(REQUESTED.name, 0, 0),
        ]
        assert await bus.bus.dead_letters.replay([*gone, letter.id]) == tuple(gone)
        await mendable.handled.all(1)


async def test_dead_letters_are_read_in_pages_each_once_and_by_group_and_topic(bus: OpenedBus) -> None:
    mendable, others = Mendable(), Mendable()
    async with bus.running(
        on(REQUESTED, mendable.handled),
        on(QUEUED, mendable.handled),
        on(REQUESTED, others.handled, group=OTHER_GROUP),
    ):
        await bus.publish(*(asked(number) for number in range(20)), *(queued(number) for number in range(10)))
        await until_read(bus, OTHER_GROUP, [REQUESTED])
        everything = await letters(bus, 50)
    paged: list[DeadLetterEntry] = []
    while page := await bus.bus.dead_letters.entries(limit=7, before=paged[-1].mark if paged else None):
        paged += page
    assert tuple(paged) == everything
    assert [entry.mark for entry in paged] == sorted((entry.mark for entry in paged), reverse=True)
    of_group = await bus.bus.dead_letters.entries(group=OTHER_GROUP)
    assert (len(of_group), {entry.group for entry in of_group}) == (20, {OTHER_GROUP})
    assert len(await bus.bus.dead_letters.entries(topic=REQUESTED.name)) == 40
    assert len(await bus.bus.dead_letters.entries(topic=of_group[0].topic)) == 20
    assert await bus.bus.dead_letters.entries(group="nobody") == ()


@pytest.mark.parametrize("text", ["", "a", "a:1", "a:1:x", ":1:2", "a:1:-2", "a:1:2:3", "a:1:" + "9" * 30])
def test_what_is_no_id_is_none(text: str) -> None:
    assert DeadLetterId.parse(text) is None
    assert DeadLetterId.parse("some.topic.dlq:1:2") == DeadLetterId("some.topic.dlq", 1, 2)
