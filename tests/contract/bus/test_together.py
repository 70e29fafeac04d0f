"""A handler that takes many events of one key in one call: what it is given, and how it ends."""

import asyncio
import json

import pytest

from stellarmap_common.adapters.kafka import work
from stellarmap_common.adapters.kafka.decoding import Record
from tests.support.bus import (
    GROUP,
    PUBLIC,
    QUEUED,
    REQUESTED,
    SANDBOX,
    BusBackend,
    Handled,
    OpenedBus,
    address,
    asked,
    on,
    queued,
    until,
    until_read,
)
from tests.support.bus_batches import AT_MOST, Batch, Batches, numbered, together
from tests.support.poison import POISONS

MANY = 7_000


async def test_what_is_in_line_is_handled_in_one_call_in_its_order(bus: OpenedBus) -> None:
    full = asyncio.Event()

    async def wait(_: Batch) -> None:
        await full.wait()

    batches = Batches(wait)
    async with bus.running(together(batches, records=20)):
        await bus.publish(*numbered(500, accounts=2))
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: not running._has_room(), "as much is in line as may be")
        full.set()
        await batches.all(500)
    assert all(len({event.key for event in batch}) == 1 for batch in batches.done)
    assert all(ids == sorted(ids) for ids in batches.by_key.values())
    assert sorted(batches.ids) == [event.id for event in numbered(500)]
    assert max(map(len, batches.calls)) == AT_MOST


async def test_who_has_little_to_do_waits_for_no_more(bus: OpenedBus) -> None:
    batches = Batches()
    async with bus.running(together(batches)):
        for number in range(3):
            await bus.publish(asked(1, f"{number}"))
            await batches.all(number + 1)
    assert batches.calls == [("0",), ("1",), ("2",)]


async def test_a_line_of_thousands_of_one_key_is_read_as_it_is_handled(bus: OpenedBus) -> None:
    batches = Batches()
    await bus.publish(*numbered(MANY))
    async with bus.running(together(batches, records=2_000)):
        await batches.all(MANY)
        await until_read(bus)
    assert batches.ids == [event.id for event in numbered(MANY)]
    assert len(batches.calls) <= MANY / AT_MOST + MANY / 100


async def test_however_many_are_read_at_once_a_line_takes_no_more_than_memory_has(
    bus: OpenedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_BUSY", 600)
    go_on = asyncio.Event()

    async def wait(_: Batch) -> None:
        await go_on.wait()

    batches = Batches(wait)
    await bus.publish(*numbered(2_000))
    async with bus.running(together(batches, records=500)):
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running.lines.busy >= 600, "as much is in line as may be")
        await until(lambda: not running._has_room(), "nothing more is read")
        assert running.lines.busy < 600 + 500
        go_on.set()
        await until_read(bus)
    assert batches.ids == [event.id for event in numbered(2_000)]


