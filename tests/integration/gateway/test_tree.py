"""The nested tree holds what one life of an account created, level by level, with exact totals where it is cut."""

import asyncio
import random
from typing import Any

import pytest

from stellarmap_common.domain.creation import Creation, creator_incarnation, incarnations
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.toid import provisional_toid, toid
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.service import TREES_AT_ONCE
from stellarmap_gateway.views import tree as views
from stellarmap_gateway.views.life_children import LifeOf, count_made, first_made
from tests.support.bus import until
from tests.support.gateway import Site, creation, merge, open_site

Node = dict[str, Any]
Nested = dict[str, Any]


def nested(node: Node) -> Nested:
    """Addresses below, as they are nested."""
    return {child["address"]: nested(child) for child in node["children"]}


def all_of(node: Node) -> list[Node]:
    return [node, *(each for child in node["children"] for each in all_of(child))]


async def grown(site: Site, width: int, depth: int) -> tuple[AccountRef, Nested]:
    """An account, and what is below it: `width` children each, `depth` levels."""
    (top,) = await site.chain("top")
    return top, await below(site, top, width, depth, 10_000)


async def below(site: Site, maker: AccountRef, width: int, depth: int, ledger: int) -> Nested:
    if depth == 0:
        return {}
    made = await site.children(maker, width, ledger=ledger)
    return {child.account: await below(site, child.ref, width, depth - 1, ledger + 1_000) for child in made}


async def tree(site: Site, account: AccountRef, **query: Any) -> Any:
    return await site.get(site.path(account, "/tree"), **query)


async def test_a_small_tree_is_told_whole_in_operation_order(site: Site) -> None:
    top, truth = await grown(site, 3, 3)
    answer = await tree(site, top, depth=5)
    assert nested(answer["root"]) == truth
    assert [list(truth), answer["root"]["address"]] == [
        [child["address"] for child in answer["root"]["children"]],
        top.address,
    ]
    assert (answer["nodes"], answer["truncated"], answer["depth"], answer["limit"]) == (40, False, 5, 200)
    totals = {node["address"]: (node["total"], node["complete"]) for node in all_of(answer["root"])}
    leaves = [node["address"] for node in all_of(answer["root"]) if not node["children"]]
    assert totals[top.address] == (3, True)
    assert {totals[leaf] for leaf in leaves} == {(0, False)}  # nobody has asked for their children
    assert all(node["life"]["creator"] == top.address for node in answer["root"]["children"])
    assert {node["life"]["creator_created_op"] for node in answer["root"]["children"]} == {
        answer["root"]["life"]["created_op"]
    }


@pytest.mark.parametrize("depth", [1, 2])
async def test_where_the_depth_is_met_the_totals_still_stand(site: Site, depth: int) -> None:
    top, _ = await grown(site, 3, 3)
    answer = await tree(site, top, depth=depth)
    assert answer["nodes"] == {1: 4, 2: 13}[depth]
    deepest = [node for node in all_of(answer["root"]) if not node["children"]]
    assert {(node["total"], node["truncated"]) for node in deepest} == {(3, True)}
    assert answer["truncated"]


@pytest.mark.parametrize("limit", range(1, 16))
async def test_a_level_has_room_before_the_next_one_and_the_cut_is_told_where_it_is(site: Site, limit: int) -> None:
    top, truth = await grown(site, 3, 2)
    answer = await tree(site, top, depth=5, limit=limit)
    whole = [top.address, *truth, *(child for children in truth.values() for child in children)]
    found = all_of(answer["root"])
    assert {node["address"] for node in found} == set(whole[:limit])
    assert answer["nodes"] == len(found) == min(limit, 13)
    assert answer["truncated"] == (limit < 13)
    for node in found:
        assert node["total"] == (3 if node["address"] in {top.address, *truth} else 0)
        assert node["truncated"] == (len(node["children"]) < node["total"])
    assert answer["root"] == (await tree(site, top, depth=5, limit=limit))["root"]


async def test_each_life_has_what_was_created_in_it_and_a_child_made_again_by_another_nothing_of_that(
    site: Site,
) -> None:
    (top,) = await site.chain("top")
    again = creation(top, site.genesis.address, ledger=5_000)
    early, late = site.ref("early"), site.ref("late")
    of_first, of_other = site.ref("of the first life"), site.ref("of another's")
    await site.record(
        creation(early, top.address, ledger=2_000),
        creation(of_first, early.address, ledger=2_500),
        creation(early, late.address, ledger=7_000),
        creation(of_other, early.address, ledger=7_500),
        again,
        creation(late, top.address, ledger=6_000),
        ends=[
            merge(top, site.genesis.address, ledger=4_000),
            merge(early, top.address, ledger=3_000),
        ],
    )
    answer = await tree(site, top, depth=5)
    assert nested(answer["root"]) == {late.address: {early.address: {of_other.address: {}}}}
    assert answer["root"]["life"]["created_op"] == str(again.created_op)
    first = (await site.stores.creations.creations_of(top))[0]
    answer = await tree(site, top, depth=5, life=str(first.created_op))
    assert nested(answer["root"]) == {early.address: {of_first.address: {}}}
    assert answer["root"]["life"]["merged_into"] == site.genesis.address
    assert answer["root"]["children"][0]["life"]["merged_into"] == top.address
    assert [node["total"] for node in all_of(answer["root"])] == [1, 1, 0]


