"""The creator step: how an account's lives are found, in how many calls, and what is said where they are not."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.errors import InvalidEvent, RateLimited, SourceRejected, SourceUnavailable
from stellarmap_ingest_horizon.asking import MOST_CALLS
from stellarmap_ingest_horizon.creator import MOST_PAGES
from tests.support.records import Story, account, closed_at, contract, op
from tests.support.replay import Json
from tests.support.sources import HastyClock, Opened, network_at, opened_sources

ANNA, BERT, CARL, DORA = (account(name) for name in ("anna", "bert", "carl", "dora"))


def payments(story: Story, first_ledger: int, many: int) -> None:
    """Bert pays Carl so often, once a ledger."""
    for ledger in range(first_ledger, first_ledger + many):
        story.pay(op(ledger), BERT, CARL)


async def test_two_calls_find_the_creator_of_an_ordinary_account() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 300)
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert [life.creator for life in lives.creations] == [ANNA]
    assert lives.calls == [2]
    assert (lives.last.merged, lives.last.not_found, lives.last.creator_unknown_reason) == (False, False, None)
    assert dict(lives.last.anchors)[100] == closed_at(op(100))  # type: ignore[index]


async def test_a_creation_among_many_operations_of_its_own_ledger_is_found() -> None:
    story = Story()
    story.create(op(100, 1, 13), ANNA, BERT)
    for operation in range(14, 40):
        story.pay(op(100, 1, operation), BERT, CARL)
    async with opened_sources(story) as opened:
        assert [life.created_op for life in (await opened.lives_of(BERT)).creations] == [op(100, 1, 13)]


async def test_creation_by_a_contract_call_takes_one_call_more() -> None:
    story, vault = Story(), contract("vault")
    story.call(op(100), DORA, (vault, BERT), created=(BERT,))
    payments(story, 101, 20)
    async with opened_sources(story) as opened:
        (life,) = (found := await opened.lives_of(BERT)).creations
    assert (life.creator, life.kind) == (vault, CreationKind.CONTRACT_TRANSFER)
    assert found.calls == [3]


async def test_transfers_to_an_account_that_exists_cost_no_call() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    for ledger in range(101, 130):
        story.call(op(ledger), DORA, (CARL, BERT))
    story.sequence(BERT, 9_999)  # bumped, so all of it is read
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert [life.creator for life in lives.creations] == [ANNA]
    assert not any("effects" in path for path in story.asked)


async def test_every_life_is_kept_and_the_merges_between_them() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 30)
    story.merge(op(200), BERT, CARL)
    story.create(op(200, 1, 2), DORA, BERT)  # in the very same transaction
    payments(story, 201, 30)
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert [(life.created_op, life.creator) for life in lives.creations] == [(op(100), ANNA), (op(200, 1, 2), DORA)]
    assert [end.end_op for end in lives.ends] == [op(200)]
    assert len(lives.pages) == 1
    assert not lives.last.merged


async def test_an_account_that_is_gone_is_read_to_the_end_of_its_history() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 450)
    story.merge(op(900), BERT, CARL)
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert [end.merged_into for end in lives.ends] == [CARL]
    assert lives.last.merged


@dataclass
class Late(Story):
    """Its first answer about records is older than the account's state: nothing since this operation is in it."""

    since: int = 0

    def answer(self, path: list[str], query: Mapping[str, str]) -> tuple[int, object]:
        if path[-1] != "payments" or sum(asked.endswith("payments") for asked in self.asked) > 1:
            return super().answer(path, query)
        later = {at: self.operations.pop(at) for at in list(self.operations) if at >= self.since}
        answer = super().answer(path, query)
        self.operations.update(later)
        return answer


LIVES = [(op(100), "create", ANNA), (op(300), "merge", CARL), (op(900), "create", DORA)]


@pytest.mark.parametrize(
    ("lives", "since"),
    [
        pytest.param(LIVES[:1], op(100), id="created between"),
        pytest.param(LIVES[:2], op(300), id="ended between"),
        pytest.param(LIVES, op(900), id="created again between"),
        pytest.param(LIVES, op(300), id="ended and created again between"),
    ],
)
async def test_what_happens_between_the_two_answers_about_an_account_is_found(
    lives: list[tuple[int, str, Address]], since: int
) -> None:
    story = Late(since=since)
    for at, what, other in lives:
        if what == "create":
            story.create(at, other, BERT)
        else:
            story.merge(at, BERT, other)
    async with opened_sources(story) as opened:
        found = await opened.lives_of(BERT)
    assert [(life.created_op, life.creator) for life in found.creations] == [
        (at, other) for at, what, other in lives if what == "create"
    ]
    assert [end.end_op for end in found.ends] == [at for at, what, _ in lives if what == "merge"]
    assert (found.last.merged, found.last.creator_unknown_reason) == (lives[-1][1] == "merge", None)
    assert sum(found.calls) <= 4


