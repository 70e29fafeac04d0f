"""Pages of children neither skip nor repeat, however they are cut; filters narrow them and say how far they looked."""

import asyncio
import base64
import json
from typing import Any

import pytest

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.service import SCANS_AT_ONCE
from stellarmap_gateway.views import child_pages
from tests.support.bus import until
from tests.support.gateway import LEDGER_S, Site, creation, merge, seed


async def pages(site: Site, account: AccountRef, **query: Any) -> list[dict[str, Any]]:
    """Every page, to the end."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        found.append(await site.get(site.path(account, "/children"), **query, **cursor))
        if found[-1]["next_cursor"] is None:
            return found
        cursor = {"cursor": found[-1]["next_cursor"]}
        assert len(found) < 1_000


def ops(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(child["created_op"], child["address"]) for page in found for child in page["children"]]


@pytest.mark.parametrize("limit", [1, 7, 24, 25, 26, 500])
async def test_pages_of_any_size_give_every_child_once_in_order(site: Site, limit: int) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 25)
    found = await pages(site, hub, limit=limit)
    assert ops(found) == [(str(child.created_op), child.account) for child in made]
    assert all(len(page["children"]) <= limit for page in found)
    assert all(page["total"] == 25 and page["complete"] and not page["truncated"] for page in found)


async def test_children_of_one_operation_are_paged_by_address(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = [creation(site.ref(f"twin {number}"), hub.address, ledger=50) for number in range(5)]
    await site.record(*made)
    found = await pages(site, hub, limit=2)
    assert [each for _, each in ops(found)] == sorted(child.account for child in made)


async def test_a_child_made_twice_stands_there_twice_each_with_its_own_end(site: Site) -> None:
    (hub,) = await site.chain("hub")
    child = site.ref("twice")
    await site.record(
        creation(child, hub.address, ledger=2_000),
        creation(child, hub.address, ledger=4_000),
        ends=[merge(child, hub.address, ledger=3_000)],
    )
    (page,) = await pages(site, hub)
    first, second = page["children"]
    assert (first["merged_into"], second["merged_into"]) == (hub.address, None)
    assert int(first["created_op"]) < int(second["created_op"])


async def test_the_end_of_a_later_life_made_by_another_is_not_that_of_the_first(site: Site) -> None:
    (hub,) = await site.chain("hub")
    child = site.ref("moved on")
    await site.record(
        creation(child, hub.address, ledger=2_000),
        creation(child, site.genesis.address, ledger=4_000),
        ends=[merge(child, hub.address, ledger=5_000)],
    )
    (page,) = await pages(site, hub)
    assert [life["ended_op"] for life in page["children"]] == [None]


async def test_each_child_names_the_life_of_its_creator_that_made_it(site: Site) -> None:
    (hub,) = await site.chain("hub")
    again = creation(hub, site.genesis.address, ledger=9_000)
    await site.record(
        again,
        creation(site.ref("early"), hub.address, ledger=2_000),
        creation(site.ref("late"), hub.address, ledger=9_500),
        ends=[merge(hub, site.genesis.address, ledger=8_000)],
    )
    (page,) = await pages(site, hub)
    early, late = page["children"]
    assert late["creator_created_op"] == str(again.created_op)
    assert early["creator_created_op"] == (await site.get(site.path(hub)))["incarnations"][0]["created_op"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, range(48)),
        ({"from": "2016-03"}, range(6, 48)),
        ({"to": "2016-03"}, range(9)),
        ({"from": "2016-03", "to": "2016-03"}, range(6, 9)),
        ({"from": "2030-01"}, range(0)),
        ({"to": "2014-12-31"}, range(0)),
        ({"from": "2016-02", "to": "2016-01"}, range(0)),
    ],
)
async def test_a_span_of_time_gives_the_children_created_in_it(
    site: Site, query: dict[str, str], expected: range
) -> None:
    (hub,) = await site.chain("hub")
    step = 10 * 24 * 3_600 // LEDGER_S  # ten days of ledgers: the first on 2015-12-30
    made = await site.children(hub, 48, ledger=91 * 24 * 3_600 // LEDGER_S, every=step)
    found = await pages(site, hub, limit=5, **query)
    chosen = [
        number
        for number, child in enumerate(made)
        if child.created_at
        and ("from" not in query or f"{child.created_at:%Y-%m-%d}" >= query["from"])
        and ("to" not in query or f"{child.created_at:%Y-%m-%d}"[: len(query["to"])] <= query["to"])
    ]
    assert ops(found) == [(str(made[number].created_op), made[number].account) for number in chosen]
    assert len(chosen) == pytest.approx(len(expected), abs=3)


async def test_the_very_moment_of_a_creation_belongs_to_both_ends_of_a_span(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 9)
    moment = made[4].created_at
    assert moment
    found = await pages(site, hub, **{"from": moment.isoformat(), "to": moment.isoformat()})
    assert ops(found) == [(str(made[4].created_op), made[4].account)]


async def test_children_of_unknown_time_lie_where_their_operation_lies(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 3, every=1_000)
    unknown = creation(site.ref("no time"), hub.address, ledger=1_001_500, created_at=None)
    await site.record(unknown)
    assert made[1].created_at
    found = await pages(site, hub, **{"from": made[1].created_at.isoformat()})
    assert [each for _, each in ops(found)] == [made[1].account, unknown.account, made[2].account]


async def test_part_of_an_address_is_found_whatever_its_case(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 40)
    part = made[17].account[20:26]
    for q in (part, part.lower(), made[17].account[:12], made[17].account):
        found = await pages(site, hub, q=q, limit=3)
        assert ops(found) == [(str(made[17].created_op), made[17].account)]
        assert found[-1]["total"] == 40


async def test_a_search_that_meets_its_bound_says_so_and_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_pages, "SCANNED", 10)
    monkeypatch.setattr(child_pages, "SCANNED_TOGETHER", 5)
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 33)
    part = made[-1].account[10:12]
    wanted = [child for child in made if part in child.account]
    found = await pages(site, hub, q=part, limit=4)
    assert ops(found) == [(str(child.created_op), child.account) for child in wanted]
    assert any(page["truncated"] for page in found)
    assert all(page["scanned"] <= 10 for page in found)


async def test_a_whole_address_that_another_made_is_not_found_among_the_children(site: Site) -> None:
    (hub,) = await site.chain("hub")
    other = await site.children(site.genesis, 1)
    (page,) = await pages(site, hub, q=other[0].account)
    assert page["children"] == []


async def test_a_cursor_answers_only_the_question_it_came_from(site: Site) -> None:
    (hub,), (other,) = await site.chain("hub"), await site.chain("other")
    await site.children(hub, 5)
    await site.children(other, 5)
    cursor = (await site.get(site.path(hub, "/children"), limit=2))["next_cursor"]
    for path, query in (
        (site.path(other, "/children"), {}),
        (site.path(hub, "/children"), {"q": "A"}),
        (site.path(hub, "/children"), {"from": "2016"}),
        (site.path(hub, "/children"), {"to": "2016-01"}),
    ):
        answer = await site.api.get(path, params={"cursor": cursor, **query})
        assert answer.status_code == 422
        assert answer.json()["type"] in {"invalid-cursor", "invalid-time"}
    assert len((await site.get(site.path(hub, "/children"), cursor=cursor, limit=4))["children"]) == 3


@pytest.mark.parametrize("operation", [-1, 2**63, 10**40, "7", None, 1.5])
async def test_a_forged_cursor_is_refused(site: Site, operation: Any) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 5)
    cursor = (await site.get(site.path(hub, "/children"), limit=2))["next_cursor"]
    parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([*parts[:2], operation, parts[3]]).encode()).decode().rstrip("=")
    answer = await site.api.get(site.path(hub, "/children"), params={"cursor": forged})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor")


async def test_a_seed_as_a_filter_is_refused_and_not_repeated(site: Site) -> None:
    (hub,) = await site.chain("hub")
    secret = seed("mine")
    answer = await site.api.get(site.path(hub, "/children"), params={"q": secret})
    assert (answer.status_code, answer.json()["type"]) == (422, "secret-seed")
    assert secret not in answer.text


async def test_a_total_is_at_least_while_pages_are_left_or_history_is_cut_or_not_all_is_told(site: Site) -> None:
    (hub, cut, by_bigquery) = await site.chain("hub", "cut", "by BigQuery")
    await site.record(creation(site.ref("a"), hub.address, ledger=9_000))
    await site.finish(hub, Step.CHILDREN, complete=False, pages=1, total=1)
    assert not (await site.get(site.path(hub, "/children")))["complete"]
    await site.finish(cut, Step.CHILDREN, pages=1, since_ledger=70)
    counted = (await site.get(site.path(cut)))["children"]
    assert (counted["complete"], counted["since_ledger"]) == (False, 70)
    await site.finish(by_bigquery, Step.CHILDREN, pages=1, at_least=True)
    counted = (await site.get(site.path(by_bigquery)))["children"]
    assert (counted["complete"], counted["since_ledger"], counted["pages_read"]) == (False, None, 1)


async def test_two_pages_are_looked_for_at_once_and_whoever_asks_for_a_third_is_told_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 3)
    path, part = site.path(hub, "/children"), made[1].account[5:15]
    store, free, looking = site.stores.creations, asyncio.Event(), list[AccountRef]()
    children_of = store.children_of

    async def held(creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        looking.append(creator)
        await free.wait()
        return await children_of(creator, within, limit)

    monkeypatch.setattr(store, "children_of", held)
    first = [asyncio.create_task(site.get(path, q=part)) for _ in range(SCANS_AT_ONCE)]
    await until(lambda: len(looking) == len(first), "as many pages as may be are being looked for")
    monkeypatch.setattr(site.gateway.scan_turns, "patience_s", 0.0)
    refused = await site.api.get(path, params={"q": part})
    assert (refused.status_code, refused.json()["type"], refused.headers["retry-after"]) == (503, "busy", "5")
    free.set()
    assert len((await site.get(path))["children"]) == 3  # that needs no turn
    for answer in await asyncio.gather(*first):
        assert [child["address"] for child in answer["children"]] == [made[1].account]
    assert len((await site.get(path, q=part))["children"]) == 1


async def test_the_first_view_of_a_hub_is_as_small_as_that_of_any_account(site: Site) -> None:
    small, hub = await site.chain("small", "hub")
    await site.children(small, 40, every=500_000)
    made = await site.children(hub, 3_000, every=20_000)
    for child in made[:60]:
        await site.record(creation(site.ref(f"of {child.account}"), child.account, ledger=20_000_000))
    lineage = await site.api.get(site.path(hub, "/lineage"))
    children = lineage.json()["children"]
    assert children["total"] == 3_000
    assert len(children["groups"]) <= 36
    assert sum(group["count"] for group in children["groups"]) == 3_000
    assert sum(children["histogram"]["counts"]) == 3_000
    assert (len(children["notable"]), children["notable_total"]) == (30, 60)
    assert len(lineage.content) < 13_000
    assert len((await site.api.get(site.path(hub, "/lineage"), params={"top": 0})).content) < 5_000


async def test_notable_children_are_those_with_most_children(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 5)
    for number, child in enumerate(made[:3]):
        for grandchild in range(number + 1):
            await site.record(creation(site.ref(f"{number} {grandchild}"), child.account, ledger=2_000_000))
    await site.finish(made[2].ref, Step.CHILDREN, total=3, last_op=2_000_001 << 32)
    notable = (await site.get(site.path(hub, "/lineage"), top=2))["children"]["notable"]
    assert [(child["address"], child["children"]) for child in notable] == [(made[2].account, 3), (made[1].account, 2)]
    assert [child["children_complete"] for child in notable] == [True, False]


async def test_children_found_by_other_steps_are_counted_beside_the_crawl(site: Site) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 4)
    later = creation(site.ref("later"), hub.address, ledger=9_000_000)
    timeless = creation(site.ref("timeless"), hub.address, ledger=9_000_001, created_at=None)
    await site.record(later, timeless)
    children = (await site.get(site.path(hub, "/lineage")))["children"]
    assert children["total"] == 6
    assert sum(children["histogram"]["counts"]) == 5
    assert children["histogram"]["undated"] == 1


async def test_a_histogram_has_every_month_between(site: Site) -> None:
    (hub,) = await site.chain("hub")
    day = 24 * 3_600 // LEDGER_S
    await site.record(
        creation(site.ref("a"), hub.address, ledger=10 * day),
        creation(site.ref("b"), hub.address, ledger=100 * day),
    )
    histogram = (await site.get(site.path(hub, "/lineage")))["children"]["histogram"]
    assert histogram == {"first": "2015-10", "counts": [1, 0, 0, 1], "undated": 0}
