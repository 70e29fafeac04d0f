"""The first view names children for what they created and for who they are, and says how many there are."""

import asyncio
from typing import Any

import pytest

from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef
from stellarmap_gateway import notables
from stellarmap_gateway.shared_reads import KEPT_S
from tests.support.gateway import NOW, Site, creation


async def hub_with(site: Site, children: int) -> tuple[AccountRef, list[AccountRef]]:
    """An account that made so many."""
    (hub,) = await site.chain("hub")
    made = await site.children(hub, children)
    return hub, [child.ref for child in made]


async def makes(site: Site, account: AccountRef, count: int) -> None:
    """Whatever the account made is known of others."""
    made = [creation(site.ref(f"{account} {at}"), account.address, ledger=2_000_000 + at) for at in range(count)]
    await site.record(*made)


async def known(site: Site, creator: AccountRef, child: AccountRef, **face: Any) -> None:
    await site.stores.notables.put(creator, Notable(child=child.address, **face), NOW)


async def child_set(site: Site, account: AccountRef, **query: int) -> Any:
    return (await site.get(site.path(account, "/lineage"), **query))["children"]


async def test_a_child_with_a_tag_is_named_beside_those_with_children(site: Site) -> None:
    hub, children = await hub_with(site, 5)
    await makes(site, children[1], 3)
    await known(site, hub, children[3], tags=("exchange",), name="A & Co", home_domain="a.example", balance_stroops=7)
    found = await child_set(site, hub)
    assert [(each["address"], each["children"]) for each in found["notable"]] == [
        (children[1].address, 3),
        (children[3].address, 0),
    ]
    maker, named = found["notable"]
    assert named["face"] == {
        "balance_stroops": "7",
        "is_hva": False,
        "name": "A & Co",
        "home_domain": "a.example",
        "tags": ["exchange"],
        "is_issuer": None,
        "issues": [],
    }
    assert (maker["face"], named["starting_balance_stroops"]) == (None, "10000000")
    assert (found["notable_total"], found["notable_truncated"]) == (2, False)


async def test_a_child_that_is_notable_for_both_is_named_once(site: Site) -> None:
    hub, children = await hub_with(site, 2)
    await makes(site, children[0], 1)
    await known(site, hub, children[0], tags=("exchange",))
    found = await child_set(site, hub)
    assert [(each["address"], each["face"]["tags"]) for each in found["notable"]] == [
        (children[0].address, ["exchange"])
    ]
    assert found["notable_total"] == 1


async def test_both_kinds_find_room_where_there_are_many_of_each(site: Site) -> None:
    hub, children = await hub_with(site, 40)
    for child in children[:20]:
        await makes(site, child, 1)
    for at, child in enumerate(children[20:]):
        await known(site, hub, child, balance_stroops=10**11 + at)
    found = await child_set(site, hub)
    named = [each["address"] for each in found["notable"]]
    assert named[:15] == [child.address for child in children[:15]]
    assert named[15:] == [child.address for child in reversed(children[25:])]
    assert found["notable_total"] == 40
    assert len((await child_set(site, hub, top=3))["notable"]) == 3


async def test_whoever_was_made_by_another_since_is_not_named(site: Site) -> None:
    hub, _ = await hub_with(site, 2)
    stranger = site.ref("stranger")
    await site.record(creation(stranger, site.genesis.address, ledger=70))
    await known(site, hub, stranger, tags=("exchange",))
    assert (await child_set(site, hub))["notable"] == []


async def test_that_there_are_more_than_were_looked_at_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, children = await hub_with(site, 4)
    for child in children[:2]:
        await known(site, hub, child, tags=("exchange",))
    monkeypatch.setattr(notables, "LOOKED_AT", 2)
    found = await child_set(site, hub)
    assert (found["notable_total"], found["notable_truncated"]) == (2, True)


async def test_those_who_look_within_seconds_have_them_found_once_and_a_search_finds_them_anew(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, children = await hub_with(site, 3)
    store, reads = type(site.stores.notables), list[AccountRef]()
    children_of = store.children_of

    async def counted(self: Any, creator: AccountRef, limit: int) -> Any:
        reads.append(creator)
        return await children_of(self, creator, limit)

    monkeypatch.setattr(store, "children_of", counted)
    await known(site, hub, children[0], tags=("exchange",))
    for found in await asyncio.gather(child_set(site, hub), child_set(site, hub), child_set(site, hub, top=1)):
        assert found["notable_total"] == 1
    await child_set(site, hub)
    assert reads == [hub]
    await known(site, hub, children[1], tags=("exchange",))
    searched = await site.api.post(site.path(hub, "/requests"), json={"budget": 0, "pages": 1})
    assert searched.json()["children"]["notable_total"] == 2
    site.clock.pass_time(KEPT_S)
    assert (await child_set(site, hub))["notable_total"] == 2
    assert reads == [hub] * 3
