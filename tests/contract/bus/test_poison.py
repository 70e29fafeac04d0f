"""Eight kinds of records that are no event: each is set aside with its original bytes, and the good ones around it go on."""

import pytest

from stellarmap_common.ports.subscription import DeadLetter
from tests.support.bus import GROUP, REQUESTED, Handled, OpenedBus, asked, on, until_read
from tests.support.poison import KEY, POISONS


@pytest.mark.parametrize("kind", POISONS)
async def test_poison_is_set_aside_with_its_original_bytes_and_the_good_ones_go_on(bus: OpenedBus, kind: str) -> None:
    value, headers, reason = POISONS[kind]
    told: list[DeadLetter] = []

    async def tell(_: object, letter: DeadLetter) -> None:
        told.append(letter)

    handled = Handled()
    async with bus.running(on(REQUESTED, handled, before_dead_letter=tell)):
        await bus.publish(asked(1, "before"))
        await bus.put(REQUESTED, value, headers, key=KEY)
        await bus.publish(asked(1, "after"))
        await until_read(bus)
    assert handled.ids == ["before", "after"]
    (entry,) = await bus.bus.dead_letters.entries()
    assert reason in entry.reason
    assert (entry.key, entry.value, entry.attempts, entry.group) == (KEY, value, 1, GROUP)
    assert (entry.original_topic, entry.original_offset) == (REQUESTED.name, 1)
    originals = {name.removeprefix("dlq_"): header for name, header in entry.headers}
    assert originals == dict(headers)
    assert "content-type" not in dict(entry.headers)
    assert told == []  # there is no event to tell of
    label = {"group": GROUP, "topic": REQUESTED.name, "reason": "undecodable"}
    assert bus.counted("stellarmap_events_dead_lettered_total", **label) == 1


async def test_a_tombstone_without_a_key_harms_nobody(bus: OpenedBus) -> None:
    handled = Handled()
    async with bus.running(on(REQUESTED, handled)):
        await bus.put(REQUESTED, b"", (), key=None, partition=0)
        await bus.publish(asked(1, "good"))
        await until_read(bus)
    assert handled.ids == ["good"]
    assert len(await bus.bus.dead_letters.entries()) == 1
