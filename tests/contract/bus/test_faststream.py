"""FastStream works on the backend: its own subscribers, acknowledgement policies and middlewares; of batches only ours."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.middlewares import AckPolicy
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.outgoing import Outgoing
from tests.support.bus import REQUESTED, OpenedBus, until


class FailsOnce:
    """A FastStream handler that fails the first time it sees a body."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def __call__(self, body: Any) -> None:
        first = body not in self.seen
        self.seen.append(body)
        if body == b"bad" and first:
            raise ValueError(body)


def faststream_of(bus: OpenedBus) -> KafkaBroker:
    return bus.bus._broker


def subscriber_of(bus: OpenedBus, policy: AckPolicy, handler: Callable[[Any], Awaitable[None]]) -> Any:
    """A subscriber of FastStream's own with this policy, not started."""
    subscriber: Any = faststream_of(bus).subscriber(
        REQUESTED.name,
        group_id=policy.value,
        auto_offset_reset="earliest",
        ack_policy=policy,
        batch_timeout_ms=5,
        persistent=False,
    )

    async def handle(body: Any) -> None:
        await handler(body)

    subscriber(handle)
    return subscriber


async def handle_all(subscriber: Any, done: Callable[[], bool]) -> None:
    """Runs the subscriber until `done`."""
    await subscriber.start()
    try:
        await until(done, "FastStream handled them")
    finally:
        await subscriber.stop()


@pytest.mark.parametrize(
    ("policy", "seen"),
    [
        (AckPolicy.NACK_ON_ERROR, [b"good", b"bad", b"bad", b"last"]),
        (AckPolicy.ACK, [b"good", b"bad", b"last"]),
        (AckPolicy.ACK_FIRST, [b"good", b"bad", b"last"]),
    ],
)
async def test_faststreams_acknowledgement_policies_do_what_they_say(
    bus: OpenedBus, policy: AckPolicy, seen: list[bytes]
) -> None:
    for body in (b"good", b"bad", b"last"):
        await faststream_of(bus).publish(body, REQUESTED.name, key=b"key", headers={"content-type": ""})
    handler, again = FailsOnce(), FailsOnce()
    await handle_all(subscriber_of(bus, policy, handler), lambda: b"last" in handler.seen)
    assert handler.seen == seen
    await faststream_of(bus).publish(b"later", REQUESTED.name, key=b"key", headers={"content-type": ""})
    await handle_all(subscriber_of(bus, policy, again), lambda: b"later" in again.seen)
    assert again.seen == [b"later"]


async def test_what_is_not_acknowledged_by_hand_is_read_again(bus: OpenedBus) -> None:
    await faststream_of(bus).publish(b"one", REQUESTED.name, key=b"key", headers={"content-type": ""})
    for _ in range(2):
        handler = FailsOnce()
        await handle_all(subscriber_of(bus, AckPolicy.MANUAL, handler), lambda: bool(handler.seen))  # noqa: B023 - called within the turn
        assert handler.seen == [b"one"]


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"x": "y"}},
        {"partition": 3},
        {"reply_to": "topic"},
        {"correlation_id": "id"},
        {"no_confirm": False},
        {"timestamp_ms": None},
        {"body": b"plain"},
    ],
    ids=str,
)
async def test_what_a_batch_of_ours_would_lose_is_refused(bus: OpenedBus, more: dict[str, Any]) -> None:
    given: dict[str, Any] = {"body": Outgoing(b"key", b"value", ()), "timestamp_ms": 1, "no_confirm": True, **more}
    body = given.pop("body")
    with pytest.raises(TypeError, match="A batch is of records"):
        await faststream_of(bus).publish_batch(body, topic=REQUESTED.name, **given)
    assert len(await bus.records(REQUESTED.name)) == 0


async def test_middlewares_see_what_is_published_and_consumed(bus: OpenedBus) -> None:
    published: list[str] = []
    consumed: list[bytes] = []

    class Watching(BaseMiddleware):
        async def publish_scope(self, call_next: Any, cmd: Any) -> Any:
            published.append(cmd.destination)
            return await call_next(cmd)

        async def consume_scope(self, call_next: Any, msg: Any) -> Any:
            consumed.append(msg.body)
            return await call_next(msg)

    registry = CollectorRegistry()
    broker = faststream_of(bus)
    broker.add_middleware(Watching)
    broker.add_middleware(KafkaPrometheusMiddleware(registry=registry))
    await broker.publish(b"one", REQUESTED.name, key=b"key", headers={"content-type": ""})
    handler = FailsOnce()
    await handle_all(subscriber_of(bus, AckPolicy.NACK_ON_ERROR, handler), lambda: bool(handler.seen))
    assert published == [REQUESTED.name]
    assert consumed == [b"one"]
    labels = {"app_name": "faststream", "broker": "kafka", "handler": REQUESTED.name}
    assert registry.get_sample_value("faststream_received_messages_total", labels) == 1


async def test_a_partition_moves_only_when_the_record_in_flight_is_committed(bus: OpenedBus) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    slowly, quickly = list[bytes](), list[bytes]()

    async def slow(body: bytes) -> None:
        begun.set()
        await go_on.wait()
        slowly.append(body)

    async def quick(body: bytes) -> None:
        quickly.append(body)

    def done() -> bool:
        return len(slowly) + len(quickly) == 3

    for body in (b"first", b"second", b"third"):
        await faststream_of(bus).publish(body, REQUESTED.name, partition=23, headers={"content-type": ""})
    staying, joining = (subscriber_of(bus, AckPolicy.NACK_ON_ERROR, handler) for handler in (slow, quick))
    stays = asyncio.create_task(handle_all(staying, done))
    await begun.wait()
    joins = asyncio.create_task(handle_all(joining, done))
    await until(lambda: joining.consumer is not None, "the other consumer asks for its share")
    for _ in range(100):
        await asyncio.sleep(0)
    assert (slowly, quickly) == ([], [])
    go_on.set()
    await asyncio.gather(stays, joins)
    assert [*slowly, *quickly] == [b"first", b"second", b"third"]
