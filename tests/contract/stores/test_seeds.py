"""Seeds of standings: seed and wish are written by different processes, and neither loses the other's."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.seed_store import StandingsSeed
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, SANDBOX, StoreBackend

SEED = StandingsSeed(
    network=SANDBOX,
    job_id="stellarmap_1_2",
    lowest_xlm=10_000,
    read_at=NOON,
    told=1_000,
    covers=Ledger(51),
    covers_xlm=50_000,
    covered_at=NOON - timedelta(days=1),
    answered=NOON - timedelta(microseconds=1),
    trouble="the month's budget is used up: 7 of 5 GiB",
    tried_at=NOON,
    retold=True,
)


async def test_a_network_has_no_seed_and_no_wish_at_first(stores: Stores) -> None:
    assert await stores.seeds.seed_of(SANDBOX) is None
    assert await stores.seeds.wished(SANDBOX) is None


async def test_the_latest_seed_of_each_network_is_read_as_it_was_kept(stores: Stores) -> None:
    of_public = StandingsSeed(network=PUBLIC)
    await stores.seeds.keep(of_public)
    await stores.seeds.keep(SEED)
    later = replace(SEED, told=2_000)
    await stores.seeds.keep(later)
    assert await stores.seeds.seed_of(SANDBOX) == later
    assert await stores.seeds.seed_of(PUBLIC) == of_public


async def test_a_wish_is_no_seed_and_a_seed_is_no_wish(stores: Stores) -> None:
    await stores.seeds.wish(SANDBOX, NOON)
    assert await stores.seeds.seed_of(SANDBOX) is None
    await stores.seeds.keep(StandingsSeed(network=PUBLIC))
    assert await stores.seeds.wished(PUBLIC) is None


async def test_seeds_and_wishes_at_once_lose_nothing_of_each_other(stores: Stores) -> None:
    moments = [NOON + timedelta(microseconds=number) for number in range(20)]
    for at in moments:
        await asyncio.gather(stores.seeds.wish(SANDBOX, at), stores.seeds.keep(replace(SEED, read_at=at)))
    assert await stores.seeds.wished(SANDBOX) == moments[-1]
    assert await stores.seeds.seed_of(SANDBOX) == replace(SEED, read_at=moments[-1])


async def test_seeds_and_wishes_outlive_the_process(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as stores:
        await stores.seeds.keep(SEED)
        await stores.seeds.wish(SANDBOX, NOON)
    async with durable_backend.at(place) as stores:
        assert await stores.seeds.seed_of(SANDBOX) == SEED
        assert await stores.seeds.wished(SANDBOX) == NOON
