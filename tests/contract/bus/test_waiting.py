"""A bus whose brokers answer later: what needs them fails until then and works from then on, and it ends in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiokafka.errors import KafkaConnectionError

from stellarmap_common.adapters.kafka.bus import Bus
from stellarmap_common.adapters.kafka.cluster.waiting import WaitingBus
from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.ports.dead_letters import DeadLetterId
from tests.support.bus import GROUP, REQUESTED, BusBackend, Handled, HurriedClock, OpenedBus, asked, on, until

AWAY = TransientError("no broker answers")


@dataclass(slots=True)
class Gate:
    """A bus that is opened as often as `troubles` lasts in vain, or cannot be joined."""

    backend: BusBackend
    troubles: list[Exception]
    joins: bool = True  # the troubles come when it is opened; else when it is joined
    inner: OpenedBus | None = None
    opened: int = 0
    closed: int = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Bus]:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and self.joins:
            raise trouble
        async with self.backend.open() as self.inner:
            self.opened += 1
            if trouble:

                async def fails(_: object) -> None:
                    raise trouble

                self.inner.bus._start = fails  # type: ignore[assignment, method-assign]  # as the first broker of three falls again
            try:
                yield self.inner.bus
            finally:
                self.closed += 1

    def waiting(self) -> WaitingBus:
        """The bus that waits for it."""
        return WaitingBus(self.open, HurriedClock())


@pytest.mark.parametrize("joins", [True, False])
async def test_who_found_no_broker_works_as_soon_as_one_answers(backend: BusBackend, *, joins: bool) -> None:
    handled = Handled()
    gate = Gate(backend, [AWAY, AWAY, AWAY], joins=joins)
    async with gate.waiting() as bus, bus.running([on(REQUESTED, handled)]):
        assert (bus.ready, bus.waits) == (False, True)
        for needed in (
            bus.publisher.publish(asked(1)),
            bus.publisher.send(asked(1)),
            bus.backlog.oldest_unread(GROUP),
            bus.backlog.unread(GROUP, REQUESTED.name),
            bus.dead_letters.entries(),
            bus.dead_letters.entry(REQUESTED.name, 0, 0),
            bus.dead_letters.replay([DeadLetterId(REQUESTED.name, 0, 0)]),
            bus.writable(),
        ):
            with pytest.raises(TransientError, match="no broker answers"):
                await needed
        await until(lambda: bus.ready, "it has joined")
        assert not bus.waits
        await bus.publisher.publish(asked(1))
        await until(lambda: len(handled.ids) == 1, "it is handled")
        assert await bus.dead_letters.entries() == ()
        assert await bus.backlog.oldest_unread(GROUP) is None
        await bus.writable()


async def test_a_reader_that_waits_counts_as_waiting_until_it_has_joined(backend: BusBackend) -> None:
    seen = set()
    async with Gate(backend, [AWAY] * 3).waiting() as bus, bus.running([on(REQUESTED, Handled())]):
        while not bus.ready:
            seen.add(bus.waits)
            await asyncio.sleep(0)
    assert seen == {True}


async def test_what_is_published_while_it_closes_still_arrives(backend: BusBackend) -> None:
    gate = Gate(backend, [])
    async with gate.waiting() as bus:
        async with bus.running([on(REQUESTED, Handled())]):
            pass
        assert not bus.ready
        await bus.publisher.publish(asked(2))
        assert await bus.backlog.unread(GROUP, REQUESTED.name) == 1
        assert gate.closed == 0
    assert (gate.opened, gate.closed) == (1, 1)
    with pytest.raises(TransientError):
        await bus.publisher.publish(asked(3))


@pytest.mark.parametrize("joins", [True, False])
async def test_it_is_closed_at_once_while_it_waits(backend: BusBackend, *, joins: bool) -> None:
    gate = Gate(backend, [AWAY] * 1_000, joins=joins)
    async with asyncio.timeout(10), gate.waiting() as bus, bus.running([on(REQUESTED, Handled())]):
        assert bus.waits
    assert gate.opened == gate.closed


async def test_what_goes_wrong_inside_is_told_as_it_is_and_closes_it(backend: BusBackend) -> None:
    for troubles in ([], [AWAY] * 1_000):
        gate = Gate(backend, list(troubles))
        with pytest.raises(ZeroDivisionError):
            async with gate.waiting() as bus, bus.running([on(REQUESTED, Handled())]):
                raise ZeroDivisionError
        assert gate.opened == gate.closed


async def test_a_missing_topic_ends_who_starts_and_is_waited_for_by_who_runs(backend: BusBackend) -> None:
    missing = PermanentError("Kafka has no topic: run `stellarmap topics apply`")
    with pytest.raises(PermanentError, match="topics apply"):
        async with Gate(backend, [missing], joins=False).waiting() as bus, bus.running([on(REQUESTED, Handled())]):
            pytest.fail("it has started")
    async with Gate(backend, [AWAY, missing]).waiting() as bus, bus.running([on(REQUESTED, Handled())]):
        await until(lambda: bus.ready, "its topics are there")


async def test_a_broker_that_falls_while_it_is_joined_is_waited_for(backend: BusBackend) -> None:
    async with backend.open() as opened:
        work, subscriber = opened.bus._open(on(REQUESTED, Handled()))

        async def falls() -> None:
            raise KafkaConnectionError("Unable to bootstrap")

        subscriber.start = falls
        with pytest.raises(TransientError, match="could not join"):
            await opened.bus._start([(work, subscriber)])


async def test_an_outage_is_told_once(backend: BusBackend, capsys: pytest.CaptureFixture[str]) -> None:
    gate = Gate(backend, [AWAY] * 5)
    async with gate.waiting() as bus, bus.running([on(REQUESTED, Handled())]):
        await until(lambda: bus.ready, "it has joined")
    assert capsys.readouterr().out.count("bus_waits") == 1