async def test_networks_are_never_mixed_whatever_key_they_are_sent_under(bus: OpenedBus) -> None:
    _, headers, _ = POISONS["not JSON"]
    for number in range(12):
        value = json.dumps({"network": (SANDBOX, PUBLIC)[number // 3 % 2], "account": address(number)})
        await bus.put(REQUESTED, value.encode(), headers, key=b"any")
    batches = Batches()
    async with bus.running(together(batches)):
        await batches.all(12)
    assert [{event.network for event in batch} for batch in batches.done] == [{SANDBOX}, {PUBLIC}] * 2
    assert [event.account for batch in batches.done for event in batch] == [address(number) for number in range(12)]


async def test_a_stop_finishes_the_call_in_flight_and_begins_no_other(backend: BusBackend) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Batch) -> None:
        begun.set()
        await go_on.wait()

    first, second = Batches(wait), Batches()
    async with backend.open() as bus:
        await bus.publish(*numbered(3 * AT_MOST))

        async def run() -> None:
            async with bus.running(together(first)):
                await begun.wait()

        stopping = asyncio.create_task(run())
        await begun.wait()
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running._stopping, "it stops")
        go_on.set()
        await stopping
        assert first.ids == [event.id for event in numbered(AT_MOST)]
        async with bus.running(together(second)):
            await until_read(bus)
    assert second.ids == [event.id for event in numbered(2 * AT_MOST, first=AT_MOST)]


async def test_of_a_line_that_leaves_only_what_is_before_a_begun_record_is_handled(backend: BusBackend) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Batch) -> None:
        begun.set()
        await go_on.wait()

    first, second = Batches(wait), Batches()
    _, headers, _ = POISONS["not JSON"]
    async with backend.open() as bus:
        for offset, key in enumerate((b"one", b"other", b"other", b"one", b"other", b"other")):
            named = [(name, b"%d" % offset if name == "ce_id" else value) for name, value in headers]
            value = json.dumps({"network": SANDBOX, "account": address(1)}).encode()
            await bus.put(REQUESTED, value, named, key=key, partition=0)

        async def run() -> None:
            async with bus.running(together(first, at_once=1)):
                await begun.wait()

        stopping = asyncio.create_task(run())
        await begun.wait()
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running._finishing, "it stops")
        go_on.set()
        await stopping
        assert first.calls == [("0", "3"), ("1", "2")]
        async with bus.running(together(second)):
            await until_read(bus)
    assert second.calls == [("4", "5")]


async def test_what_outlasts_a_stop_is_cancelled_and_all_of_it_handled_again(
    backend: BusBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.kafka.bus.DRAIN_S", 0.05)
    begun = asyncio.Event()

    async def hang(_: Batch) -> None:
        begun.set()
        await asyncio.Event().wait()

    second = Batches()
    async with backend.open() as bus:
        await bus.publish(*numbered(AT_MOST))
        async with bus.running(together(Batches(hang))):
            await begun.wait()
        async with bus.running(together(second)):
            await until_read(bus)
    assert second.calls == [tuple(event.id for event in numbered(AT_MOST))]


async def test_partitions_that_go_to_another_are_handled_there_from_where_they_were_done(bus: OpenedBus) -> None:
    async def give_way(_: Batch) -> None:
        await asyncio.sleep(0.001)

    batches = Batches(give_way)
    async with bus.running(together(batches)):
        await bus.publish(*numbered(2_000, accounts=10))
        await batches.all(200)
        async with bus.running(together(batches)):
            await bus.publish(*numbered(2_000, accounts=10, first=2_000))
            await batches.all(2_500)
        await until_read(bus)
    assert sorted(batches.ids) == [event.id for event in numbered(4_000)]
    assert all(ids == sorted(ids) for ids in batches.by_key.values())


async def test_what_follows_from_several_names_no_cause_and_what_follows_from_one_names_it(bus: OpenedBus) -> None:
    async def follow(batch: Batch) -> None:
        await bus.bus.publisher.send(queued(len(batch)))

    await bus.publish(*numbered(3))
    batches = Batches(follow)
    async with bus.running(together(batches), on(QUEUED, Handled())):
        await batches.all(3)
        await bus.publish(asked(1, "one"))
        await batches.all(4)
        await until_read(bus)
    effects = {headers["ce_id"]: headers for headers in map(_headers, await bus.records(QUEUED.name))}
    assert "ce_causationid" not in effects["queued-3"]
    assert effects["queued-3"]["ce_source"] == GROUP
    assert effects["queued-1"]["ce_causationid"] == "one"
    traces = {name: headers["traceparent"].split("-")[1] for name, headers in effects.items()}
    causes = [_headers(record) for record in await bus.records(REQUESTED.name)]
    caused = {headers["ce_id"]: headers["traceparent"].split("-")[1] for headers in causes}
    assert traces["queued-1"] == caused["one"]
    assert traces["queued-3"] not in caused.values()


def _headers(record: Record) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}