async def test_a_long_scan_goes_on_by_cursor_in_bounded_steps() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 5_000)
    story.merge(op(6_000), BERT, CARL)
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert len(lives.pages) == 3
    assert max(lives.calls) == MOST_CALLS
    assert [len(page.creations) for page in lives.pages] == [1, 0, 0]
    assert [len(page.ends) for page in lives.pages] == [0, 0, 1]
    assert [page.merged for page in lives.pages] == [False, False, True]
    assert story.asked.count(f"/horizon/accounts/{BERT}") == 1


async def test_the_same_cursor_gives_the_same_page_again() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 5_000)
    story.merge(op(6_000), BERT, CARL)
    async with opened_sources(story) as opened:
        first = await opened.creations.creations_of(opened.ref(BERT), "", Lane.USER)
        once = await opened.creations.creations_of(opened.ref(BERT), first.cursor, Lane.USER)
        again = await opened.creations.creations_of(opened.ref(BERT), first.cursor, Lane.USER)
    assert once == again


async def test_a_bumped_sequence_points_nowhere_and_the_records_before_it_tell() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 300)
    story.sequence(BERT, 2**31 - 1)
    async with opened_sources(story) as opened:
        assert [life.creator for life in (await opened.lives_of(BERT)).creations] == [ANNA]


async def test_a_bumped_sequence_that_points_to_a_full_ledger_is_not_taken_for_a_creation() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 30)
    for operation in range(1, 16):
        story.create(op(150, 1, operation), BERT, account(f"child {operation}"))
    story.sequence(BERT, 150)
    async with opened_sources(story) as opened:
        assert [life.created_op for life in (await opened.lives_of(BERT)).creations] == [op(100)]


async def test_a_hub_whose_sequence_points_beyond_fifty_pages_is_given_up_and_says_so() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 200 * MOST_PAGES + 500)
    story.sequence(BERT, 2**31 - 1)
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
        assert [life.creator for life in lives.creations] == [ANNA]
        assert "only its first 10,000 records were read" in (lives.last.creator_unknown_reason or "")
        assert story.asked.count(f"/horizon/accounts/{BERT}/payments") == MOST_PAGES + 2
        story.experts[BERT] = {"creator": ANNA, "created": int(closed_at(op(100)).timestamp())}
        confirmed = await opened.lives_of(BERT)
        assert confirmed.last.creator_unknown_reason is None
        assert [unplaced.creator for unplaced in confirmed.unplaced] == [ANNA]


async def test_where_the_present_life_is_known_earlier_ones_are_looked_for_however_far() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 200 * MOST_PAGES + 500)
    story.merge(op(20_000), BERT, CARL)
    story.create(op(20_001), DORA, BERT)
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert [life.creator for life in lives.creations] == [ANNA, DORA]
    assert lives.last.creator_unknown_reason is None


@asynccontextmanager
async def cut(story: Story, **experts: Json) -> AsyncIterator[Opened]:
    """A Horizon whose history begins at ledger 1,000."""
    story.elder = 1_000
    story.experts = {account(name): found for name, found in experts.items()}
    async with opened_sources(story) as opened:
        yield opened


async def test_a_creation_older_than_the_history_is_asked_of_stellar_expert_without_paging() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 1_001, 5_000)
    story.sequence(BERT, 100)
    async with cut(story, bert={"creator": ANNA, "created": 1_710_889_335}) as opened:
        lives = await opened.lives_of(BERT)
        (unplaced,) = lives.unplaced
        assert (unplaced.creator, lives.last.since_ledger) == (ANNA, 1_000)
        assert lives.calls == [4]  # state, first records, the oldest ledger, Stellar Expert
        assert (await opened.lives_of(BERT)).calls == [3]  # the oldest ledger is known for a minute
    assert lives.last.creator_unknown_reason is None


async def test_what_nobody_knows_is_unknown_with_the_reason() -> None:
    story = Story()
    story.sequence(BERT, 100)
    async with cut(story) as opened:
        lives = await opened.lives_of(BERT)
    assert (lives.creations, lives.unplaced, lives.last.not_found) == ([], [], False)
    reason = lives.last.creator_unknown_reason or ""
    assert "created before ledger 1000" in reason
    assert "http://replay/horizon" in reason
    assert "Stellar Expert does not know it" in reason


async def test_an_expert_that_names_no_valid_creator_knows_nothing() -> None:
    story = Story()
    story.sequence(BERT, 100)
    async with cut(story, bert={"creator": "GBPQNABQDNYXQOFOUVH3XHNC7QTAXJPVU5Q47PSARLEEUWGIJKSP7BLK"}) as opened:
        assert (await opened.lives_of(BERT)).last.creator_unknown_reason is not None


