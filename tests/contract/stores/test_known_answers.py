"""Answers about children that stand out are the same whatever store is behind them, and cost as little."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.stores import Stores
from tests.support.gateway import NOW, Site, creation, merge, open_site


@pytest_asyncio.fixture
async def site(stores: Stores) -> AsyncIterator[Site]:
    """A gateway on the stores of this backend."""
    async with open_site(elsewhere=stores) as opened:
        yield opened


async def known(site: Site, creator: AccountRef, child: AccountRef, **face: Any) -> None:
    await site.stores.notables.put(creator, Notable(child=child.address, home_domain="a.example", **face), NOW)


async def test_a_child_that_was_merged_is_told_with_its_end_wherever_it_is_named(site: Site) -> None:
    (hub,) = await site.chain("hub")
    merged, alive, again, of_another = [child.ref for child in await site.children(hub, 4)]
    await site.record(
        creation(again, hub.address, ledger=3_000_000),
        creation(of_another, alive.address, ledger=3_000_000),
        creation(site.ref("grandchild"), merged.address, ledger=2_000_000),
        ends=[
            merge(merged, alive.address, ledger=2_500_000),
            merge(again, hub.address, ledger=2_600_000),
            merge(of_another, hub.address, ledger=2_700_000),
        ],
    )
    for balance, child in enumerate((of_another, again, alive, merged)):
        await known(site, hub, child, balance_stroops=balance, issues=("USD",))
    ended = {
        merged.address: (merge(merged, alive.address, ledger=2_500_000).end_op, alive.address),
        alive.address: (None, None),
        again.address: (None, None),  # its present life goes on
        of_another.address: (merge(of_another, hub.address, ledger=2_700_000).end_op, hub.address),
    }
    wanted = {child: (None if op is None else str(op), heir) for child, (op, heir) in ended.items()}

    def told(rows: Any) -> dict[str, tuple[str | None, str | None]]:
        return {row["address"]: (row["ended_op"], row["merged_into"]) for row in rows}

    assert told((await site.get(site.path(hub, "/lineage")))["children"]["notable"]) == wanted
    by_balance = await site.get(site.path(hub, "/children"), sort="balance")
    assert told(by_balance["notable"]) == told(by_balance["children"]) == wanted
    by_children = await site.get(site.path(hub, "/children"), sort="children")
    makers = {child: wanted[child] for child in (merged.address, alive.address)}
    assert told(by_children["notable"]) == told(by_children["children"]) == makers
    in_order = await site.get(site.path(hub, "/children"), issuers=True)
    lives = [(row["address"], row["ended_op"] is None) for row in in_order["notable"]]
    assert lives == [(row["address"], row["ended_op"] is None) for row in in_order["children"]]
    assert lives.count((again.address, False)) == lives.count((again.address, True)) == 1


async def test_the_ends_of_those_who_are_named_are_asked_for_once_whatever_the_hub_made(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub,) = await site.chain("hub")
    children = [child.ref for child in await site.children(hub, 60)]
    for balance, child in enumerate(children):
        await known(site, hub, child, balance_stroops=balance)
    asked = list[int]()
    store = site.stores.creations
    lives_of_children = store.lives_of_children

    async def counted(creator: AccountRef, begun: Any) -> Any:
        asked.append(len(begun))
        return await lives_of_children(creator, begun)

    monkeypatch.setattr(store, "lives_of_children", counted)
    assert len((await site.get(site.path(hub, "/lineage")))["children"]["notable"]) == 30
    assert asked == [30]
    await site.get(site.path(hub, "/children"), sort="balance", limit=7)
    assert asked == [30, 7]
