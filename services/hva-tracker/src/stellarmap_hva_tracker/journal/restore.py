"""Reads a book, so that its next owner can go on with it."""

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import Standing
from stellarmap_common.ports.standing_store import TakeOver, TrackerStore
from stellarmap_hva_tracker.delayed import DAY
from stellarmap_hva_tracker.draft import BEGINNING
from stellarmap_hva_tracker.records import RecordedAt
from stellarmap_hva_tracker.stored import Stored


@contextmanager
def uncollected() -> Iterator[None]:
    """The garbage collector rests while millions of balances are made, and leaves them alone from then on.

    It would look through all of them again and again, and find nothing: none of them refers back to another. What is garbage
    by now is thrown away first, for it would be left alone too: where a book was lost, all that its last owner knew.
    """
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def read_book(store: TrackerStore, network: NetworkKey, taken: TakeOver, now: datetime) -> Stored:
    """Everything that is stored of the network. Its newest row must be applied. Raises: StoreUnavailable."""
    at = taken.last.at if taken.last else BEGINNING
    midnight = datetime.combine(at, time(), at.tzinfo)
    balances = [each async for portion in store.balances(network) for each in portion]
    return Stored(
        network=network,
        epoch=taken.epoch,
        last=taken.last,
        balances=balances,
        recorded=await _recorded(store, network, {each.account: each.account for each in balances}),
        movements=[each async for portion in store.movements(network, min(now - DAY, midnight)) for each in portion],
    )


async def _recorded(store: TrackerStore, network: NetworkKey, texts: Mapping[Address, Address]) -> RecordedAt:
    """`texts` are those of the balances: one of each account saves memory, and what is one is found without reading it."""
    found: dict[int, dict[Address, Standing]] = defaultdict(dict)
    async for portion in store.recorded(network):
        for each in portion:
            found[each.threshold_xlm][texts.get(each.account, each.account)] = each.standing
    return found
