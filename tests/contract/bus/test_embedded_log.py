"""The log in its file: one owner, nothing acknowledged that is not on disk, retention and compaction, readers beside it."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from stellarmap_common.adapters.kafka.embedded.letters import open_log_reader
from stellarmap_common.adapters.sqlite.log import NewRecord, SqliteLog, open_log
from stellarmap_common.adapters.sqlite.log_file import LogInUse, LogTooNew, LogUnavailable
from stellarmap_common.adapters.sqlite.log_topics import LogTopic
from stellarmap_common.errors import SourceRejected, TransientError
from tests.support.bus import REQUESTED, EmbeddedBackend, Handled, asked, on, until_read

ROOT = Path(__file__).parents[3]
KEPT = LogTopic("kept", 1, retention_ms=1_000)
COMPACTED = LogTopic("compacted", 1, retention_ms=None)
HOUR_MS = 3_600_000


async def append(log: SqliteLog, topic: LogTopic, *records: tuple[int, bytes, bytes]) -> list[int]:
    """Appends (time, key, value) to the topic's only partition; their offsets."""
    new = [NewRecord((topic.name, 0), at_ms, key, value, [("h", value)]) for at_ms, key, value in records]
    one, more = await asyncio.gather(log.append(new[:1], list), log.append(new[1:], list))
    return [*one, *more]


def values(log: SqliteLog, topic: LogTopic, start: int = 0) -> Sequence[bytes | None]:
    return [record.value for record in log.fetch((topic.name, 0), start, 1_000)]


def owner(path: Path) -> subprocess.Popen[str]:
    """Another process that owns the log until it is told to end."""
    code = (
        "import asyncio, sys, pathlib\n"
        "from stellarmap_common.adapters.sqlite.log import open_log\n"
        "async def main():\n"
        "    async with open_log(pathlib.Path(sys.argv[1])):\n"
        "        print('opened', flush=True)\n"
        "        await asyncio.to_thread(sys.stdin.read)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "opened\n"
    return process


async def test_a_second_process_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with owner(path) as other:
        with pytest.raises(LogInUse, match=rf"in use by process {other.pid}.*STELLARMAP_DATA_DIR"):
            async with open_log(path):
                pass
        other.communicate()
    async with open_log(path):
        pass


async def test_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with owner(path) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        async with open_log(path) as log:
            assert log.topics == {}


async def test_records_and_offsets_survive_closing(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    async with open_log(path) as log:
        await log.create_topics([KEPT])
        assert await append(log, KEPT, (1, b"a", b"0"), (2, b"b", b"1")) == [0, 1]
        await log.commit("group", [((KEPT.name, 0), 1)])
    async with open_log(path) as log:
        assert log.topics == {KEPT.name: KEPT}
        assert values(log, KEPT) == [b"0", b"1"]
        assert (log.end((KEPT.name, 0)), log.committed("group", (KEPT.name, 0))) == (2, 1)
        assert log.lag("group", (KEPT.name, 0)) == 1
        assert await append(log, KEPT, (3, b"c", b"2")) == [2]


async def test_old_records_leave_and_offsets_never_run_backwards(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    partition = (KEPT.name, 0)
    async with open_log(path) as log:
        await log.create_topics([KEPT])
        await append(log, KEPT, *[(HOUR_MS + number, b"k", b"%d" % number) for number in range(5_000)])
        assert await log.sweep(HOUR_MS + 1_000 + 4_990) == 4_990
        assert values(log, KEPT) == [b"%d" % number for number in range(4_990, 5_000)]
        assert (log.first(partition), log.end(partition), log.lag("group", partition)) == (4_990, 5_000, 10)
        assert await log.sweep(2 * HOUR_MS) == 10
        assert (log.first(partition), log.end(partition), log.lag("group", partition)) == (5_000, 5_000, 0)
    async with open_log(path) as log:
        assert (log.first(partition), log.end(partition)) == (5_000, 5_000)
        assert await append(log, KEPT, (HOUR_MS, b"k", b"next")) == [5_000]
        assert values(log, KEPT) == [b"next"]


async def test_compaction_keeps_the_newest_record_of_each_key(tmp_path: Path) -> None:
    async with open_log(tmp_path / "log.sqlite") as log:
        await log.create_topics([COMPACTED])
        await append(log, COMPACTED, *[(1, b"%d" % (number % 10), b"%d" % number) for number in range(100)])
        assert await log.sweep(10 * HOUR_MS) == 0, "too little is new to read it all through"
        assert await log.sweep(10 * HOUR_MS, dirty=100) == 90
        assert values(log, COMPACTED) == [b"%d" % number for number in range(90, 100)]
        await append(log, COMPACTED, *[(2, b"9", b"newer")] * 5, (2, b"new", b"first"))
        assert await log.sweep(10 * HOUR_MS, dirty=1) == 5
        assert values(log, COMPACTED)[-2:] == [b"newer", b"first"]
        assert len(values(log, COMPACTED)) == 11


async def test_a_time_is_found_as_the_first_record_as_young(tmp_path: Path) -> None:
    async with open_log(tmp_path / "log.sqlite") as log:
        await log.create_topics([KEPT])
        await append(log, KEPT, (10, b"k", b"a"), (20, b"k", b"b"), (30, b"k", b"c"))
        found = [log.offset_at((KEPT.name, 0), at_ms) for at_ms in (0, 10, 11, 30, 31)]
    assert found == [0, 0, 1, 2, None]


async def test_what_cannot_be_written_is_not_acknowledged_and_can_be_written_later(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    async with open_log(path) as log:
        await log.create_topics([KEPT])
        await append(log, KEPT, (1, b"k", b"before"))
        with sqlite3.connect(path) as pages:
            (full,) = pages.execute("PRAGMA page_count").fetchone()
        log._writer._db.execute(f"PRAGMA max_page_count = {full}")
        with pytest.raises(LogUnavailable, match="full"):
            await append(log, KEPT, *[(2, b"k", b"x" * 4_000) for _ in range(20)])
        assert values(log, KEPT) == [b"before"]
        log._writer._db.execute("PRAGMA max_page_count = 1000000")
        assert await append(log, KEPT, (3, b"k", b"after")) == [1]
        assert values(log, KEPT) == [b"before", b"after"]
    assert issubclass(LogUnavailable, TransientError)


async def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(LogTooNew):
        async with open_log(path):
            pass


async def test_dead_letters_are_read_beside_a_running_process_and_without_one(tmp_path: Path) -> None:
    backend = EmbeddedBackend(tmp_path)
    async with open_log_reader(backend.path) as nobody_ran_yet:
        assert await nobody_ran_yet.entries() == ()
        assert await nobody_ran_yet.entry("x.dlq", 0, 0) is None

    async def refuse(_: object) -> None:
        raise SourceRejected("no")

    async with backend.open() as bus, bus.running(on(REQUESTED, Handled(refuse))):
        await bus.publish(asked(1))
        await until_read(bus)
        async with open_log_reader(backend.path) as beside:
            (entry,) = await beside.entries()
    async with open_log_reader(backend.path) as alone:
        assert await alone.entries() == (entry,)
        assert await alone.entry(entry.topic, entry.partition, entry.offset) == entry
        assert await alone.entry(REQUESTED.name, 0, 0) is None