async def test_an_expert_that_refuses_us_leaves_the_creator_unknown_with_its_words() -> None:
    story = Story()
    story.sequence(BERT, 100)

    async def refusing(scope: Json, receive: object, send: object) -> None:
        if scope["path"].startswith("/expert"):
            await send({"type": "http.response.start", "status": 401, "headers": []})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b'{"error": "a key is needed"}'})  # type: ignore[operator]
        else:
            await story(scope, receive, send)

    story.elder = 1_000
    async with opened_sources(refusing) as opened:
        reason = (await opened.lives_of(BERT)).last.creator_unknown_reason or ""
    assert "answers 401" in reason
    assert "a key is needed" in reason


async def test_an_account_that_never_was_is_not_found_only_where_history_is_whole_or_says_where_it_begins() -> None:
    whole = Story()
    async with opened_sources(whole) as opened:
        lives = await opened.lives_of(BERT)
        assert (lives.last.not_found, lives.last.creator_unknown_reason) == (True, None)
    async with cut(Story()) as opened:
        lives = await opened.lives_of(BERT)
        assert lives.last.not_found
        assert "not in the history from ledger 1000" in (lives.last.creator_unknown_reason or "")
    async with cut(Story(), bert={"creator": ANNA, "created": 1, "deleted": True}) as opened:
        lives = await opened.lives_of(BERT)
        assert (lives.last.not_found, lives.last.merged, lives.unplaced[0].creator) == (False, True, ANNA)


async def test_a_credit_sent_back_to_a_merged_issuer_does_not_bring_it_back() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    story.merge(op(101), BERT, CARL)
    story.pay(op(102), DORA, BERT, asset_type="credit_alphanum4")
    async with opened_sources(story) as opened:
        assert (await opened.lives_of(BERT)).last.merged


async def test_a_page_that_repeats_is_an_error_after_three_and_not_a_loop() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 300)
    story.sequence(BERT, 9_999)

    async def stuck(scope: Json, receive: object, send: object) -> None:
        await story({**scope, "query_string": b"order=asc&limit=200"}, receive, send)

    async with opened_sources(stuck) as opened:
        with pytest.raises(SourceUnavailable, match="does not go on"):
            await opened.lives_of(BERT)
    assert story.asked.count(f"/horizon/accounts/{BERT}/payments") <= 6


async def test_out_of_order_and_doubled_records_are_read_in_order_and_once() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    story.merge(op(200), BERT, CARL)
    story.create(op(300), DORA, BERT)
    honest = story.of

    def shuffled(address: str) -> list[Json]:
        records = honest(address)
        return [*reversed(records), *records]

    story.sequence(BERT, 300)
    story.of = shuffled  # type: ignore[method-assign]
    async with opened_sources(story) as opened:
        lives = await opened.lives_of(BERT)
    assert [life.created_op for life in lives.creations] == [op(100), op(300)]


async def test_the_usual_calls_are_taken_before_the_first_and_a_step_out_of_tokens_is_refused_at_once() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    async with opened_sources(story, network=network_at(max_per_hour=360)) as opened:  # four at once
        for _ in range(2):
            await opened.creations.admit(opened.ref(BERT), Step.CREATOR, Lane.USER)
            await opened.lives_of(BERT)
        with pytest.raises(RateLimited) as refused:
            await opened.creations.admit(opened.ref(BERT), Step.CREATOR, Lane.USER)
        assert refused.value.retry_after_s is not None
        assert 5 < refused.value.retry_after_s <= 20
    assert len(story.asked) == 4


async def test_a_scan_that_runs_out_of_tokens_keeps_what_it_has_read() -> None:
    story = Story()
    story.create(op(100), ANNA, BERT)
    payments(story, 101, 5_000)
    story.sequence(BERT, 5_050)
    clock = HastyClock()
    async with opened_sources(story, network=network_at(max_per_hour=360), clock=clock) as opened:
        page = await opened.creations.creations_of(opened.ref(BERT), "", Lane.USER)
        assert (page.complete, page.calls) == (False, 5)  # the last of them was not allowed to go out
        assert [life.creator for life in page.creations] == [ANNA]
        with pytest.raises(RateLimited):  # nothing read, nothing to keep
            await opened.creations.creations_of(opened.ref(BERT), page.cursor, Lane.USER)
        clock.at += timedelta(seconds=40)
        assert (await opened.creations.creations_of(opened.ref(BERT), page.cursor, Lane.USER)).calls == 5


async def test_contracts_and_foreign_cursors_and_networks_are_told_apart() -> None:
    story = Story()
    async with opened_sources(story) as opened:
        vault = await opened.lives_of(contract("vault"))
        assert "a contract is not created as accounts are" in (vault.last.creator_unknown_reason or "")
        with pytest.raises(InvalidEvent):
            await opened.creations.creations_of(opened.ref(BERT), "v1:page:7", Lane.USER)
        with pytest.raises(SourceRejected, match="testnet-9"):
            await opened.creations.creations_of(AccountRef(NetworkKey("testnet-9"), BERT), "", Lane.USER)
    assert story.asked == []
