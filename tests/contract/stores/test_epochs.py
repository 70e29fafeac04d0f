"""Epochs: one conditional write begins one, what is noted of it never falls, and it outlives the process."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.ports.epoch_store import Epoch, KeptLedger
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, StoreBackend

TESTNET = NetworkName.TESTNET
FIRST = Epoch(network=TESTNET, number=1, began_at=NOON, highest=1_000, kept=KeptLedger(990, "aa"))
SECOND = Epoch(network=TESTNET, number=2, began_at=NOON + timedelta(days=1), reason="the latest ledger fell", highest=7)


async def test_epochs_are_read_in_order_and_as_they_began(stores: Stores) -> None:
    assert await stores.epochs.epochs() == ()
    assert await stores.epochs.begin(FIRST)
    assert await stores.epochs.begin(SECOND)
    assert await stores.epochs.epochs() == (FIRST, SECOND)


async def test_of_several_who_saw_the_same_reset_one_begins_the_epoch(stores: Stores) -> None:
    await stores.epochs.begin(FIRST)
    seen = [replace(SECOND, began_at=SECOND.began_at + timedelta(seconds=number)) for number in range(8)]
    began = await asyncio.gather(*(stores.epochs.begin(epoch) for epoch in seen))
    assert began.count(True) == 1
    assert await stores.epochs.epochs() == (FIRST, seen[began.index(True)])


async def test_what_is_noted_never_falls(stores: Stores) -> None:
    await stores.epochs.begin(FIRST)
    await stores.epochs.note(TESTNET, 1, highest=900, kept=KeptLedger(800, "bb"))
    assert await stores.epochs.epochs() == (FIRST,)
    await stores.epochs.note(TESTNET, 1, highest=1_100)
    await stores.epochs.note(TESTNET, 1, highest=1_050, kept=KeptLedger(1_040, "cc"))
    assert await stores.epochs.epochs() == (replace(FIRST, highest=1_100, kept=KeptLedger(1_040, "cc")),)


async def test_a_ledger_is_kept_for_an_epoch_that_began_without_one(stores: Stores) -> None:
    await stores.epochs.begin(FIRST)
    await stores.epochs.begin(SECOND)
    await stores.epochs.note(TESTNET, 2, highest=9, kept=KeptLedger(9, "dd"))
    assert await stores.epochs.epochs() == (FIRST, replace(SECOND, highest=9, kept=KeptLedger(9, "dd")))


async def test_of_notes_at_once_the_highest_stays(stores: Stores) -> None:
    await stores.epochs.begin(FIRST)
    await asyncio.gather(
        *(stores.epochs.note(TESTNET, 1, highest=2_000 + n, kept=KeptLedger(1_000 + n, f"{n}")) for n in range(10))
    )
    assert await stores.epochs.epochs() == (replace(FIRST, highest=2_009, kept=KeptLedger(1_009, "9")),)


async def test_noting_an_epoch_that_never_began_begins_none(stores: Stores) -> None:
    await stores.epochs.note(TESTNET, 3, highest=9, kept=KeptLedger(9, "dd"))
    assert await stores.epochs.epochs() == ()


async def test_epochs_outlive_the_process(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as stores:
        await stores.epochs.begin(FIRST)
        await stores.epochs.begin(SECOND)
    async with durable_backend.at(place) as stores:
        assert await stores.epochs.epochs() == (FIRST, SECOND)
