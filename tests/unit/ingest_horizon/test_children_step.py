"""The children step: page by page, only what the account created, and never past what a step may ask."""

import pytest

from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.errors import RateLimited
from stellarmap_ingest_horizon.asking import MOST_CALLS
from tests.support.records import Story, account, contract, op
from tests.support.sources import HastyClock, network_at, opened_sources

ANNA, BERT, CARL = (account(name) for name in ("anna", "bert", "carl"))


def child(number: int) -> str:
    return account(f"child {number}")


async def test_a_hub_is_read_page_by_page_and_a_short_page_is_the_end() -> None:
    story = Story()
    for ledger in range(1, 451):
        story.create(op(ledger), ANNA, account(f"child {ledger}"))
    async with opened_sources(story) as opened:
        children = await opened.children_of(ANNA)
    assert [len(page.creations) for page in children.pages] == [200, 200, 50]
    assert [page.complete for page in children.pages] == [False, False, True]
    assert children.pages[0].cursor == f"v1:page:{op(200)}"
    assert [each.account for each in children.creations] == [child(ledger) for ledger in range(1, 451)]


async def test_a_full_last_page_is_followed_by_an_empty_one_that_keeps_the_cursor() -> None:
    story = Story()
    for ledger in range(1, 201):
        story.create(op(ledger), ANNA, account(f"child {ledger}"))
    async with opened_sources(story) as opened:
        first, last = (await opened.children_of(ANNA)).pages
    assert (first.complete, last.complete, last.creations) == (False, True, ())
    assert last.cursor == first.cursor


async def test_an_account_without_history_has_no_children() -> None:
    async with opened_sources(Story()) as opened:
        (page,) = (await opened.children_of(ANNA)).pages
    assert (page.cursor, page.complete, page.creations, page.calls) == ("", True, (), 2)


async def test_only_its_own_creations_are_its_children_and_all_merges_are_kept() -> None:
    story = Story()
    story.create(op(1), BERT, ANNA)
    story.create(op(2), ANNA, CARL)
    story.merge(op(3), CARL, ANNA)
    story.merge(op(4), ANNA, BERT)
    async with opened_sources(story) as opened:
        (page,) = (await opened.children_of(ANNA)).pages
    assert [each.account for each in page.creations] == [CARL]
    assert [(end.account, end.merged_into) for end in page.ends] == [(CARL, ANNA), (ANNA, BERT)]


async def test_what_contract_calls_created_is_found_by_their_effects() -> None:
    story, vault = Story(), contract("vault")
    story.call(op(1), BERT, (ANNA, CARL), created=(CARL,))
    story.call(op(2), ANNA, (ANNA, CARL))
    story.call(op(3), ANNA, (vault, account("other")), created=(account("other"),))
    story.call(op(4), ANNA, (ANNA, account("one")), (ANNA, account("two")), created=(account("one"), account("two")))
    async with opened_sources(story) as opened:
        children = await opened.children_of(ANNA)
    assert [each.account for each in children.creations] == [CARL, account("one"), account("two")]
    assert sum("effects" in path for path in story.asked) == 3


async def test_a_page_full_of_contract_calls_ends_inside_at_the_last_settled_record() -> None:
    story = Story()
    for ledger in range(1, 31):
        story.call(op(ledger), ANNA, (ANNA, account(f"child {ledger}")), created=(account(f"child {ledger}"),))
    async with opened_sources(story) as opened:
        children = await opened.children_of(ANNA)
    assert [each.account for each in children.creations] == [child(ledger) for ledger in range(1, 31)]
    assert max(children.calls) == MOST_CALLS
    assert children.pages[0].cursor == f"v1:page:{op(10)}"  # the page, the oldest ledger, ten effects
    assert [page.complete for page in children.pages] == [False, False, True]


async def test_where_history_is_cut_the_answer_says_since_when() -> None:
    story = Story(elder=100)
    for ledger in range(50, 400):
        story.create(op(ledger), ANNA, account(f"child {ledger}"))
    async with opened_sources(story) as opened:
        children = await opened.children_of(ANNA)
        assert [page.since_ledger for page in children.pages] == [100, None]
        late = await opened.creations.children_page(opened.ref(ANNA), f"v1:page:{op(60)}", Lane.USER)
        assert late.since_ledger == 100  # between its cursor and the history, something is lost
    assert children.creations[0].ledger == 100


async def test_the_token_of_a_page_is_taken_before_it() -> None:
    story = Story()
    async with opened_sources(story, network=network_at(max_per_hour=360), clock=HastyClock()) as opened:
        await opened.children_of(ANNA)  # the page, and the oldest ledger
        for _ in range(2):
            await opened.creations.admit(opened.ref(ANNA), Step.CHILDREN, Lane.USER)
            await opened.children_of(ANNA)
        with pytest.raises(RateLimited):
            await opened.creations.admit(opened.ref(ANNA), Step.CHILDREN, Lane.USER)
    assert len(story.asked) == 4


async def test_contract_calls_that_run_out_of_tokens_keep_what_is_settled() -> None:
    story = Story()
    for ledger in range(1, 31):
        story.call(op(ledger), ANNA, (ANNA, account(f"child {ledger}")), created=(account(f"child {ledger}"),))
    async with opened_sources(story, network=network_at(max_per_hour=360), clock=HastyClock()) as opened:
        page = await opened.creations.children_page(opened.ref(ANNA), "", Lane.USER)
    assert (page.complete, page.cursor, len(page.creations)) == (False, f"v1:page:{op(2)}", 2)


async def test_what_a_contract_created_cannot_be_listed() -> None:
    async with opened_sources(Story()) as opened:
        (page,) = (await opened.children_of(contract("vault"))).pages
    assert page.complete
    assert "no source lists what it creates" in (page.creator_unknown_reason or "")
