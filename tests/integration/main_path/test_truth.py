"""What the running system maps is what the simulated network knows to be true."""

import random
from pathlib import Path

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.lineage.walk import WalkState
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.mapped import Mapped, mapped
from tests.support.sandbox import SEED, made_network
from tests.support.system import running_system

ACCOUNTS = 100_000
ASKED = 500
FEW = 100
MAPPED_S = 240
UNLIMITED = {"open_requests": 1_000}
SPEC = NetworkSpec(SEED, ACCOUNTS)


def chosen(truth: Truth, seed: int) -> list[Address]:
    numbers = random.Random(seed).sample(range(truth.count()), ASKED)
    return [truth.address(number) for number in numbers]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("asked", [2 * FEW, pytest.param(ASKED, marks=pytest.mark.soak)])
async def test_random_accounts_equal_the_truth(tmp_path: Path, asked: int) -> None:
    data = tmp_path / "data"
    async with running_system(data, sandbox_accounts=ACCOUNTS, sandbox_ledger_s=0, **UNLIMITED) as system:
        await system.filled()
        truth = Truth(made_network(data, SPEC))
        addresses = chosen(truth, seed=1)[:asked]
        await system.map_all(addresses, within_s=MAPPED_S)
        async with mapped(data, SPEC) as store:
            differences = [found for address in addresses for found in await store.differences(truth, address)]
    assert differences == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("asked", [FEW, pytest.param(ASKED, marks=pytest.mark.soak)])
async def test_where_history_is_cut_a_creator_is_known_from_expert_or_unknown_and_never_wrong(
    tmp_path: Path, asked: int
) -> None:
    data = tmp_path / "data"
    whole = Truth(made_network(data, SPEC))
    born = sorted(whole.creations(whole.address(number))[0].ledger for number in range(1, ACCOUNTS, 97))
    elder = born[len(born) // 2]  # half of the accounts are older than what is kept
    settings = {"sandbox_accounts": ACCOUNTS, "sandbox_ledger_s": 0, "sandbox_elder_ledger": elder, **UNLIMITED}
    async with running_system(data, **settings) as system:
        await system.filled()
        addresses = chosen(whole, seed=2)[:asked]
        await system.map_all(addresses, within_s=MAPPED_S)
        async with mapped(data, SPEC) as store:
            ends = [await checked_end(store, whole, address) for address in addresses]
    assert WalkState.PENDING not in ends
    # Old accounts are in it, and most of them have their creator all the same.
    assert ends.count(WalkState.GENESIS) > asked // 2


async def checked_end(store: Mapped, truth: Truth, address: Address) -> WalkState:
    """Where the chain of the account ends; every hop of it is a true creation, and an unknown one says why."""
    walk = await store.walk(address)
    for hop in walk.hops:
        creation = hop.creation
        if creation.creator is None:
            assert creation.account == truth.genesis
            continue
        lives = truth.creations(creation.account)
        if creation.exact:
            lives = [life for life in lives if life.operation_id == creation.created_op]
        elif creation.placed:
            lives = [life for life in lives if life.ledger == creation.ledger]
        assert creation.creator in {life.creator for life in lives}, f"{address}: {creation}"
    assert (walk.state is WalkState.UNKNOWN) == (walk.reason is not None)
    return walk.state
