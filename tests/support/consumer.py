"""The example of an internal service, run as its users do: a process that knows a broker's address."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stellarmap_common.adapters.sqlite.log_file import connect_reader
from stellarmap_common.adapters.sqlite.log_reader import read_records
from stellarmap_common.adapters.sqlite.log_topics import read_partitions
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from tests.support.tree import ROOT

EXAMPLE = ROOT / "docs/examples/consumer/consumer.py"
EVENTS = ROOT / "tests/data/events"
LINEAGE, CHILDREN = LineageRecorded.type, ChildrenRecorded.type
PARTITIONS = 3
ALL = 1_000_000
LEAVES_S = 60


class Record(NamedTuple):
    """A record in its wire form."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Consumed(NamedTuple):
    """How the example ended, and what it printed."""

    code: int
    lines: list[dict[str, Any]]
    said: str


def told_in(data_dir: Path) -> list[Record]:
    """The records of both topics in the log of an embedded system, as they stand on a broker."""
    with closing(connect_reader(data_dir / "log.sqlite")) as db:
        return [
            Record(partition.topic, record.key or b"", record.value or b"", record.headers)
            for partition in read_partitions(db)
            if partition.topic in {LINEAGE, CHILDREN}
            for record in read_records(db, partition.id, 0, ALL)
        ]


def golden(topic: str, name: str) -> Record:
    """A committed example of an event."""
    told = json.loads((EVENTS / topic / f"{name}.json").read_text())
    headers = [(header, value.encode()) for header, value in told["headers"].items()]
    return Record(topic, told["headers"]["ce_subject"].encode(), json.dumps(told["value"]).encode(), headers)


async def publish(bootstrap: Sequence[str], records: Iterable[Record], into: str = "") -> str:
    """Both topics hold the records; the prefix of their names, a new one if none is given."""
    prefix = into or f"consumer-{uuid4().hex[:8]}."
    if not into:
        async with _admin(bootstrap) as admin:
            await admin.create_topics([_topic(prefix + name) for name in (LINEAGE, CHILDREN)])
    await _send(bootstrap, prefix, records)
    return prefix


async def remove(bootstrap: Sequence[str], prefix: str) -> None:
    """Both topics are gone."""
    async with _admin(bootstrap) as admin:
        await admin.delete_topics([prefix + LINEAGE, prefix + CHILDREN])


@asynccontextmanager
async def published(bootstrap: Sequence[str], records: Iterable[Record]) -> AsyncIterator[str]:
    """The prefix of topics that hold the records; gone at the end."""
    prefix = await publish(bootstrap, records)
    try:
        yield prefix
    finally:
        await remove(bootstrap, prefix)


@dataclass(slots=True)
class Running:
    """The example while it follows."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(LEAVES_S):
            line = (await self.process.stdout.readline()).decode()
        assert line, "it ended"
        return line


@asynccontextmanager
async def example(bootstrap: Sequence[str], prefix: str, *arguments: str) -> AsyncIterator[Running]:
    """The example, until it is told to end."""
    process = await _started(bootstrap, prefix, *arguments)
    try:
        yield Running(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def consumed(
    bootstrap: Sequence[str],
    prefix: str,
    *arguments: str,
    network: str = "",
    options: Sequence[str] = (),
    password: str | None = None,
) -> Consumed:
    """What it prints when it leaves once it has caught up."""
    more = ("--once", "--within", str(LEAVES_S), "--network", network, *options)
    process = await _started(bootstrap, prefix, *more, *arguments, password=password)
    try:
        async with asyncio.timeout(2 * LEAVES_S):
            out, said = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return Consumed(await process.wait(), [json.loads(line) for line in out.splitlines()], said.decode())


async def _started(
    bootstrap: Sequence[str], prefix: str, *arguments: str, password: str | None = None
) -> asyncio.subprocess.Process:
    environment = {**os.environ, "KAFKA_PASSWORD": password} if password else None
    where = ("--bootstrap-servers", ",".join(bootstrap), "--topic-prefix", prefix)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-W", "error", str(EXAMPLE), *where, *arguments),
        env=environment,
        stdout=pipe,
        stderr=pipe,
    )


@asynccontextmanager
async def _admin(bootstrap: Sequence[str]) -> AsyncIterator[Any]:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=list(bootstrap))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


def _topic(name: str) -> NewTopic:
    configs = {"cleanup.policy": "compact" if name.endswith(LINEAGE) else "delete"}
    return NewTopic(name, PARTITIONS, 1, topic_configs=configs)  # type: ignore[no-untyped-call]  # aiokafka's


async def _send(bootstrap: Sequence[str], prefix: str, records: Iterable[Record]) -> None:
    producer: Any = AIOKafkaProducer(bootstrap_servers=list(bootstrap), acks="all")  # type: ignore[no-untyped-call]
    await producer.start()
    try:
        for each in records:
            await producer.send(prefix + each.topic, each.value, key=each.key, headers=each.headers)
        await producer.flush()
    finally:
        await producer.stop()
