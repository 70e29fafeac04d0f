"""Each mode maps what is true, and says by which pipeline it did."""

import random
from pathlib import Path

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import PipelineSource
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.sandbox import SEED, made_network
from tests.support.switching import PLENTY
from tests.support.system import running_system

ACCOUNTS = 20_000
FALLING_BACK = {PipelineSource.BIGQUERY, PipelineSource.BIGQUERY_WITH_API_FALLBACK}
MAPPED_S = 240
QUICK = {"bigquery_window_s": 0.1, "open_requests": 1_000, "sandbox_ledger_s": 0, **PLENTY}
SPEC = NetworkSpec(SEED, ACCOUNTS)


def chosen(truth: Truth, asked: int) -> list[Address]:
    numbers = random.Random(6).sample(range(truth.count()), asked)
    return [truth.address(number) for number in numbers]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("mode", "asked", "sources"),
    [
        ("BIGQUERY_ONLY", 100, {PipelineSource.BIGQUERY}),
        pytest.param("BIGQUERY_ONLY", 500, {PipelineSource.BIGQUERY}, marks=pytest.mark.soak),
        ("BIGQUERY_WITH_API_FALLBACK", 100, FALLING_BACK),
        pytest.param("BIGQUERY_WITH_API_FALLBACK", 500, FALLING_BACK, marks=pytest.mark.soak),
    ],
)
async def test_random_accounts_equal_the_truth(
    tmp_path: Path, mode: str, asked: int, sources: set[PipelineSource]
) -> None:
    data = tmp_path / "data"
    async with running_system(data, sandbox_accounts=ACCOUNTS, pipeline_mode=mode, **QUICK) as system:
        await system.filled()
        truth = Truth(made_network(data, SPEC))
        addresses = chosen(truth, asked)
        await system.map_all(addresses, within_s=MAPPED_S, at_once=asked)
        async with mapped(data, SPEC) as store:
            found = [each for address in addresses for each in await differences(store, truth, address)]
            states = [await store.stores.accounts.state_of(store.ref(address)) for address in addresses]
    assert found == []
    assert {state.pipeline_source for state in states if state} <= sources
    assert PipelineSource.BIGQUERY in {state.pipeline_source for state in states if state}
