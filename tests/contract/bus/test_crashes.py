"""Processes killed in every window between an effect and its acknowledgement: nothing is lost, order per key is kept."""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stellarmap_common.events.requests import AccountRequested
from tests.support.bus import QUEUED, REQUESTED, SANDBOX, BusBackend, address
from tests.support.bus_process import KEYS, follow_up, publish

ROOT = Path(__file__).parents[3]
EVENTS = 400
ENOUGH = 3_000


@dataclass(slots=True)
class Told:
    """What a process said before it ended."""

    acknowledged: list[str] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)
    code: int = 0


async def run(backend: BusBackend, *does: str, failpoint: str = "", kill_after: int | None = None) -> Told:
    """Runs a process to its end, or kills it after that many events were acknowledged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.bus_process",
        backend.spec,
        *does,
        cwd=ROOT,
        env={**os.environ, "STELLARMAP_FAILPOINT": failpoint},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told = Told()
    assert process.stdout is not None
    assert process.stderr is not None
    while line := (await process.stdout.readline()).decode():
        if not line.endswith("\n"):
            break  # killed in the middle of telling
        word, *ids = line.split()
        told.acknowledged += ids if word == "acknowledged" else []
        told.handled += ids if word == "handled" else []
        if kill_after is not None and len(told.acknowledged) >= kill_after and process.returncode is None:
            kill_after = None
            process.kill()
    errors = (await process.stderr.read()).decode()
    told.code = await process.wait()
    assert told.code in {0, -signal.SIGKILL}, errors
    return told


def by_account(events: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for account, event_id in events:
        found[account].append(event_id)
    return found


async def stored(backend: BusBackend) -> Sequence[tuple[str, str]]:
    async with backend.open() as bus:
        records = await bus.records(REQUESTED.name)
    return [(record.key.decode(), dict(record.headers)["ce_id"].decode()) for record in records if record.key]


async def test_killed_three_times_while_publishing_it_loses_nothing_acknowledged(backend: BusBackend) -> None:
    acknowledged: list[str] = []
    for _ in range(3):
        told = await run(backend, "publish", kill_after=ENOUGH)
        assert told.code == -signal.SIGKILL
        acknowledged += told.acknowledged
    assert len(acknowledged) >= 3 * ENOUGH
    kept = await stored(backend)
    ids = [event_id for _, event_id in kept]
    assert len(ids) == len(set(ids))
    assert set(acknowledged) <= set(ids)
    for of_one_key in by_account(kept).values():
        runs = [event_id.split("-")[0] for event_id in of_one_key]
        for process in dict.fromkeys(runs):
            of_one_run = [event_id for event_id in of_one_key if event_id.startswith(f"{process}-")]
            assert of_one_run == sorted(of_one_run)
    assert len(by_account(kept)) == KEYS


@pytest.mark.parametrize(
    ("handles", "window", "count"),
    [("handle", name, count) for name in ("after_publish", "after_handle") for count in (1, 7)]
    + [("handle", name, count) for name in ("before_commit", "after_commit") for count in (1, 2)]
    + [("together", "after_publish", 4), ("together", "after_handle", 7), ("together", "before_commit", 2)],
)
async def test_killed_in_a_window_it_reads_again_what_was_not_committed(
    backend: BusBackend, handles: str, window: str, count: int
) -> None:
    async with backend.open() as bus:
        await publish(bus, EVENTS)
    published = [event_id for _, event_id in await stored(backend)]
    assert len(published) == EVENTS
    killed = await run(backend, handles, failpoint=f"{window}:{count}:kill")
    assert killed.code == -signal.SIGKILL
    finished = await run(backend, handles)
    assert finished.code == 0
    assert set(killed.handled) | set(finished.handled) == set(published)
    assert_order_across_redelivery(killed.handled, finished.handled)
    async with backend.open() as bus:
        followed = {dict(record.headers)["ce_id"].decode() for record in await bus.records(QUEUED.name)}
    asked = (AccountRequested(id=event_id, network=SANDBOX, account=address(1)) for event_id in published)
    assert followed == {follow_up(event).id for event in asked}


def assert_order_across_redelivery(before: Sequence[str], after: Sequence[str]) -> None:
    """Each run handles a key in order, and the second begins no later than right behind the first."""
    for key in range(KEYS):
        first = [int(event_id.split("-")[1]) for event_id in before if int(event_id.split("-")[1]) % KEYS == key]
        second = [int(event_id.split("-")[1]) for event_id in after if int(event_id.split("-")[1]) % KEYS == key]
        assert first == list(range(key, key + KEYS * len(first), KEYS))
        begins = second[0] if second else EVENTS + key
        assert second == list(range(begins, EVENTS, KEYS))
        assert begins <= (first[-1] if first else key - KEYS) + KEYS
