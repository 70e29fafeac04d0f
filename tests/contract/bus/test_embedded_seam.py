"""Where our log stands in for aiokafka: what it does not know raises, it never passes silently."""

from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError, ProducerClosed, UnknownTopicOrPartitionError
from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.embedded.seam import NotOnThisSeam
from stellarmap_common.adapters.sqlite.log import SqliteLog
from tests.support.bus import GROUP, REQUESTED, EmbeddedBackend, Handled, OpenedBus, asked, on, until, until_read


@pytest.fixture
def backend(tmp_path: Path) -> EmbeddedBackend:
    """The embedded one alone has this seam."""
    return EmbeddedBackend(tmp_path)


def consumer(bus: OpenedBus, **options: object) -> Any:
    return bus.bus._broker.config.broker_config.builder(group_id="seam", **options)


@pytest.mark.parametrize("name", ["seek_to_committed", "last_stable_offset", "_fetcher", "whatever"])
async def test_an_unknown_attribute_raises_even_where_a_default_is_given(bus: OpenedBus, name: str) -> None:
    with pytest.raises(NotOnThisSeam, match=name):
        getattr(consumer(bus), name, None)


@pytest.mark.parametrize("name", ["send_batch", "begin_transaction", "create_batch"])
async def test_the_producer_knows_no_batches_and_no_transactions(bus: OpenedBus, name: str) -> None:
    with pytest.raises(NotOnThisSeam, match=name):
        getattr(bus.bus._broker.config.producer._producer.producer, name)  # type: ignore[attr-defined]  # inside of the embedded bus


async def test_what_is_sent_after_the_end_fails_at_once(backend: EmbeddedBackend) -> None:
    async with backend.open() as opened:
        producer = opened.bus._broker.config.producer._producer.producer  # type: ignore[attr-defined]  # inside of the embedded bus
    with pytest.raises(ProducerClosed):
        await producer.send(REQUESTED.name, b"late")


async def test_the_admin_deletes_nothing(bus: OpenedBus) -> None:
    with pytest.raises(NotOnThisSeam, match="delete_topics"):
        _ = bus.bus._broker.config.broker_config.admin_client.delete_topics


@pytest.mark.parametrize("option", [{"unheard_of": 1}, {"value_deserializer": bytes.decode}])
async def test_an_option_that_would_change_what_is_read_raises(bus: OpenedBus, option: dict[str, Any]) -> None:
    with pytest.raises(NotOnThisSeam):
        consumer(bus, **option)


async def test_patterns_and_single_partitions_are_not_known(bus: OpenedBus) -> None:
    reader = consumer(bus)
    with pytest.raises(NotOnThisSeam, match="pattern"):
        reader.subscribe(pattern="stellarmap.*")
    with pytest.raises(NotOnThisSeam, match="partitions"):
        await reader.getmany(TopicPartition(REQUESTED.name, 0))


async def test_a_partition_that_is_not_ours_can_be_neither_committed_nor_sought(bus: OpenedBus) -> None:
    reader = consumer(bus)
    elsewhere = TopicPartition("elsewhere", 0)
    with pytest.raises(IllegalStateError):
        await reader.commit({elsewhere: 1})
    with pytest.raises(IllegalStateError):
        reader.seek(elsewhere, 1)


async def test_no_topic_comes_into_being_by_itself(backend: EmbeddedBackend) -> None:
    async with backend.open() as bus:
        with pytest.raises(UnknownTopicOrPartitionError):
            await bus.put(on(REQUESTED, Handled()).topic.__class__("nowhere", REQUESTED.event, "", (), ()), b"", [])
        reader = consumer(bus)
        reader.subscribe(["nowhere"])
        with pytest.raises(UnknownTopicOrPartitionError):
            await reader.start()
        assert any("nowhere" in line for line in await bus.bus.topics_diff()) is False


async def test_a_paused_partition_gives_nothing_until_it_is_resumed(bus: OpenedBus) -> None:
    reader = consumer(bus, auto_offset_reset="earliest", enable_auto_commit=False)
    reader.subscribe([REQUESTED.name])
    await reader.start()
    await bus.put(REQUESTED, b"x", (), partition=3)
    reader.pause(*reader.assignment())
    assert await reader.getmany() == {}
    reader.resume(*reader.assignment())
    assert list(await reader.getmany()) == [TopicPartition(REQUESTED.name, 3)]
    await reader.stop()


async def test_a_commit_that_failed_is_tried_again(bus: OpenedBus, capsys: pytest.CaptureFixture[str]) -> None:
    log: SqliteLog = bus.bus._broker._log  # type: ignore[attr-defined]  # inside of the embedded bus
    handled = Handled()
    async with bus.running(on(REQUESTED, handled)):
        log._writer._db.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON offsets BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
        await bus.publish(asked(1))
        await until(lambda: "commit_failed" in capsys.readouterr().out, "the commit failed")
        assert sum((await bus.bus._parts.lags(GROUP, REQUESTED.name)).values()) == 1
        log._writer._db.execute("DROP TRIGGER full")
        await until_read(bus)
    assert handled.ids == ["asked-1"]
