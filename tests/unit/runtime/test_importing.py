"""Of two that would import one network, one does; the other is told who does, and what to do."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from stellarmap_common.adapters.sqlite.connection import MEMORY
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import NetworkName
from stellarmap_common.ports.lease_store import LeaseStore
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.importing import ImportElsewhere, lease_of, sole_import
from stellarmap_common.runtime.networks import build_networks
from stellarmap_common.runtime.standby import LEASE_S
from tests.support.gateway import address
from tests.support.settings import settings_of
from tests.support.sources import SteppedClock, settled

pytestmark = pytest.mark.unit

NETWORKS = build_networks(settings_of(sandbox_accounts=1_000), address, "http://127.0.0.1:1")


@pytest.fixture
async def leases() -> AsyncIterator[LeaseStore]:
    async with open_database(MEMORY, inline=True) as database:
        yield open_stores(database).leases


def network(name: NetworkName = NetworkName.PUBLIC) -> Network:
    found = NETWORKS.named(name)
    assert found
    return found


async def test_a_second_import_is_refused_with_who_holds_it_and_another_networks_is_not(leases: LeaseStore) -> None:
    clock = SteppedClock()
    async with sole_import(leases, clock, network()):
        for _ in range(2):
            with pytest.raises(
                ImportElsewhere, match=rf"process {os.getpid()} on .* since 2026-06-01 12:00:00.*Wait for the end"
            ):
                async with sole_import(leases, clock, network()):
                    pytest.fail("two at once")
            await clock.pass_s(60)
        async with sole_import(leases, clock, network(NetworkName.TESTNET)):
            pass
    async with sole_import(leases, clock, network()):
        pass


async def test_an_import_that_was_killed_is_gone_on_with_once_its_lease_has_lapsed(leases: LeaseStore) -> None:
    clock = SteppedClock()
    assert await leases.take(lease_of(network()), "killed", clock.now(), LEASE_S)
    with pytest.raises(ImportElsewhere, match=rf"\(killed\).*run this command again in {LEASE_S:.0f} s"):
        async with sole_import(leases, clock, network()):
            pytest.fail("it may be alive")
    await clock.pass_s(LEASE_S)
    async with sole_import(leases, clock, network()):
        pass


async def test_an_import_whose_lease_is_anothers_by_now_ends_where_it_is(leases: LeaseStore) -> None:
    clock = SteppedClock()
    ended = asyncio.Event()

    async def work() -> None:
        async with sole_import(leases, clock, network()):
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    working = asyncio.create_task(work())
    await clock.pass_s(1)
    held = await leases.standing(lease_of(network()))
    assert held
    await leases.release(held.name, held.holder)
    assert await leases.take(held.name, "another", clock.now(), LEASE_S)
    await clock.pass_s(3)
    await settled()
    assert ended.is_set()
    with pytest.raises(ImportElsewhere, match="run this command again, it goes on there"):
        await working
