"""Killed between any two effects of an enrichment, the system ends as if it had not been: every balance told once, and true."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from stellarmap_common.domain.network import Address
from stellarmap_common.events.facts import LineageRecorded
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_enricher.failpoints import ENRICHMENT
from tests.support.harness import KILLED
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.power_effects import stored_in, told_in
from tests.support.system import System, start_system, until

ASKED = 5
KILLED_S = 60
ENRICHED_S = 60

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=2_000) as opened:
        yield opened


async def is_enriched(system: System, address: Address) -> bool:
    answer = await system.api.get(f"/api/v1/sandbox/accounts/{address}")
    return bool(answer.is_success and answer.json()["enrichment"])


def true_balance(network: NetworkProcess, address: str) -> int:
    number = network.network.number_of(address)
    assert number is not None
    return network.network.accounts.balance[number] if network.network.exists(number) else 0


@pytest.mark.parametrize("place", ENRICHMENT)
async def test_killed_there_every_balance_is_told_once_and_true(
    place: str, network: NetworkProcess, tmp_path: Path
) -> None:
    data, accounts = tmp_path / "data", [network.truth.address(number) for number in range(1_000, 1_000 + ASKED)]
    system = await start_system(data, **network.settings(failpoint=f"{place}:3:kill"))
    with contextlib.suppress(httpx.TransportError):  # the kill may come first
        for address in accounts:
            await system.ask(address, budget=0)
    assert await asyncio.wait_for(system.process.wait(), KILLED_S) == KILLED
    await system.api.aclose()

    system = await start_system(data, **network.settings())
    for address in accounts:
        if request_id := await system.ask(address, budget=0):
            await system.completed(request_id, within_s=ENRICHED_S)

    async def enriched() -> bool:
        return all([await is_enriched(system, address) for address in accounts])

    await until(enriched, within_s=ENRICHED_S, what="every asked account enriched", log=system.log)
    assert await system.stop() == 0
    await system.api.aclose()

    told = told_in(data / "log.sqlite")
    met = {event.account for event in told.of(LineageRecorded)}
    balances: defaultdict[str, set[tuple[str, int, bool]]] = defaultdict(set)
    for update in told.of(BalanceUpdated):
        balances[update.account].add((update.id, update.balance_stroops, update.discovered))
    assert met == set(balances)
    assert len(met) > ASKED
    for account, known in balances.items():
        ((_, balance, discovered),) = known
        assert (balance, discovered) == (true_balance(network, account), True), account
    async with stored_in(data / "store.sqlite") as stores:
        for recorded in told.of(LineageRecorded):
            profile = await stores.profiles.profile_of(recorded.ref)
            assert profile
            assert profile.told
