"""All that anybody can read of standings afterwards, by which two histories are compared: what a tracker has left."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import ChangeReason, HeldBalance, Movement, StandingChange
from stellarmap_common.events.standings import StandingChanged
from stellarmap_common.ports.standing_store import Board, ChangeQuery
from stellarmap_common.ports.stores import Stores
from stellarmap_hva_tracker.draft import BEGINNING

AT_ONCE = 64  # accounts that are asked for together
PAGE = 5_000
SHOWN = 3  # differences of each kind

Told = dict[Address, list[Any]]


@dataclass(frozen=True)
class Left:
    """What is read afterwards, but for how it was parted into rows."""

    balances: dict[Address, HeldBalance]
    recorded: dict[tuple[Address, int], Any]
    changes: list[StandingChange]  # of each account
    at_thresholds: dict[int, list[StandingChange]]  # the same, as each threshold lists them by day
    closings: dict[Address, Any]
    movements: list[Movement]
    board: Board | None
    told: Told


async def left_in(
    stores: Stores,
    network: NetworkKey,
    *,
    accounts: Sequence[Address],
    thresholds_xlm: Iterable[int],
    told: Iterable[StandingChanged],
) -> Left:
    """What is stored of the network, and was told of it: of these accounts, at any of these thresholds."""
    tracker, standings = stores.tracker, stores.standings
    board = await standings.board_of(network)
    refs = [AccountRef(network, account) for account in accounts]
    changes = [change async for some in _of_each(refs, stores) for change in some]
    return Left(
        balances={each.account: each async for some in tracker.balances(network) for each in some},
        recorded={
            (each.account, each.threshold_xlm): each async for some in tracker.recorded(network) for each in some
        },
        changes=in_order(changes),
        at_thresholds={xlm: in_order([each async for each in _listed(stores, network, xlm)]) for xlm in thresholds_xlm},
        closings={ref.address: await standings.closings_of(ref, BEGINNING.date()) for ref in refs},
        movements=[each async for some in tracker.movements(network, BEGINNING) for each in some],
        board=replace(board, number=0) if board else None,
        told=first_told(told),
    )


def first_told(events: Iterable[StandingChanged]) -> Told:
    """What was told of each account, in the order in which it was told first."""
    by_id: dict[str, StandingChanged] = {}
    for event in events:
        by_id.setdefault(event.id, event)
    told: Told = defaultdict(list)
    for event in by_id.values():
        told[event.account].append((event.change, event.at, event.after, event.steps))
    return dict(told)


def differences(ours: Left, theirs: Left) -> list[str]:
    """In words, a few of each kind; empty if nobody can tell the two apart."""
    return [
        f"{each.name}: {difference}"
        for each in fields(Left)
        for difference in _differences(getattr(ours, each.name), getattr(theirs, each.name))
    ]


def _differences(ours: Any, theirs: Any) -> list[str]:
    if ours == theirs:
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        unlike = [key for key in {**theirs, **ours} if ours.get(key) != theirs.get(key)]
        some = [f"{key}: {str(ours.get(key))[:500]}, not {str(theirs.get(key))[:500]}" for key in unlike[:SHOWN]]
        return [f"{len(unlike)} of {len(theirs)} differ", *some]
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = (f"{one}, not {other}" for one, other in zip(ours, theirs, strict=False) if one != other)
        return [f"{len(ours)} of {len(theirs)} are there", *list(pairs)[:SHOWN]]
    return [f"{str(ours)[:500]}, not {str(theirs)[:500]}"]


async def _of_each(refs: Sequence[AccountRef], stores: Stores) -> AsyncIterator[Sequence[StandingChange]]:
    every = ChangeQuery(limit=1_000_000)
    for first in range(0, len(refs), AT_ONCE):
        reads = (stores.standings.changes_of(ref, every) for ref in refs[first : first + AT_ONCE])
        for changes in await asyncio.gather(*reads):
            yield changes


async def _listed(stores: Stores, network: NetworkKey, threshold_xlm: int) -> AsyncIterator[StandingChange]:
    """Every change at the threshold, as whoever turns the pages to the end sees them."""
    query = ChangeQuery(threshold_xlm=threshold_xlm, limit=PAGE)
    while page := await stores.standings.changes(network, query):
        for change in page:
            yield change
        query = replace(query, before=(page[-1].at, page[-1].id))


def in_order(changes: Iterable[StandingChange]) -> list[StandingChange]:
    """The changes, in an order of their own, and without what follows from how they were parted into rows."""
    return sorted(map(_plain, changes), key=lambda change: (change.at, change.account.address, str(change)))


def _plain(change: StandingChange) -> StandingChange:
    """The cause of what new thresholds change is named after a row, and rows are parted differently."""
    return replace(change, cause="") if change.reason is ChangeReason.THRESHOLD_CHANGED else change
