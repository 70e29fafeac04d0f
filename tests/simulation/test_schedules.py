"""Whatever goes wrong between any two effects: every request ends, grants stay in budget, facts and chains are the truth.

A schedule that fails is run again, alone, by `STELLARMAP_SIMULATION_SEED=<seed> pytest tests/simulation`.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.support.simulation_checks import simulate
from tests.support.simulation_kinds import CALM, CROWD, EVERYTHING, FAULTS, KINDS, LOSSES, Kind

SEED = os.environ.get("STELLARMAP_SIMULATION_SEED")
SCHEDULES = 2_000
SCHEDULES_OF_A_SOAK = 20_000
TOGETHER = 50

HAPPENS = {
    CALM: (),
    FAULTS: (
        "a_process_dies",
        "a_partition_moves",
        "dead letter",
        "StoreUnavailable",
        "SourceUnavailable",
        "RateLimited",
    ),
    CROWD: ("a_process_dies", "dead letter"),
    EVERYTHING: ("a_partition_moves_unnoticed", "time_jumps", "RunLost", "somebody_cancels", "recovery", "dead letter"),
    LOSSES: ("lost event", "recovery"),
}


def failures_among(seeds: range) -> list[str]:
    """What failed, each with how to run it again."""
    failed = []
    for seed in seeds:
        try:
            simulate(seed)
        except Exception as error:  # noqa: BLE001 - every failure of a schedule is told with its seed
            failed.append(f"STELLARMAP_SIMULATION_SEED={seed} pytest tests/simulation\n{type(error).__name__}: {error}")
    return failed


def failures(seeds: range) -> list[str]:
    """The same, on all processors."""
    parts = [seeds[start : start + TOGETHER] for start in range(0, len(seeds), TOGETHER)]
    fresh = multiprocessing.get_context("spawn")  # a fork would copy whatever threads other tests have left
    with ProcessPoolExecutor(os.cpu_count(), mp_context=fresh) as pool:
        return told(pool.map(failures_among, parts))


def told(parts: Iterable[list[str]]) -> list[str]:
    """The first of them: one is enough to begin with."""
    found = [failure for part in parts for failure in part]
    return [f"{len(found)} failed", *found[:3]] if found else []


@pytest.mark.timeout(1_200)
def test_every_schedule_ends_in_the_truth() -> None:
    if SEED is not None:
        simulate(int(SEED))
        return
    assert failures(range(SCHEDULES)) == []


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_every_schedule_of_a_soak_ends_in_the_truth() -> None:
    assert failures(range(SCHEDULES, SCHEDULES + SCHEDULES_OF_A_SOAK)) == []


@pytest.mark.parametrize("kind", HAPPENS, ids=lambda kind: kind.name)
def test_what_may_go_wrong_does(kind: Kind) -> None:
    happened: Counter[str] = Counter()
    for seed in range(100_000, 100_060):
        happened += simulate(seed, kind).happened
    missing = [each for each in HAPPENS[kind] if not happened[each]]
    assert missing == []
    assert kind is not CALM or not happened


def test_a_schedule_replays() -> None:
    def course(seed: int) -> list[str]:
        return [event.id for event in simulate(seed).bus.published]

    seeds = range(len(KINDS))
    assert [course(seed) for seed in seeds] == [course(seed) for seed in seeds]
