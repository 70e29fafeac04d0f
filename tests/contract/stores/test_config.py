"""A change of the configuration is conditional on the one before, and every one that was made is in the audit."""

import asyncio
from datetime import timedelta

import pytest

from stellarmap_common.ports.config_store import ConfigChange, ConfigStore
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, StoreBackend


@pytest.fixture
def config(stores: Stores) -> ConfigStore:
    return stores.config


def change(key: str, version: int, value: str | None, before: str | None = None, by: str = "ann") -> ConfigChange:
    at = NOON + timedelta(minutes=version)
    return ConfigChange(key=key, version=version, value=value, before=before, changed_at=at, changed_by=by)


FIRST = change("batch_size", 1, "1000")
SECOND = change("batch_size", 2, None, "1000")
OTHER = change("cost_limit_usd", 1, "0.5")


async def test_nothing_is_stored_before_the_first_change(config: ConfigStore) -> None:
    assert await config.stored() == await config.changes(10) == ()


async def test_the_latest_change_of_each_key_holds_and_all_are_told_newest_first(config: ConfigStore) -> None:
    for one in (FIRST, OTHER, SECOND):
        assert await config.put(one)
    assert await config.stored() == (SECOND, OTHER)
    assert await config.changes(10) == (SECOND, OTHER, FIRST)
    assert await config.changes(1) == (SECOND,)


async def test_a_change_after_another_one_than_it_knows_is_refused(config: ConfigStore) -> None:
    assert not await config.put(SECOND)
    assert await config.put(FIRST)
    assert not await config.put(change("batch_size", 1, "2", by="bob"))
    assert not await config.put(change("batch_size", 3, "2"))
    assert await config.stored() == await config.changes(10) == (FIRST,)


async def test_a_change_that_is_repeated_is_made_once(config: ConfigStore) -> None:
    assert [await config.put(FIRST) for _ in range(3)] == [True, True, True]
    assert await config.changes(10) == (FIRST,)


async def test_of_those_who_change_at_once_one_is_first(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as one, durable_backend.at(place) as other:
        tries = [change("batch_size", 1, f"{number}", by=f"{number}") for number in range(10)]
        done = await asyncio.gather(
            *((one if number % 2 else other).config.put(each) for number, each in enumerate(tries))
        )
        assert done.count(True) == 1
        assert await one.config.stored() == await other.config.changes(10) == (tries[done.index(True)],)
