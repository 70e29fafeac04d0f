"""Whatever the source does, the map ends true; nothing is given up for a fault that passes, and no limit is overrun."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from stellarmap_common.domain.network import Address
from tests.support.harness import ALL_PAGES, ASK_S, chance, progress
from tests.support.harness_clock import HOUR, MINUTE, JumpingClock
from tests.support.harness_log import told_in
from tests.support.harness_network import NetworkProcess, most_within, network_process
from tests.support.mapped import created, mapped, true_created
from tests.support.system import System, running_system, until

Fault = dict[str, object]

HELD_S = 12  # beyond what a call waits for its answer
PASSING: dict[str, Fault] = {
    "rate_limited": {"seconds": 2},
    "rate_limited_bare": {},
    "server_error": {},
    "unavailable": {},
    "gateway_timeout": {},
    "timeout": {"seconds": HELD_S},
    "slow_drip": {"seconds": 3},
    "reset": {},
    "truncated_json": {},
    "wrong_json": {},
    "repeated_cursor": {},
    "empty_page_next": {},
    "out_of_order": {},
}
LIMIT = 7_200  # an hour, of which 71 % are ours
OURS = LIMIT * 71 // 100
FEW, MANY = 4, 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=3_000, hub_children=1_500) as network:
        yield network


@pytest.fixture(autouse=True)
async def nothing_stays_wrong(network: NetworkProcess) -> AsyncIterator[None]:
    yield
    await network.trouble()


@pytest.mark.asyncio(loop_scope="module")
async def test_under_all_faults_at_once_the_map_ends_true(network: NetworkProcess, tmp_path: Path) -> None:
    async with running_system(tmp_path / "data", **network.settings()) as system:
        await network.trouble(*mixed(share=0.03), seed=chance("all at once").randrange(2**31))
        asked = await ask(system, accounts(network, chance("accounts"), FEW))
        await quiet_after(network, 8)
        await completed(system, asked.values())
    await assert_true(tmp_path / "data", network, asked)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_outage_of_half_an_hour_costs_nothing_but_time(network: NetworkProcess, tmp_path: Path) -> None:
    clock = JumpingClock(tmp_path / "clock")
    async with running_system(
        tmp_path / "data", **network.settings(**clock.settings(), recovery_interval_s=1)
    ) as system:
        await network.trouble({"kind": "unavailable"})
        asked = await ask(system, accounts(network, chance("outage"), FEW))
        await until(lambda: told_to_wait(system, asked.values()), within_s=60, what="a clear state", log=system.log)
        for tens in (1, 2, 3):  # what goes by the wall clock sees half an hour in which nothing answers
            clock.jump(tens * 10 * MINUTE)
            await asyncio.sleep(2)
        assert not any([await is_completed(system, each) for each in asked.values()])
        await network.trouble()
        await completed(system, asked.values())
    await assert_true(tmp_path / "data", network, asked)


@pytest.mark.soak
@pytest.mark.timeout(2_400)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_outage_that_really_takes_half_an_hour_costs_nothing_but_time(
    network: NetworkProcess, tmp_path: Path
) -> None:
    async with running_system(tmp_path / "data", **network.settings(sandbox_max_per_hour=LIMIT)) as system:
        asked = await ask(system, [network.hub, *accounts(network, chance("real outage"), MANY)])
        await network.trouble({"kind": "unavailable"})
        since = time.monotonic()
        for minutes in range(1, 31):
            await asyncio.sleep(since + minutes * MINUTE - time.monotonic())
            progress(f"{minutes} min away: {len(network.asked(since))} calls")
        waiting = [each for each in asked.values() if not await is_completed(system, each)]
        assert waiting
        assert await told_to_wait(system, waiting)
        await network.trouble()
        began = time.monotonic()
        await completed(system, waiting, within_s=600)
        progress(f"all {len(waiting)} that waited were completed within {time.monotonic() - began:.0f} s")
    await assert_true(tmp_path / "data", network, asked)
    assert_within_budget(network, since)


@pytest.mark.parametrize("jump", [-HOUR, HOUR, 24 * HOUR])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_clock_that_jumps_in_the_middle_loses_nothing(
    jump: float, network: NetworkProcess, tmp_path: Path
) -> None:
    clock, since = JumpingClock(tmp_path / "clock"), time.monotonic()
    settings = network.settings(**clock.settings(), recovery_interval_s=1, sandbox_max_per_hour=36_000)
    async with running_system(tmp_path / "data", **settings) as system:
        asked = await ask(system, [network.hub, *accounts(network, chance("jumps", jump), 2)])
        at = chance("jump", jump).randint(3, 25)
        await until(lambda: were_asked(network, at, since), within_s=ASK_S, what=f"{at} calls", log=system.log)
        clock.jump(jump)
        await completed(system, asked.values(), within_s=90)
    await assert_true(tmp_path / "data", network, asked)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.asyncio(loop_scope="module")
async def test_under_each_fault_the_map_ends_true(kind: str, network: NetworkProcess, tmp_path: Path) -> None:
    drawn, since = chance("alone", kind), time.monotonic()
    settings = network.settings(sandbox_max_per_hour=LIMIT)
    async with running_system(tmp_path / "data", **settings) as system:
        await network.trouble({"kind": kind, "share": 0.5, **PASSING[kind]}, seed=drawn.randrange(2**31))
        asked = await ask(system, accounts(network, drawn, FEW))
        await quiet_after(network, 30)
        await completed(system, asked.values(), within_s=600)
    await assert_true(tmp_path / "data", network, asked)
    assert_within_budget(network, since)
    progress(f"{kind}: the map is true; at most {most_within(network.asked(since), 60)} calls in 60 s")


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_history_that_is_cut_for_a_while_makes_nothing_untrue(network: NetworkProcess, tmp_path: Path) -> None:
    drawn = chance("cut")
    chosen = accounts(network, drawn, MANY)
    ledgers = sorted(life.ledger for each in chosen for life in network.truth.creations(each))
    async with running_system(tmp_path / "data", **network.settings()) as system:
        await network.trouble({"kind": "history_cut", "ledger": ledgers[len(ledgers) // 2]})
        asked = await ask(system, chosen)
        await completed(system, asked.values(), within_s=600)
    async with mapped(tmp_path / "data", network.spec) as store:
        for account in asked:
            true = [true_created(life) for life in network.truth.creations(account)]
            lives = await store.stores.creations.creations_of(store.ref(account))
            assert all(created(life) in true for life in lives if life.exact and life.creator), account
    assert told_in(tmp_path / "data").dead == []


@pytest.mark.soak
@pytest.mark.timeout(2_400)
@pytest.mark.asyncio(loop_scope="module")
async def test_under_all_faults_at_once_for_ten_minutes_the_map_ends_true(
    network: NetworkProcess, tmp_path: Path
) -> None:
    drawn, since = chance("ten minutes"), time.monotonic()
    async with running_system(tmp_path / "data", **network.settings(sandbox_max_per_hour=LIMIT)) as system:
        await network.trouble(*mixed(share=0.04), seed=drawn.randrange(2**31))
        asked = await ask(system, accounts(network, drawn, MANY))
        for minute in range(10):
            await asyncio.sleep(60)
            done = sum([await is_completed(system, each) for each in asked.values()])
            progress(f"minute {minute + 1}: {done} of {len(asked)} requests are completed")
        await network.trouble()
        await completed(system, asked.values(), within_s=1_200)
    await assert_true(tmp_path / "data", network, asked)
    assert_within_budget(network, since)
    progress(f"all at once: the map is true; at most {most_within(network.asked(since), 60)} calls in 60 s")


def mixed(share: float) -> list[Fault]:
    """Every passing fault, each in so many of the requests."""
    return [{"kind": kind, "share": share, **more} for kind, more in PASSING.items()]


def accounts(network: NetworkProcess, drawn: Random, count: int) -> list[Address]:
    """Some accounts."""
    truth = network.truth
    return [truth.address(number) for number in drawn.sample(range(1, truth.count()), count)]


async def ask(system: System, addresses: Sequence[Address]) -> dict[Address, str]:
    """The requests of each that is not answered from the store."""
    asked = {each: await system.ask(each, budget=0, pages=ALL_PAGES) for each in addresses}
    return {address: request_id for address, request_id in asked.items() if request_id}


async def quiet_after(network: NetworkProcess, seconds: float) -> None:
    """Lets it go wrong for so long, and then no more."""
    await asyncio.sleep(seconds)
    await network.trouble()


async def completed(system: System, requests: Iterable[str], within_s: float = ASK_S) -> None:
    """Returns once all of them are."""
    for request_id in requests:
        await system.completed(request_id, within_s=within_s, every_s=0.1)


async def is_completed(system: System, request_id: str) -> bool:
    """True once it is."""
    return bool((await system.get(f"/sandbox/requests/{request_id}"))["completed"])


async def told_to_wait(system: System, requests: Iterable[str]) -> bool:
    """True once each open request says in words what it waits for."""
    statuses = [await system.get(f"/sandbox/requests/{each}") for each in requests]
    return all(status["queue"]["waits_for"] == "source" and status["queue"]["reason"] for status in statuses)


async def were_asked(network: NetworkProcess, calls: int, since: float) -> bool:
    """True once the network was asked so often."""
    return len(network.asked(since)) >= calls


async def assert_true(data: Path, network: NetworkProcess, asked: dict[Address, str]) -> None:
    """All is stored as it truly is, and nothing was set aside or told as failed."""
    told = told_in(data)
    assert told.dead == []
    assert told.contradictions == []
    async with mapped(data, network.spec) as store:
        differences = [found for each in asked for found in await store.differences(network.truth, each)]
    assert differences == []


def assert_within_budget(network: NetworkProcess, since: float) -> None:
    """In no 60 s were there more calls than a sixtieth of the hour's limit, and one block of ten seconds."""
    assert most_within(network.asked(since), 60) <= math.ceil(OURS / 60) + math.ceil(OURS / 360)