async def test_a_life_that_nobody_knows_is_refused(site: Site) -> None:
    (top,) = await site.chain("top")
    answer = await site.api.get(site.path(top, "/tree"), params={"life": "7"})
    assert (answer.status_code, answer.json()["type"]) == (404, "no-such-life")


async def test_an_account_of_unknown_origin_has_all_that_it_created(site: Site) -> None:
    maker = site.ref("maker")
    made = await site.children(maker, 2)
    answer = await tree(site, maker)
    assert (answer["root"]["life"], nested(answer["root"])) == (None, {child.account: {} for child in made})
    assert answer["root"]["complete"]


async def test_of_an_account_that_nobody_asked_for_there_is_no_tree(site: Site) -> None:
    answer = await site.api.get(site.path(site.ref("nobody"), "/tree"))
    assert (answer.status_code, answer.json()["type"]) == (404, "not-mapped")


async def test_totals_are_right_where_those_who_have_children_are_more_than_are_looked_at(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAKERS", 1)
    top, _ = await grown(site, 3, 2)
    answer = await tree(site, top, depth=1)
    assert [node["total"] for node in answer["root"]["children"]] == [3, 3, 3]


async def test_children_in_the_ledgers_in_which_lives_begin_and_end_are_counted_to_the_right_life(site: Site) -> None:
    """Against every child looked at one by one, also where only ledgers are known."""
    dice = random.Random(7)
    for case in range(60):
        account = site.ref(f"many lives {case}")
        ledgers = sorted(dice.sample(range(2, 12), dice.randint(1, 3)))
        lives = [
            creation(account, site.genesis.address, ledger=ledger, created_op=_place(dice, ledger))
            for ledger in ledgers
        ]
        ends = [
            merge(account, site.genesis.address, ledger=ledger + dice.randint(0, 2))
            for ledger in ledgers
            if dice.random() < 0.7
        ]
        made = [
            creation(site.ref(f"{case} {number}"), account.address, ledger=1, created_op=_place(dice, ledger))
            for number, ledger in enumerate(dice.choices(range(1, 13), k=30))
        ]
        await site.record(*lives, *made, ends=ends)
        known = incarnations(
            await site.stores.creations.creations_of(account), await site.stores.creations.ends_of(account)
        )
        for life in known:
            whose = LifeOf(account, life, known)
            truth = [child for child in made if creator_incarnation(child, known) == life]
            truth.sort(key=lambda child: (child.created_op, child.account))
            assert await count_made(site.gateway, whose) == len(truth), case
            for limit in (1, 3, 100):
                assert await first_made(site.gateway, whose, limit) == truth[:limit], case


def _place(dice: random.Random, ledger: int) -> int:
    """An operation of the ledger; now and then it is not known which."""
    return provisional_toid(ledger) if dice.random() < 0.2 else toid(ledger, dice.randint(1, 3), dice.randint(1, 3))


async def test_a_run_that_is_done_makes_a_total_exact(site: Site) -> None:
    top, _ = await grown(site, 1, 1)
    await site.finish(site.ref(f"{top.address} 0"), Step.CHILDREN)
    answer = await tree(site, top)
    assert [(node["total"], node["complete"]) for node in all_of(answer["root"])] == [(1, True), (0, True)]


async def test_two_trees_are_read_at_once_and_whoever_asks_for_a_third_is_told_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, truth = await grown(site, 2, 2)
    store, free, reading = site.stores.creations, asyncio.Event(), list[AccountRef]()
    children_of = store.children_of

    async def held(creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        reading.append(creator)
        await free.wait()
        return await children_of(creator, within, limit)

    monkeypatch.setattr(store, "children_of", held)
    first = [asyncio.create_task(tree(site, top)) for _ in range(TREES_AT_ONCE)]
    await until(lambda: len(reading) == len(first), "as many trees as may be are being read")
    later = asyncio.create_task(tree(site, top))
    await asyncio.sleep(0.05)
    with monkeypatch.context() as hurried:
        hurried.setattr(site.gateway.tree_turns, "patience_s", 0.0)
        refused = await site.api.get(site.path(top, "/tree"))
    assert (refused.status_code, refused.json()["type"], refused.headers["retry-after"]) == (503, "busy", "5")
    assert len(reading) == len(first)
    unknown = await site.api.get(site.path(site.ref("nobody"), "/tree"))
    assert unknown.status_code == 404  # that costs no turn
    first.pop().cancel()  # its turn is another's then
    free.set()
    for answer in await asyncio.gather(*first, later, tree(site, top)):
        assert nested(answer["root"]) == truth


async def test_a_tree_counts_as_a_search() -> None:
    async with open_site(searches_per_minute=1) as site:
        top, _ = await grown(site, 1, 1)
        answers = [await site.api.get(site.path(top, "/tree")) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
