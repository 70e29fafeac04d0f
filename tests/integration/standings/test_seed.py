"""A running system's board with a seed of standings, and without: the generator's own balances, sorted, say what is right."""

import random
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import BOARD_SIZE
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.boards import LOWEST_XLM, Boards, boards_once_right, true_balances, true_boards
from tests.support.sandbox import SEED, made_network
from tests.support.system import running_system

SMALL, LARGE, VERY_LARGE = 20_000, 100_000, 1_000_000
ASKED = 15


@pytest.mark.timeout(900)
@pytest.mark.parametrize("accounts", [LARGE, pytest.param(VERY_LARGE, marks=pytest.mark.soak)])
async def test_with_the_seed_the_board_is_the_networks_first_thousand_at_every_threshold(
    tmp_path: Path, accounts: int
) -> None:
    data = tmp_path / "data"
    settings = {"standings_seed": True, "sandbox_accounts": accounts, "sandbox_ledger_s": 0}
    async with running_system(data, **settings) as system:
        await system.filled(600)
        network = made_network(data, NetworkSpec(SEED, accounts))
        ranked, boards = true_balances(network), true_boards(network)

        async def expected() -> Boards:
            return boards

        shown, coverage = await boards_once_right(system, expected)
    assert coverage["of"] == "network"
    assert coverage["accounts"] == len(ranked)
    assert 0 < network.ledger - coverage["ledger"] < 1_000  # in the last ones nobody's account was changed
    assert len(shown[LOWEST_XLM]) == min(len(ranked), BOARD_SIZE)
    assert all(shown.values())


@pytest.mark.parametrize(
    "without", [{"pipeline_mode": "API_ONLY"}, {"standings_seed": False}], ids=["by API alone", "switched off"]
)
async def test_without_the_seed_those_who_are_mapped_are_ranked_as_a_full_sort_of_them(
    tmp_path: Path, without: dict[str, object]
) -> None:
    data, spec = tmp_path / "data", NetworkSpec(SEED, SMALL)
    settings = {"standings_seed": True, "sandbox_accounts": SMALL, "sandbox_ledger_s": 0, **without}
    async with running_system(data, **settings) as system:
        await system.filled()
        network = made_network(data, spec)
        ranked = [account for account, _ in true_balances(network)]
        asked = random.Random(SEED).sample(ranked, ASKED)
        for account in asked:
            if request_id := await system.ask(account, budget=0):
                await system.completed(request_id)
        async with open_database(data / "store.sqlite", readers=1) as database:
            stores = open_stores(database)

            async def expected() -> Boards | None:
                told = {each.account async for portion in stores.tracker.balances(spec.key) for each in portion}
                return true_boards(network, told) if chains(Truth(network), asked) <= told else None

            shown, coverage = await boards_once_right(system, expected)
    among = {account for _, account, _ in shown[LOWEST_XLM]}
    assert coverage == {"of": "mapped", "ledger": None, "accounts": len(among), "rebuilding": False}
    assert set(asked) <= among < set(ranked)


def chains(truth: Truth, accounts: list[Address]) -> set[Address]:
    """These, and everybody above them but genesis, which no step is about."""
    above = {hop.creator for account in accounts for hop in truth.chain(account)}
    return {account for account in (*accounts, *above) if account.startswith("G")} - {truth.genesis}
