"""Whoever dies in the middle of a query, the next one goes on with it: nobody is asked about twice."""

from datetime import UTC, datetime, timedelta

import pytest

from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.observability.failpoints import FailpointHit, arm_failpoint
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.failpoints import QUERY
from stellarmap_ingest_bigquery.jobs import AWAY_S
from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from tests.support.guarded import Hubble, asked_again, lives

OF_CREATORS = ("account_ledgers", "lives", "completions")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.usefixtures("disarmed")
@pytest.mark.parametrize("name", QUERY)
@pytest.mark.parametrize("times", range(1, len(OF_CREATORS) + 1))
async def test_a_group_that_was_cut_off_is_the_same_group_afterwards_whoever_asks_first(
    network: Hubble, name: str, times: int
) -> None:
    accounts = [*network.accounts(4), network.of_a_contract()]
    async with network.replica() as one:
        arm_failpoint(f"{name}:{times}:raise")
        cut = await lives(network, one, accounts)
        assert all(isinstance(each, FailpointHit) for each in cut), cut
    async with network.replica() as other:
        arm_failpoint("")
        later = [*accounts[3:], *network.accounts(2, first=20)]  # others come along, and some come later
        answers = await lives(network, other, later)
        assert all(isinstance(each, SourcePage) and each.creations for each in answers), answers
    async with network.replica() as third:
        answers = await lives(network, third, accounts)
        assert all(isinstance(each, SourcePage) and each.creations for each in answers), answers
        jobs = await network.ran()
        assert asked_again(jobs) == []
        await third.jobs.settle_left()
        assert await third.jobs.open() == ()
        assert (await third.books.spent(network.clock.now())).day == sum(job.billed for job in jobs)


@pytest.mark.parametrize("first", range(1, 2 * len(OF_CREATORS) + 1))
@pytest.mark.parametrize("kind", [Kind.RESET, Kind.UNAVAILABLE])
async def test_a_group_whose_query_failed_for_a_while_is_the_same_group_afterwards(
    network: Hubble, kind: Kind, first: int
) -> None:
    accounts = [*network.accounts(4), network.of_a_contract()]
    async with network.replica() as one:
        reader = network.reader(one)
        network.trouble_jobs(Fault(kind=kind, source=Source.BIGQUERY), first=first)
        failed = await lives(network, one, accounts, reader)
        assert all(isinstance(each, SourceUnavailable) for each in failed), failed
        network.trouble()
        network.clock.pass_time(AWAY_S + 1)
        later = [*accounts[3:], *network.accounts(2, first=20)]
        for asked in (later, accounts):
            answers = await lives(network, one, asked, reader)
            assert all(isinstance(each, SourcePage) and each.creations for each in answers), answers
        jobs = await network.ran()
        assert asked_again(jobs) == []
        assert (await one.books.spent(network.clock.now())).day == sum(job.billed for job in jobs)


async def test_when_a_creator_began_changes_nothing_of_what_its_children_cost(network: Hubble) -> None:
    """It is learned meanwhile, and only spares what holds nothing."""
    hub = [network.served.hub]
    async with network.replica() as one:
        first = await one.jobs.run(query.children(hub, datetime(2015, 9, 30, tzinfo=UTC)))
        again = await one.jobs.run(query.children(hub, datetime(2015, 10, 1, tzinfo=UTC)))
        assert again.job_id == first.job_id
        assert len(await network.ran()) == 1


async def test_what_was_answered_long_ago_is_asked_anew(network: Hubble) -> None:
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica() as one:
        await one.jobs.run(asked)
        network.clock.set(network.clock.now() + timedelta(minutes=16))
        await one.jobs.run(asked)
        assert len(await network.ran()) == 2


async def test_while_transfers_cannot_be_read_nobody_is_told_that_an_account_has_no_creation(network: Hubble) -> None:
    account = network.of_a_contract()
    third = 2 * OF_CREATORS.index("completions") + 1
    async with network.replica() as one:
        network.trouble_jobs(Fault(kind=Kind.UNAVAILABLE, source=Source.BIGQUERY), first=third)
        (answer,) = await lives(network, one, [account])
        assert isinstance(answer, SourceUnavailable), answer
        network.trouble()
    async with network.replica() as other:
        (answer,) = await lives(network, other, [account])
        assert isinstance(answer, SourcePage)
        assert [each.account for each in answer.creations] == [account]
        assert asked_again(await network.ran()) == []
