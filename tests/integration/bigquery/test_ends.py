"""Accounts that are gone, in both forms of their rows in Hubble: their ends are read, or it is told why they are not."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import AccountStatus, PipelineSource, Route, StageState, Step
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.run_store import RunState
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_bigquery.found import NO_CREATION, NO_END
from stellarmap_ingest_bigquery.jobs import AWAY_S
from stellarmap_sandbox.bigquery.accounts import last_modified_ledger
from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.spec import NetworkSpec, close_time
from stellarmap_sandbox.truth import Truth
from tests.support.config import BIGQUERY_ONLY
from tests.support.guarded import Hubble, asked_again, lives
from tests.support.ingesting import Ingesting
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.sandbox import SEED, made_network
from tests.support.system import running_system

SPEC = NetworkSpec(SEED, 1_000)
SOME = 8  # of each form
EXACT = 3  # the dry run of the exact query: one query is begun before it
ENDS = 5  # the dry run of the query for merges: two queries are begun before it
TOO_LARGE = Fault(kind=Kind.BYTES_TIMES, factor=10_000_000.0, times=1)
SMALL_MB = 1_000  # more than any query reads here, and less than a thousandth of TOO_LARGE
REFUSED = "The query completions would read"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def gone(network: Network, *, by_row: bool) -> list[Address]:
    """Accounts that are gone; `by_row`: on a day that their rows tell, else on a later one."""
    truth, found = Truth(network), []
    for number, address in enumerate(truth.accounts()):
        if not truth.exists(address):
            merged = close_time(truth.ends(address)[-1].operation_id >> 32).date()
            told = close_time(last_modified_ledger(network, number)).date()
            if (told == merged) is by_row:
                found.append(address)
    return found


def kept_as_before(network: Hubble) -> list[Address]:
    made = network.served.sandbox.world.network
    assert made is not None
    return gone(made, by_row=False)


def lived_twice(truth: Truth) -> list[Address]:
    """Accounts that exist, and did before."""
    return [each for each in truth.accounts() if truth.exists(each) and len(truth.creations(each)) == 2]


def without_end(body: bytes, operation: int, merged_into: Address) -> bytes:
    """The answer with a destination, in the row of that operation, which is no address."""
    said = str(operation).encode()
    if said not in body:
        return body
    before, after = body.split(said, 1)
    return before + said + after.replace(merged_into.encode(), b"x" * len(merged_into), 1)


def told_younger(body: bytes, account: Address, ledger: int) -> bytes:
    """The answer with an earlier ledger of its first creation, in the row of that account."""
    before, named, after = body.partition(account.encode())
    earlier = str(ledger - 1).zfill(len(str(ledger)))
    return before + named + after.replace(str(ledger).encode(), earlier.encode(), 1)


def unlike(network: Hubble, accounts: Sequence[Address], answers: Sequence[SourcePage | BaseException]) -> list[str]:
    """Lives and ends that are not as they were."""
    found = []
    for address, page in zip(accounts, answers, strict=True):
        assert isinstance(page, SourcePage), page
        ours = (
            [(one.created_op, one.creator) for one in page.creations],
            [(end.end_op, end.merged_into) for end in page.ends],
        )
        truth = network.served.truth
        theirs = (
            [(one.operation_id, one.creator) for one in truth.creations(address)],
            [(end.operation_id, end.merged_into) for end in truth.ends(address)],
        )
        found += [] if (ours, page.creator_unknown_reason) == (theirs, None) else [f"{address}: {page}"]
    return found


@pytest.mark.timeout(120)
async def test_by_bigquery_alone_lives_ends_and_creators_of_both_forms_equal_the_truth(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = {"sandbox_ledger_s": 0, "bigquery_window_s": 0.2, "open_requests": 100}
    async with running_system(data, pipeline_mode="BIGQUERY_ONLY", **settings) as system:
        await system.filled()
        network = made_network(data, SPEC)
        asked = [each for by_row in (True, False) for each in gone(network, by_row=by_row)[:SOME]]
        requests = [await system.ask(address, budget=0) for address in asked]
        for each in filter(None, requests):
            await system.completed(each)
        async with mapped(data, SPEC) as store:
            found = [each for address in asked for each in await differences(store, Truth(network), address)]
            states = [await store.stores.accounts.state_of(store.ref(address)) for address in asked]
    assert len(asked) == 2 * SOME
    assert found == []
    assert {(state.status, state.pipeline_source) for state in states if state} == {
        (AccountStatus.COMPLETE, PipelineSource.BIGQUERY)
    }


async def test_all_that_are_gone_are_answered_by_one_query_more(network: Hubble) -> None:
    made = network.served.sandbox.world.network
    assert made is not None
    accounts = gone(made, by_row=True) + gone(made, by_row=False)
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        answers = await lives(network, one, accounts)
        assert unlike(network, accounts, answers) == []
        asked = [job.query for job in await network.ran()]
        assert asked == ["account_ledgers", "lives", "completions"]


async def test_where_merges_may_not_be_read_who_is_concerned_is_told_and_asks_again_for_nothing_else(
    network: Hubble,
) -> None:
    before, *others = kept_as_before(network)[:3]
    accounts = [before, *others, *network.accounts(2)]
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        reader = network.reader(one)
        network.trouble_jobs(msgspec.structs.replace(TOO_LARGE, times=None), first=ENDS)
        answers = await lives(network, one, accounts, reader)
        refused = [page for page in answers if isinstance(page, SourcePage) and page.refused]
        assert len(refused) == 3
        for page in refused:
            assert REFUSED in (page.creator_unknown_reason or "")
            assert page.creations
            assert page.ends == ()
        network.trouble()
        assert unlike(network, accounts, await lives(network, one, accounts, reader)) == []
        assert asked_again(await network.ran()) == []


async def test_who_was_changed_last_long_ago_does_not_keep_the_merges_of_others_from_being_read(
    network: Hubble,
) -> None:
    """A query reads every day since the first of them: who makes it too large is left out, not all who were asked for."""
    made = network.served.sandbox.world.network
    assert made is not None
    numbered = enumerate(network.served.truth.accounts())
    told = {address: last_modified_ledger(made, number) for number, address in numbered}
    accounts = sorted(kept_as_before(network), key=lambda each: told[each])[::8][:4]
    assert len({close_time(told[each]).date() for each in accounts}) == 4
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        reader = network.reader(one)
        network.trouble_jobs(TOO_LARGE, first=ENDS)
        for _ in range(2):  # whoever is left out may ask again: the same is read for the others, and paid once
            answers = await lives(network, one, accounts, reader)
            assert [isinstance(page, SourcePage) and page.refused for page in answers] == [True, True, False, False]
            assert unlike(network, accounts[2:], answers[2:]) == []
            network.trouble(TOO_LARGE)
        assert asked_again(await network.ran()) == []


async def test_merges_that_may_not_be_read_do_not_hold_up_what_contracts_created(network: Hubble) -> None:
    gone_one, made = kept_as_before(network)[0], network.of_a_contract()
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        network.trouble_jobs(
            msgspec.structs.replace(TOO_LARGE, times=2), first=ENDS
        )  # both together, then the merges by themselves
        first, other = await lives(network, one, [gone_one, made])
        assert isinstance(first, SourcePage)
        assert (first.refused, len(first.creations), first.ends) == (True, 1, ())
        assert unlike(network, [made], [other]) == []
        assert [job.query for job in await network.ran()] == ["account_ledgers", "lives", "completions"]


async def test_what_may_not_be_read_together_is_read_apart(network: Hubble) -> None:
    accounts = [kept_as_before(network)[0], network.of_a_contract()]
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        network.trouble_jobs(TOO_LARGE, first=ENDS)
        assert unlike(network, accounts, await lives(network, one, accounts)) == []
        asked = [job.query for job in await network.ran()]
        assert asked == ["account_ledgers", "lives", "completions", "completions"]


@pytest.mark.parametrize("kind", [Kind.QUOTA_EXCEEDED, Kind.UNAVAILABLE])
async def test_while_merges_cannot_be_read_nobody_is_told_that_an_account_has_no_end(
    network: Hubble, kind: Kind
) -> None:
    accounts = kept_as_before(network)[:2]
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        reader = network.reader(one)
        network.trouble_jobs(Fault(kind=kind, source=Source.BIGQUERY), first=ENDS)
        answers = await lives(network, one, accounts, reader)
        assert all(isinstance(each, SourceUnavailable) for each in answers), answers
        network.trouble()
        network.clock.pass_time(AWAY_S + 1)
        assert unlike(network, accounts, await lives(network, one, accounts, reader)) == []
        assert asked_again(await network.ran()) == []


async def test_in_fallback_mode_the_step_goes_to_horizon_with_the_reason_and_what_was_read_stays(
    network: Hubble,
) -> None:
    account = kept_as_before(network)[0]
    async with network.replica() as one:
        ingesting = Ingesting(one, network)
        network.trouble_jobs(TOO_LARGE, first=ENDS)
        told = await ingesting.handled(account, Step.CREATOR)
        (handed,) = [each for each in told if isinstance(each, AccountRequested)]
        assert (handed.route, handed.account, handed.step) == (Route.API, account, Step.CREATOR)
        assert handed.refusal.startswith(REFUSED)
        run = await ingesting.run_of(account, Step.CREATOR)
        assert (run.state, run.progress.pages) == (RunState.OPEN, 0)
        stored = await one.stores.creations.creations_of(ingesting.ref(account))
        assert [made.created_op for made in stored] == [
            made.operation_id for made in network.served.truth.creations(account)
        ]


async def test_by_bigquery_alone_the_stage_tells_the_refusal_and_a_retry_reads_the_end(network: Hubble) -> None:
    account = kept_as_before(network)[0]
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        ingesting = Ingesting(one, network)
        network.trouble_jobs(TOO_LARGE, first=ENDS)
        await ingesting.handled(account, Step.CREATOR)
        run, stage = await ingesting.run_of(account, Step.CREATOR), await ingesting.stage(account, 1)
        assert (run.state, run.progress.pipeline_source) == (RunState.FINISHED, PipelineSource.BIGQUERY)
        assert REFUSED in (run.progress.refusal or "")
        assert (stage.state, stage.detail["refusal"]) == (StageState.DONE, run.progress.refusal)
        assert await one.stores.creations.ends_of(ingesting.ref(account)) == ()
        network.trouble()
        await ingesting.handled(account, Step.CREATOR, retry=True)
        run, stage = await ingesting.run_of(account, Step.CREATOR), await ingesting.stage(account, 1)
        assert (run.progress.refusal, run.progress.reason, "refusal" in stage.detail) == (None, None, False)
        (end,) = await one.stores.creations.ends_of(ingesting.ref(account))
        assert end.end_op == network.served.truth.ends(account)[-1].operation_id


async def test_where_the_cheap_query_answers_who_is_gone_is_told_that_the_end_is_not_read(network: Hubble) -> None:
    gone_one, *there = kept_as_before(network)[0], *network.accounts(2)
    async with network.replica(pipeline_mode=BIGQUERY_ONLY, size_limit_mb=SMALL_MB) as one:
        network.trouble_jobs(TOO_LARGE, first=EXACT)
        first, *others = await lives(network, one, [gone_one, *there])
        assert isinstance(first, SourcePage)
        assert (first.refused, len(first.creations), first.ends) == (True, 1, ())
        assert [isinstance(each, SourcePage) and each.refused for each in others] == [False, False]


@pytest.mark.parametrize("cheaply", [False, True])
@pytest.mark.parametrize("part", ["creation", "end"])
async def test_a_row_that_cannot_be_read_is_left_out_and_the_others_of_its_query_are_answered(
    network: Hubble, part: str, *, cheaply: bool
) -> None:
    """It is about one account: who waits with it is not to wait for ever."""
    spoilt, *others = *kept_as_before(network)[:1], *network.accounts(2)
    truth = network.served.truth
    other = truth.creations(spoilt)[0].creator if part == "creation" else truth.ends(spoilt)[0].merged_into
    network.served.said = lambda body: (
        body.replace(other.encode(), b"x" * len(other)) if spoilt.encode() in body else body
    )
    async with network.replica(pipeline_mode=BIGQUERY_ONLY, size_limit_mb=SMALL_MB) as one:
        if cheaply:
            network.trouble_jobs(TOO_LARGE, first=EXACT)
        first, *rest = await lives(network, one, [spoilt, *others])
        assert isinstance(first, SourcePage), first
        assert ("lives_cheap" in [job.query for job in await network.ran()]) is cheaply
        assert first.creator_unknown_reason
        assert len(first.creations if part == "creation" else first.ends) == 0
        if not cheaply:
            assert first.creator_unknown_reason == (NO_CREATION if part == "creation" else NO_END)
            assert unlike(network, others, rest) == []


async def test_of_an_account_of_two_lives_the_end_of_the_first_is_not_left_out_unsaid(network: Hubble) -> None:
    truth = network.served.truth
    spoilt, *others = lived_twice(truth)
    lost = truth.ends(spoilt)[0]
    network.served.said = lambda body: without_end(body, lost.operation_id, lost.merged_into)
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        first, *rest = await lives(network, one, [spoilt, *others[:2]])
        assert isinstance(first, SourcePage), first
        assert (len(first.creations), first.ends, first.creator_unknown_reason) == (2, (), NO_END)
        assert unlike(network, others[:2], rest) == []


async def test_a_row_of_children_that_cannot_be_read_is_left_out_and_the_step_ends(network: Hubble) -> None:
    spoilt, *others = [
        child.account
        for child in network.served.truth.children(network.served.hub)
        if child.kind is CreationKind.CREATE_ACCOUNT
    ]
    network.served.said = lambda body: body.replace(spoilt.encode(), b"x" * len(spoilt))
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        ingesting = Ingesting(one, network)
        await ingesting.handled(network.served.hub, Step.CHILDREN)
        run = await ingesting.run_of(network.served.hub, Step.CHILDREN)
        assert (run.progress.pages, run.progress.total, run.progress.exact) == (1, len(others), False)


async def test_where_the_cheap_query_answers_a_creation_is_placed_only_if_it_was_the_only_one(network: Hubble) -> None:
    """A contract may have created the account before: of that no operation tells, and its sequence numbers do."""
    account, *others = network.accounts(3, first=40)
    (made,) = network.served.truth.creations(account)
    network.served.said = lambda body: told_younger(body, account, made.ledger)
    async with network.replica(pipeline_mode=BIGQUERY_ONLY, size_limit_mb=SMALL_MB) as one:
        network.trouble_jobs(TOO_LARGE, first=EXACT)
        first, *rest = await lives(network, one, [account, *others])
        assert isinstance(first, SourcePage)
        assert (first.creations, [each.creator for each in first.unplaced]) == ((), [made.creator])
        assert [isinstance(each, SourcePage) and len(each.creations) for each in rest] == [1, 1]
