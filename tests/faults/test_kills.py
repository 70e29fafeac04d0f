"""A system that is killed while it reads a hub ends where an undisturbed one does."""

import asyncio
import time
from pathlib import Path
from random import Random

import pytest

from tests.support.harness import (
    ALL_PAGES,
    ASK_S,
    BUDGET,
    KILLED,
    SMALL,
    Outcome,
    assert_same,
    chance,
    drawn_failpoints,
    finish,
    outcome,
    progress,
    read,
)
from tests.support.harness_network import NetworkProcess
from tests.support.system import exit_code, start_system

KILLS = 5
SOAK_KILLS = 25


@pytest.mark.asyncio(loop_scope="module")
async def test_the_hub_is_stored_as_it_is(small: NetworkProcess, small_clean: Outcome) -> None:
    assert small_clean.digest.creations >= SMALL["hub_children"] == len(small.truth.children(small.hub))


@pytest.mark.asyncio(loop_scope="module")
async def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(
    small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    ended = await killed_at_random(small, small_clean, tmp_path / "data", KILLS, chance("kills"))
    assert_same(ended, small_clean, small.hub)


@pytest.mark.asyncio(loop_scope="module")
async def test_killed_once_at_each_failpoint_it_ends_the_same(
    small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    ended = await killed_at_each_failpoint(small, tmp_path / "data", chance("failpoints"))
    assert_same(ended, small_clean, small.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("turn", range(5))
@pytest.mark.asyncio(loop_scope="module")
async def test_killed_25_times_in_a_hub_of_100_000_it_ends_the_same(
    turn: int, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    ended = await killed_at_random(large, large_clean, tmp_path / "data", SOAK_KILLS, chance("kills", turn))
    shares = " ".join(f"{share:.0%}" for share in ended.shares)
    extra = sum((ended.asked - large_clean.asked).values())
    progress(f"kills, turn {turn}: {ended.kills} kills at {shares}; {extra} calls more than undisturbed")
    assert_same(ended, large_clean, large.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("turn", range(5))
@pytest.mark.asyncio(loop_scope="module")
async def test_killed_at_each_failpoint_of_a_larger_hub_it_ends_the_same(
    turn: int, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    ended = await killed_at_each_failpoint(large, tmp_path / "data", chance("failpoints", turn), most_times=20)
    progress(f"failpoints, turn {turn}: killed at {ended.kills}, each once")
    assert_same(ended, large_clean, large.hub)


async def killed_at_random(network: NetworkProcess, clean: Outcome, data: Path, kills: int, drawn: Random) -> Outcome:
    """How it ends when it is killed so often, each time at a random share of the pages of the hub."""
    since, hub = time.monotonic(), network.hub
    whole = sum("/payments" in question and hub in question for question in clean.asked)
    falls = sorted(drawn.uniform(0, 1) for _ in range(kills))
    system = await start_system(data, **network.settings())
    request_id = await system.ask(hub, budget=BUDGET, pages=ALL_PAGES)
    for share in falls:
        await read(network, hub, int(share * whole), since)
        await system.kill()
        await system.api.aclose()
        system = await start_system(data, **network.settings())
    await finish(system, request_id)
    ended = await outcome(data, network, hub, since, kills)
    ended.shares = falls
    return ended


async def killed_at_each_failpoint(network: NetworkProcess, data: Path, drawn: Random, most_times: int = 2) -> Outcome:
    """How one crawl ends that is killed at every failpoint of a step, one after the other."""
    since = time.monotonic()
    (first, _), *others = drawn_failpoints(drawn, most_times)
    system = await start_system(data, failpoint=f"{first}:1:kill", **network.settings())
    try:
        request_id = await system.ask(network.hub, budget=BUDGET, pages=ALL_PAGES)
        assert await asyncio.wait_for(system.process.wait(), ASK_S) == KILLED
    finally:
        await system.api.aclose()
        await system.kill()
    for name, times in others:
        progress(f"{name}, passed {times} times")
        code = await exit_code(data, failpoint=f"{name}:{times}:kill", **network.settings())
        assert code == KILLED, f"{name} was not passed {times} times"
    await finish(await start_system(data, **network.settings()), request_id)
    return await outcome(data, network, network.hub, since, kills=len(others) + 1)
