"""Accounts that are asked for at once are read by three queries a hop, however many they are and however long a hop takes."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.ports.book_store import QueryJob
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.mapped import mapped
from tests.support.measured import report
from tests.support.read_by_bigquery import differences
from tests.support.sandbox import SEED, made_network
from tests.support.switching import PLENTY
from tests.support.system import System, running_system

ACCOUNTS = 20_000
ASKED, FEW = 1_000, 300
LONGEST_CHAIN = 6  # of an account that is asked for; the deep ones have forty, and a hop takes seconds
SPEC = NetworkSpec(SEED, ACCOUNTS)
OF_CREATORS = {"account_ledgers", "lives", "completions"}


def chosen(truth: Truth, asked: int) -> list[Address]:
    numbers = random.Random(1).sample(range(truth.count()), truth.count())
    drawn = (truth.address(number) for number in numbers)
    return list(islice((each for each in drawn if len(truth.chain(each)) <= LONGEST_CHAIN), asked))


def hops_of(truth: Truth, asked: Sequence[Address]) -> dict[Address, int]:
    """How far each account of the chains is from the nearest one that was asked for."""
    hops: dict[Address, int] = {}
    for account in asked:
        for hop, each in enumerate((account, *(life.creator for life in truth.chain(account)))):
            hops[each] = min(hop, hops.get(each, hop))
    return hops


def queries_by_hop(jobs: Sequence[QueryJob], hops: dict[Address, int]) -> dict[int, int]:
    """How many queries of creator steps were about accounts of each hop."""
    of_creators = (job for job in jobs if job.query in OF_CREATORS)
    return Counter(hop for job in of_creators for hop in {hops[each] for each in job.accounts if each in hops})


async def asked_in_bulk(system: System, addresses: Sequence[Address]) -> list[str]:
    answer = await system.api.post("/api/v1/sandbox/requests:bulk", json={"addresses": addresses, "budget": 0})
    assert answer.is_success, answer.text
    return [each["request_id"] for each in answer.json()["queued"]]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("asked", [FEW, pytest.param(ASKED, marks=pytest.mark.soak)])
async def test_accounts_asked_for_at_once_cost_three_queries_a_hop(tmp_path: Path, asked: int) -> None:
    data = tmp_path / "data"
    # The system itself asks for an account or two as it starts: they must not take the place of one that is asked for.
    settings = {
        "sandbox_accounts": ACCOUNTS,
        "sandbox_ledger_s": 0,
        "pipeline_mode": "BIGQUERY_ONLY",
        "batch_size": asked + 10,
        **PLENTY,
    }
    async with running_system(data, **settings) as system:
        await system.filled()
        network = made_network(data, SPEC)
        truth = Truth(network)
        addresses, began = chosen(truth, asked), time.monotonic()
        for request_id in await asked_in_bulk(system, addresses):
            await system.completed(request_id, within_s=240, every_s=0.5)
        took_s = time.monotonic() - began
        async with mapped(data, SPEC) as store:
            jobs = await store.stores.books.jobs(datetime.now(UTC), 10_000)
            found = [each for address in addresses for each in await differences(store, truth, address, children=False)]
    hops = hops_of(truth, addresses)
    first_mapped = network.keys.address(network.cast.examples["small"])  # by the system, before anybody asks
    for each in (first_mapped, *(life.creator for life in truth.chain(first_mapped))):
        hops.pop(each, None)
    queries = queries_by_hop(jobs, hops)
    report("bigquery_together", accounts=asked, took_s=took_s, jobs=len(jobs), queries_by_hop=dict(queries))
    assert found == []
    assert max(queries.values()) <= len(OF_CREATORS), queries
