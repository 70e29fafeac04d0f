"""What is published arrives: in order per key, once a group, from where the group stood."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from stellarmap_common.adapters.kafka.publisher import TOGETHER
from stellarmap_common.errors import InvalidEvent, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from tests.support.bus import (
    GROUP,
    OTHER_GROUP,
    PUBLIC,
    QUEUED,
    REQUESTED,
    SANDBOX,
    WITHIN_S,
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
from tests.support.system import until as until_true


def _headers(record_headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    return {name: value.decode() for name, value in record_headers}


async def test_an_event_arrives_as_it_was_published(bus: OpenedBus) -> None:
    event = AccountRequested(id="one", network=SANDBOX, account=address(7), request_id="r", depth_left=2, retry=True)
    handled = Handled()
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(event)
        await handled.all(1)
    assert handled.events == [event]


async def test_a_record_is_a_cloud_event_in_binary_mode(bus: OpenedBus) -> None:
    await bus.bus.publisher_as("gateway").publish(asked(7, "one"))
    (record,) = await bus.records(REQUESTED.name)
    headers = _headers(record.headers)
    assert abs((datetime.fromisoformat(headers.pop("ce_time")) - datetime.now(UTC)).total_seconds()) < 60
    assert headers.pop("traceparent").count("-") == 3
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": "one",
        "ce_type": "stellarmap.account.requested.v1",
        "ce_source": "gateway",
        "ce_subject": f"{SANDBOX}:{address(7)}",
        "ce_correlationid": "one",
        "content-type": "application/json",
    }
    assert record.key == f"{SANDBOX}:{address(7)}".encode()
    assert record.value is not None
    assert b'"id"' not in record.value


async def test_what_a_handler_publishes_names_its_cause_and_goes_on_in_its_trace(bus: OpenedBus) -> None:
    async def follow(_: AccountRequested) -> None:
        await bus.publish(queued(8))

    async with bus.running(on(REQUESTED, follow), on(QUEUED, Handled())):
        await bus.publish(asked(7, "cause"))
        await until_read(bus)
    (cause,) = await bus.records(REQUESTED.name)
    (effect,) = await bus.records(QUEUED.name)
    headers = _headers(effect.headers)
    assert headers["ce_causationid"] == "cause"
    assert headers["ce_source"] == GROUP
    assert headers["traceparent"].split("-")[1] == _headers(cause.headers)["traceparent"].split("-")[1]
    assert headers["traceparent"] != _headers(cause.headers)["traceparent"]


async def test_published_events_are_there_when_publish_returns(bus: OpenedBus) -> None:
    await bus.publish(*(asked(number) for number in range(50)))
    assert len(await bus.records(REQUESTED.name)) == 50


async def test_an_event_without_an_id_is_refused_with_all_it_was_to_leave_with(bus: OpenedBus) -> None:
    with pytest.raises(InvalidEvent, match="without an id"):
        await bus.publish(asked(1), AccountRequested(network=SANDBOX, account=address(1)))
    assert len(await bus.records(REQUESTED.name)) == 0


async def test_more_than_one_command_takes_are_there_in_their_order(bus: OpenedBus) -> None:
    events = [asked(1, f"asked-1-{number}") for number in range(2 * TOGETHER + 1)]
    await bus.publish(*events)
    told = [_headers(record.headers)["ce_id"] for record in await bus.records(REQUESTED.name)]
    assert told == [event.id for event in events]


async def test_an_event_over_256_kb_is_refused(bus: OpenedBus) -> None:
    with pytest.raises(InvalidEvent, match="at most"):
        await bus.publish(AccountRequested(id="x", network=SANDBOX, account=address(1), cursor="c" * 300_000))


@pytest.mark.parametrize(("key", "partition"), [(b"21", 12), (b"foobar", 6), (b"a-little-bit-long-string", 8)])
async def test_a_key_stands_where_kafka_puts_it(bus: OpenedBus, key: bytes, partition: int) -> None:
    # Kafka's own vectors of murmur2: -973932308, -790332482, -985981536.
    hashes = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    assert (hashes[key] & 0x7FFFFFFF) % 24 == partition
    await bus.put(REQUESTED, b"x", [], key=key)
    (record,) = await bus.records(REQUESTED.name)
    assert record.partition == partition


async def test_events_of_a_key_are_handled_in_order(bus: OpenedBus) -> None:
    async def give_way(_: object) -> None:
        await asyncio.sleep(0)

    handled = Handled(give_way)
    async with bus.running(on(REQUESTED, handled, records=7)):
        await bus.publish(*(asked(number % 10, f"{number:04}") for number in range(500)))
        await handled.all(500)
    assert all(ids == sorted(ids) for ids in handled.by_account.values())
    assert len(set(handled.ids)) == 500


async def test_keys_are_handled_side_by_side_and_a_slow_one_holds_up_itself_alone(bus: OpenedBus) -> None:
    go_on = asyncio.Event()

    async def slow_for_one(event: AccountRequested) -> None:
        if event.account == address(1):
            await go_on.wait()

    handled = Handled(slow_for_one)
    async with bus.running(on(REQUESTED, handled, records=2)):
        await bus.publish(asked(1, "slow"), asked(1, "behind"), *(asked(number) for number in range(2, 60)))
        await handled.all(58)
        assert {"slow", "behind"}.isdisjoint(handled.ids)
        go_on.set()
        await handled.all(60)
    assert handled.ids[-2:] == ["slow", "behind"]


async def test_each_group_reads_everything(bus: OpenedBus) -> None:
    ours, theirs = Handled(), Handled()
    async with bus.running(on(REQUESTED, ours), on(REQUESTED, theirs, group=OTHER_GROUP)):
        await bus.publish(*(asked(number) for number in range(20)))
        await ours.all(20)
        await theirs.all(20)
    assert sorted(ours.ids) == sorted(theirs.ids)


async def test_a_group_goes_on_where_it_stopped(backend: BusBackend) -> None:
    first, second = Handled(), Handled()
    async with backend.open() as bus:
        async with bus.running(on(REQUESTED, first)):
            await bus.publish(*(asked(number) for number in range(30)))
            await until_read(bus)
        await bus.publish(*(asked(number) for number in range(30, 40)))
    async with backend.open() as bus, bus.running(on(REQUESTED, second)):
        await second.all(10)
        await until_read(bus)
    assert sorted(second.ids) == [f"asked-{number}" for number in range(30, 40)]


async def test_a_stop_finishes_what_is_in_flight_and_commits_it(backend: BusBackend) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        begun.set()
        await go_on.wait()

    first, second = Handled(wait), Handled()
    async with backend.open() as bus:

        async def run() -> None:
            async with bus.running(on(REQUESTED, first, records=1)):
                await begun.wait()

        await bus.publish(asked(1, "in flight"), asked(1, "behind"))
        stopping = asyncio.create_task(run())
        await begun.wait()
        go_on.set()
        await stopping
        assert first.ids == ["in flight"]
        async with bus.running(on(REQUESTED, second)):
            await until_read(bus)
    assert second.ids == ["behind"]


async def test_what_outlasts_a_stop_is_cancelled_and_read_again(
    backend: BusBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.kafka.bus.DRAIN_S", 0.05)
    begun = asyncio.Event()

    async def hang(event: AccountRequested) -> None:
        if event.account == address(1):
            begun.set()
            await asyncio.Event().wait()

    first, second = Handled(hang), Handled()
    async with backend.open() as bus:
        async with bus.running(on(REQUESTED, first)):
            await bus.publish(asked(1), *(asked(number) for number in range(2, 50)))
            await begun.wait()
            await first.all(48)
        async with bus.running(on(REQUESTED, second)):
            await until_read(bus)
    assert "asked-1" in second.ids
    assert {*first.ids, *second.ids} == {f"asked-{number}" for number in range(1, 50)}


async def test_a_group_that_the_table_does_not_name_is_refused(bus: OpenedBus) -> None:
    with pytest.raises(ValueError, match="is not read by stranger"):
        async with bus.running(on(REQUESTED, Handled(), group="stranger")):
            pass


async def test_the_backlog_tells_the_oldest_unread_record(bus: OpenedBus) -> None:
    assert await bus.bus.backlog.oldest_unread(GROUP) is None
    before = datetime.now(UTC)
    await bus.publish(asked(1))
    between = datetime.now(UTC)
    await bus.publish(asked(2))
    oldest = await bus.bus.backlog.oldest_unread(GROUP)
    assert oldest is not None
    assert before.timestamp() - 0.001 <= oldest.timestamp() <= between.timestamp()
    async with bus.running(on(REQUESTED, Handled())):
        await until_read(bus)
    assert await bus.bus.backlog.oldest_unread(GROUP) is None
    assert await bus.bus.backlog.oldest_unread(OTHER_GROUP) == oldest


async def test_what_waits_for_the_source_of_one_network_is_not_the_backlog_of_another(bus: OpenedBus) -> None:
    async def fails_on_public(event: AccountRequested) -> None:
        if event.network == PUBLIC:
            raise SourceUnavailable("it is down")

    async def read_of_sandbox() -> bool:
        return await bus.bus.backlog.oldest_unread(GROUP, SANDBOX) is None

    handled = Handled(fails_on_public)
    began = datetime.now(UTC)
    await bus.publish(asked(1, network=PUBLIC), *(asked(number) for number in range(2, 40)))
    backlog = bus.bus.backlog
    assert await backlog.unread(GROUP, REQUESTED.name) == 39
    assert await backlog.unread(GROUP, REQUESTED.name, began - timedelta(seconds=1)) == 0
    assert await backlog.unread(GROUP, REQUESTED.name, datetime.now(UTC) + timedelta(seconds=1)) == 39
    async with bus.running(on(REQUESTED, handled)):
        await until_true(read_of_sandbox, within_s=WITHIN_S, what="the sandbox's records")
        assert len(handled.events) == 38
        oldest = await backlog.oldest_unread(GROUP, PUBLIC)
        assert oldest is not None
        assert oldest == await backlog.oldest_unread(GROUP)
        assert await backlog.unread(GROUP, REQUESTED.name) == 1
        assert await backlog.unread(GROUP, REQUESTED.name, datetime.now(UTC) + timedelta(seconds=1)) == 1


async def test_what_has_its_network_for_a_key_is_the_backlog_of_that_network(bus: OpenedBus) -> None:
    await bus.put(REQUESTED, b"{}", [], key=PUBLIC.encode())
    assert await bus.bus.backlog.oldest_unread(GROUP, PUBLIC) is not None
    assert await bus.bus.backlog.oldest_unread(GROUP, SANDBOX) is None


async def test_topics_are_created_once_with_those_of_their_groups(bus: OpenedBus) -> None:
    assert await bus.bus.apply_topics() == ()
    assert await bus.bus.topics_diff() == ()
    assert await bus.records(f"{REQUESTED.name}.{GROUP}.dlq") == []
    assert await bus.records(f"{REQUESTED.name}.{OTHER_GROUP}.replay") == []


async def test_a_replayed_record_is_handled_by_its_group_alone(bus: OpenedBus) -> None:
    ours, theirs = Handled(), Handled()
    async with bus.running(on(REQUESTED, ours), on(REQUESTED, theirs, group=OTHER_GROUP)):
        await bus.publish(asked(1, "one"))
        await ours.all(1)
        (record,) = await bus.records(REQUESTED.name)
        producer = bus.bus._broker.config.producer._producer.producer  # type: ignore[attr-defined]  # inside of the embedded bus
        sent = await producer.send(
            f"{REQUESTED.name}.{GROUP}.replay", value=record.value, key=record.key, headers=list(record.headers)
        )
        await sent
        await ours.all(2)
        await until_read(bus, OTHER_GROUP)
    assert ours.ids == ["one", "one"]
    assert theirs.ids == ["one"]


async def test_a_bus_is_ready_while_its_subscriptions_run(bus: OpenedBus) -> None:
    told = [bus.bus.ready]
    async with bus.running(on(REQUESTED, Handled())):
        told.append(bus.bus.ready)
    told.append(bus.bus.ready)
    assert told == [False, True, False]


async def test_lag_is_told_to_the_metrics(bus: OpenedBus) -> None:
    go_on = asyncio.Event()

    async def wait(_: object) -> None:
        await go_on.wait()

    async with bus.running(on(REQUESTED, Handled(wait))):
        await bus.publish(*(asked(number) for number in range(5)))
        await until(lambda: bus.lag_told(REQUESTED) == 5, "a lag of 5")
        go_on.set()
        await until(lambda: bus.lag_told(REQUESTED) == 0, "no lag")
