"""The fault harness: one seed decides which troubles come and when; what must hold after them is said here once.

`STELLARMAP_FAULT_SEED` chooses the seed; a test that fails prints it. How fast a machine is decides with it where exactly a
trouble falls, so a replay is the same plan, not the same microsecond.
"""

import asyncio
import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from stellarmap_common.domain.network import Address
from stellarmap_common.lineage.digest import Digest
from stellarmap_common.lineage.failpoints import BUS, STEP
from tests.support.harness_log import Told, told_in
from tests.support.harness_network import NetworkProcess
from tests.support.mapped import mapped
from tests.support.system import System, start_system, until

VARIABLE = "STELLARMAP_FAULT_SEED"
SEED = int(os.environ.get(VARIABLE) or 1)

SMALL = {"accounts": 6_000, "hub_children": 3_000}
LARGE = {"accounts": 112_000, "hub_children": 100_000}
ALL_PAGES = 100_000
BUDGET = 20  # children of the hub that are expanded too: each lane has work
IN_FLIGHT = 24  # steps that may be at their source together: eight a lane
ASK_S = 240
KILLED = -9  # the exit code of what was
AT_FIRST = ("after_grant", "after_note", "after_announce")  # passed with the first pages alone
SELDOM = ("after_interest", "after_close_row")  # passed once for each child that is expanded: soon no child is left
AT_LAST = ("after_completed_told", "after_completed")


def chance(*plan: object) -> random.Random:
    """Chance of its own for each plan: adding a test changes no other's troubles."""
    return random.Random("/".join(map(str, (SEED, *plan))))


def progress(line: str) -> None:
    """Tells whoever waits for a long test how far it is."""
    print(f"  [{time.strftime('%H:%M:%S')}] {line}", flush=True)  # noqa: T201 - `make soak` shows it


@dataclass(slots=True)
class Outcome:
    """What a system has stored and told of a hub, and what it asked for that."""

    digest: Digest
    told: Told
    asked: Counter[str]
    kills: int = 0
    shares: list[float] = field(default_factory=list)  # of the hub's pages that were read at each kill


async def outcome(data: Path, network: NetworkProcess, hub: Address, since: float, kills: int = 0) -> Outcome:
    """How it ended, once it is certain that the hub is stored as it truly is. The system has stopped."""
    async with mapped(data, network.spec) as store:
        assert await store.differences(network.truth, hub) == []
        digest = await store.digest()
    return Outcome(digest, told_in(data), Counter(each.question for each in network.asked(since)), kills)


async def undisturbed(network: NetworkProcess, data: Path, hub: Address) -> Outcome:
    """How it ends when nothing happens on the way."""
    since = time.monotonic()
    system = await start_system(data, **network.settings())
    await finish(system, await system.ask(hub, budget=BUDGET, pages=ALL_PAGES))
    return await outcome(data, network, hub, since)


async def finish(system: System, request_id: str, within_s: float = ASK_S) -> None:
    """Returns once the request is completed and its system stopped in order."""
    try:
        await system.completed(request_id, within_s=within_s)
        assert await system.stop() == 0
    finally:
        await system.api.aclose()
        await system.kill()


async def read(network: NetworkProcess, hub: Address, pages: int, since: float, within_s: float = ASK_S) -> None:
    """Returns once so many pages of the hub were asked for."""

    async def far_enough() -> bool:
        return len(network.pages(hub, since)) >= pages

    await until(far_enough, within_s=within_s, what=f"{pages} pages of {hub}", every_s=0.005)


def drawn_failpoints(drawn: random.Random, most_times: int) -> list[tuple[str, int]]:
    """Each failpoint of a step once, in an order in which one crawl passes all of them, and how often it is passed first."""
    between = [name for name in (*STEP, *BUS) if name not in (*AT_FIRST, *SELDOM, *AT_LAST)]
    seldom = list(SELDOM)
    for some in (seldom, between):
        drawn.shuffle(some)
    times = [
        *((name, drawn.randint(1, 2)) for name in seldom),
        *((name, drawn.randint(1, most_times)) for name in between),
    ]
    return [*((name, 1) for name in AT_FIRST), *times, *((name, 1) for name in AT_LAST)]


@asynccontextmanager
async def followed(system: System) -> AsyncIterator[None]:
    """While open, somebody follows what happens: a stream that would not end by itself."""
    opened = asyncio.Event()

    async def follow() -> None:
        with contextlib.suppress(httpx.HTTPError):
            async with system.api.stream("GET", "/api/v1/events", timeout=None) as stream:
                assert stream.is_success, stream.status_code
                opened.set()
                async for _ in stream.aiter_bytes():
                    pass

    following = asyncio.create_task(follow())
    try:
        await asyncio.wait_for(opened.wait(), 10)
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def assert_same(ended: Outcome, clean: Outcome, hub: Address) -> None:
    """0 lost, 0 there twice, order kept, and no kill cost more than a page for each one in flight."""
    assert ended.digest == clean.digest
    assert ended.told.contradictions == []
    for topic in {**ended.told.natural, **clean.told.natural}:
        ours, theirs = ended.told.natural[topic], clean.told.natural[topic]
        assert ours == theirs, f"{topic}: not told {theirs - ours}, told besides {ours - theirs}"
    assert ended.told.children == clean.told.children
    assert ended.told.out_of_order == []
    # Where a step ends that looks into many contract calls depends on whether it had to ask for the oldest ledger first, so
    # a run may cut its pages elsewhere: it is compared with itself.
    again = {
        question: times - max(clean.asked[question], 1)
        for question, times in ended.asked.items()
        if times > max(clean.asked[question], 1) and "/payments" in question
    }
    of_hub = {question: times for question, times in again.items() if f"/accounts/{hub}/" in question}
    assert max(again.values(), default=0) <= ended.kills, again
    assert sum(of_hub.values()) <= ended.kills, of_hub
    assert sum(again.values()) <= ended.kills * IN_FLIGHT, again
