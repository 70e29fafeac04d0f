"""What is on its way is nobody's surprise, and what is set for one record is not for another."""

import asyncio
import gc
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.cause import Cause, handled_now
from stellarmap_common.adapters.kafka.cluster.producer import LastingProducer
from stellarmap_common.adapters.kafka.outgoing import Outgoing
from stellarmap_common.adapters.kafka.publisher import KafkaPublisher
from stellarmap_common.domain.standing import ChangeReason, ChangeType, Standing, StandingStep
from stellarmap_common.errors import SourceUnavailable, TransientError
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.events.standings import StandingChanged
from tests.support.bus import REQUESTED, SANDBOX, Handled, HurriedClock, OpenedBus, address, asked, on, queued, until

RECORDS = 6

_set_by: ContextVar[str] = ContextVar("_set_by", default="")


class LosesItsConnection(KafkaBroker):
    """Takes the records of one topic, whose confirmation fails later, and refuses the next."""

    taken: "asyncio.Future[Any] | None" = None

    async def publish_batch(self, *_: Any, **__: Any) -> Any:
        if self.taken is not None:
            raise KafkaTimeoutError
        self.taken = asyncio.get_running_loop().create_future()
        return [self.taken]


class LosesItsServer(LastingProducer):
    """Takes one record, whose confirmation fails later, and refuses the next."""

    taken: "asyncio.Future[Any] | None" = None

    async def send(self, *_: Any, **__: Any) -> Any:
        if self.taken is not None:
            raise KafkaTimeoutError
        self.taken = asyncio.get_running_loop().create_future()
        return self.taken


@pytest.fixture
async def told() -> list[dict[str, Any]]:
    """What asyncio has to tell, when nobody looks at what failed."""
    loop, told = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: told.append(context))
    return told


async def fails_later(sent: LosesItsConnection | LosesItsServer) -> None:
    assert sent.taken is not None
    sent.taken.set_exception(KafkaConnectionError())
    await asyncio.sleep(0)
    sent.taken = None
    gc.collect()


async def test_what_was_sent_before_another_topic_could_not_be_is_not_left_to_be_found_by_asyncio(
    told: list[dict[str, Any]],
) -> None:
    broker = LosesItsConnection()
    with pytest.raises(TransientError):
        await KafkaPublisher(broker, HurriedClock(), "tests").publish(asked(1), queued(2))
    await fails_later(broker)
    assert told == []


async def test_what_was_sent_before_another_record_could_not_be_is_not_left_to_be_found_by_asyncio(
    told: list[dict[str, Any]],
) -> None:
    producer = LosesItsServer(lambda: None)
    with pytest.raises(KafkaTimeoutError):
        await producer.send_all("topic", [Outgoing(b"key", b"value", ())] * 2, timestamp_ms=0)
    await fails_later(producer)
    assert told == []


class Tells(KafkaBroker):
    """Takes a record, and tells its headers."""

    headers: dict[str, bytes]

    async def publish_batch(self, *records: Any, **_: Any) -> Any:
        (record,) = records
        self.headers = dict(record.headers)
        taken = asyncio.get_running_loop().create_future()
        taken.set_result(None)
        return [taken]


@pytest.mark.parametrize("handled", ["", "the record at hand"])
async def test_an_event_that_says_itself_what_it_follows_from_is_believed(handled: str) -> None:
    change = StandingChanged(
        id="change",
        network=SANDBOX,
        account=address(1),
        change=ChangeType.EXITED,
        reason=ChangeReason.MOVED,
        steps=(StandingStep(threshold_xlm=10_000, before=Standing(1, 10**12)),),
        balance_stroops=0,
        ledger=1,
        at=datetime(2026, 11, 1, tzinfo=UTC),
        cause="the balance",
    )
    broker = Tells()
    token = handled_now.set(Cause(handled, "tests", None))
    await KafkaPublisher(broker, HurriedClock(), "tests").publish(change)
    handled_now.reset(token)
    assert broker.headers["ce_causationid"] == b"the balance"


async def test_what_a_handler_sets_for_its_record_is_not_seen_by_those_it_lets_go_on(bus: OpenedBus) -> None:
    away, seen = True, list[str]()

    async def handle(event: AccountRequested) -> None:
        if away:
            raise SourceUnavailable("no route")
        seen.append(_set_by.get())
        _set_by.set(event.id)
        await asyncio.sleep(0.01)

    handled = Handled(handle)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(*(asked(number) for number in range(RECORDS)))
        (work,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: work.lines.waiting == RECORDS, "all wait")
        away = False
        await handled.all(RECORDS)
    assert seen == [""] * RECORDS
