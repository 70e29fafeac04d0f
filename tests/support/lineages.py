"""Small lineages to ask for, and how long they take."""

import asyncio
import random
import time

from stellarmap_common.domain.network import Address
from stellarmap_sandbox.truth import Truth
from tests.support.system import System

HOPS = 8
MOST_CHILDREN = 20
LOOK_S = 0.015  # each look costs the measured process 2 ms: every 5 ms, it measures the looking


async def answered_ms(system: System, address: Address) -> float:
    """Milliseconds from asking until GET lineage answers it complete."""
    began = time.perf_counter()
    await system.ask(address, budget=0)
    while not (await system.get(f"/sandbox/accounts/{address}/lineage"))["complete"]:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)
    return (time.perf_counter() - began) * 1_000


def small_lineages(truth: Truth, count: int) -> list[Address]:
    """Random accounts of eight hops with at most 20 children."""
    numbers = list(range(1, truth.count()))
    random.Random(5).shuffle(numbers)
    found = []
    for number in numbers:
        address = truth.address(number)
        if (
            len(truth.chain(address)) == HOPS
            and len(truth.children(address)) <= MOST_CHILDREN
            and truth.exists(address)
        ):
            found.append(address)
        if len(found) == count:
            break
    return found
