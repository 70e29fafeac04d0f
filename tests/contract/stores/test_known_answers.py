"""Answers about children that stand out are the same whatever store is behind them, and cost as little."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from stellarmap_common.domain.creation import Creation, Incarnation
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.views import children
from tests.support.gateway import NOW, Site, creation, merge, open_site


@pytest_asyncio.fixture
async def site(stores: Stores) -> AsyncIterator[Site]:
    """A gateway on the stores of this backend."""
    async with open_site(elsewhere=stores) as opened:
        yield opened


async def known(site: Site, creator: AccountRef, child: AccountRef, **face: Any) -> None:  # fields of a Notable
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

    def told(rows: list[dict[str, Any]]) -> dict[str, tuple[str | None, str | None]]:
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
    made = [child.ref for child in await site.children(hub, 60)]
    for balance, child in enumerate(made):
        await known(site, hub, child, balance_stroops=balance)
    asked = list[int]()
    store = site.stores.creations
    lives_of_children = store.lives_of_children

    async def counted(creator: AccountRef, begun: Sequence[Creation]) -> tuple[Incarnation, ...]:
        asked.append(len(begun))
        return await lives_of_children(creator, begun)

    monkeypatch.setattr(store, "lives_of_children", counted)
    assert len((await site.get(site.path(hub, "/lineage")))["children"]["notable"]) == 30
    assert asked == [30]
    await site.get(site.path(hub, "/children"), sort="balance", limit=7)
    assert asked == [30, 7]


async def test_two_that_match_among_many_cost_as_little_as_two_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub,) = await site.chain("hub")
    made = [child.ref for child in await site.children(hub, 1_500)]
    for number in (1_200, 7):
        await known(site, hub, made[number], issues=("USD",))
    rows = list[tuple[str, int]]()
    store = site.stores.creations

    def counted(name: str) -> None:
        read = getattr(store, name)

        async def reads(*args: Any) -> Any:  # whatever the read takes and gives
            found = await read(*args)
            rows.append((name, len(found)))
            return found

        monkeypatch.setattr(store, name, reads)

    for name in ("children_of", "creations_of", "lives_of_children", "children_with_children"):
        counted(name)
    answer = await site.get(site.path(hub, "/children"), asset="USD")
    assert [row["address"] for row in answer["children"]] == [made[7].address, made[1_200].address]
    assert (answer["scanned"], answer["total"], answer["next_cursor"], answer["truncated"]) == (2, 1_500, None, False)
    assert "children_of" not in dict(rows)
    assert sum(read for _, read in rows) == 4  # the two, and the two with their ends


async def test_a_few_are_listed_as_they_are_met_among_all_and_a_cursor_of_either_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 60)
    again = [creation(child.ref, hub.address, ledger=1_000_305 + at) for at, child in enumerate(made[::9])]
    of_another = creation(made[3].ref, made[4].account, ledger=1_000_400)
    stranger = creation(site.ref("stranger"), site.genesis.address, ledger=70)
    await site.record(*again, of_another, stranger)
    for child in (*made[::3], made[4], stranger):
        await known(site, hub, child.ref, balance_stroops=1)
    path = site.path(hub, "/children")

    async def listed(few: list[int], limit: int, **query: str) -> list[tuple[str, str]]:
        """Page after page, with so many as the most that are few, in turn."""
        found, cursor, turn = list[tuple[str, str]](), dict[str, str](), 0
        while True:
            monkeypatch.setattr(children, "FEW", few[turn % len(few)])
            page = await site.get(path, balance_min="0", limit=limit, **query, **cursor)
            found += [(row["created_op"], row["address"]) for row in page["children"]]
            if page["next_cursor"] is None:
                return found
            cursor, turn = {"cursor": page["next_cursor"]}, turn + 1

    span = {"from": f"{made[9].created_at:%Y-%m-%dT%H:%M:%SZ}", "to": f"{made[50].created_at:%Y-%m-%dT%H:%M:%SZ}"}
    for query in ({}, span, {**span, "q": made[9].account[4:6]}):
        wanted = await listed([0], 500, **query)
        for few in ([1_000], [0, 1_000], [1_000, 0]):
            for limit in (3, 500):
                assert await listed(few, limit, **query) == wanted
    assert len(await listed([1_000], 500)) == 20 + 1 + len(again)


async def test_a_cursor_of_another_question_is_refused_where_few_match(site: Site) -> None:
    (hub,) = await site.chain("hub")
    for child in await site.children(hub, 3):
        await known(site, hub, child.ref, balance_stroops=1, issues=("USD",))
    path = site.path(hub, "/children")
    cursor = (await site.get(path, asset="USD", limit=1))["next_cursor"]
    assert len((await site.get(path, asset="USD", limit=5, cursor=cursor))["children"]) == 2
    for other in ({}, {"asset": "EUR"}, {"asset": "USD", "issuers": "true"}, {"asset": "USD", "sort": "balance"}):
        answer = await site.api.get(path, params={**other, "cursor": cursor})
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor"), other
