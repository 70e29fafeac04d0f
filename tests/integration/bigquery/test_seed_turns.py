"""When a network is seeded: at its start, daily, at a wish; and what is told, and asked, where it cannot be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stellarmap_common.domain.standing import Coverage
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_ingest_bigquery.seeding.seeds import Seeds
from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from tests.support.config import API_ONLY
from tests.support.guarded import Hubble
from tests.support.seeding import LOWEST_XLM, Seeding, seeding
from tests.support.tracked import balance

DAY_S, MINUTE_S = 86_400, 60

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def told_by(one: Seeding, seeds: Seeds) -> int:
    """How many balances a turn tells."""
    await seeds.look()
    return len(one.taken(BalanceUpdated))


async def test_a_network_is_seeded_at_its_start_and_daily(network: Hubble) -> None:
    async with seeding(network) as one:
        seeds, everybody = one.seeds(), len(one.true())
        told = [await told_by(one, seeds)]
        for passed_s in (5, DAY_S - 60, 56):
            network.clock.pass_time(passed_s)
            told.append(await told_by(one, seeds))
        assert told == [everybody, 0, 0, everybody]
        assert await told_by(one, one.seeds()) == 0, "another process knows of it"


@pytest.mark.parametrize(
    "config",
    [{"standings_seed": False}, {"bigquery_enabled": False}, {"pipeline_mode": API_ONLY}],
    ids=["the seed is off", "BigQuery is off", "somebody chose the API alone"],
)
async def test_nothing_is_asked_and_nothing_refused_where_it_is_off(network: Hubble, config: dict[str, Any]) -> None:
    async with seeding(network, **config) as one:
        posts: list[str] = []
        network.served.heard = lambda method, _: posts.append(method)
        seeds = one.seeds()
        assert await told_by(one, seeds) == 0
        assert await one.one.stores.seeds.seed_of(one.one.network.key) is None
        one.one.configure(standings_seed=True, bigquery_enabled=True, pipeline_mode=API_ONLY, mode_chosen=False)
        assert posts == []
        assert await told_by(one, seeds) > 0, "an API_ONLY that nobody chose means the real networks"


async def test_a_refusal_is_told_and_tried_again_by_and_by_or_when_the_limits_change(network: Hubble) -> None:
    async with seeding(network, size_limit_mb=0) as one:
        seeds = one.seeds()
        assert await told_by(one, seeds) == 0
        refused = await one.seed()
        assert "size_limit_mb allows 0" in refused.trouble
        network.clock.pass_time(5)
        await seeds.look()
        assert await one.seed() == refused, "it waits"
        network.clock.pass_time(10 * MINUTE_S)
        await seeds.look()
        assert (await one.seed()).tried_at != refused.tried_at
        assert one.one.counted("cost_guard_refusals", check="size") == 2
        assert await network.ran() == []
        one.one.configure(size_limit_mb=1_000)
        assert await told_by(one, seeds) == len(one.true())
        assert (await one.seed()).trouble == ""


async def test_while_bigquery_is_away_it_is_asked_again_in_seconds(network: Hubble) -> None:
    async with seeding(network) as one:
        seeds = one.seeds()
        network.trouble(Fault(kind=Kind.UNAVAILABLE, source=Source.BIGQUERY))
        assert await told_by(one, seeds) == 0
        assert (await one.seed()).trouble
        network.trouble()
        assert await told_by(one, seeds) == 0
        network.clock.pass_time(11)
        assert await told_by(one, seeds) == len(one.true())


async def test_an_answer_that_breaks_off_is_read_on_and_not_paid_again(network: Hubble) -> None:
    async with seeding(network) as one:
        seeds = one.seeds()
        network.trouble_jobs(Fault(kind=Kind.TRUNCATED_JSON, source=Source.BIGQUERY, path="/queries/"), first=2)
        assert await told_by(one, seeds) == 0
        begun = await one.seed()
        assert begun.job_id
        assert begun.trouble
        network.trouble()
        network.clock.pass_time(11)
        assert await told_by(one, seeds) == len(one.true())
        assert [job.job_id for job in await network.ran()] == [begun.job_id]


async def test_a_wish_is_answered_at_once_and_once(network: Hubble) -> None:
    async with seeding(network) as one:
        seeds, everybody = one.seeds(), len(one.true())
        await seeds.look()
        one.taken(BalanceUpdated)
        network.clock.pass_time(MINUTE_S)
        await one.one.stores.seeds.wish(one.one.network.key, network.clock.now())
        assert [await told_by(one, seeds), await told_by(one, seeds)] == [everybody, 0]
        assert len(await network.ran()) == 2, "the answer of before was not of now"


async def test_a_wish_is_told_why_nothing_comes_of_it(network: Hubble) -> None:
    async with seeding(network, pipeline_mode=API_ONLY) as one:
        seeds = one.seeds()
        await one.one.stores.seeds.wish(one.one.network.key, network.clock.now())
        await seeds.look()
        assert (await one.seed()).trouble == "No query runs while pipeline_mode is API_ONLY."
        one.one.configure(pipeline_mode=API_ONLY, mode_chosen=False, standings_seed=False)
        assert await told_by(one, seeds) == len(one.true()), "asked for by name"


async def test_another_lowest_threshold_is_another_seed(network: Hubble) -> None:
    async with seeding(network) as one:
        seeds = one.seeds()
        everybody = await told_by(one, seeds)
        one.one.configure(hva_supported_thresholds=(LOWEST_XLM // 2, 10_000))
        more = await told_by(one, seeds)
        assert more > everybody
        assert (await one.seed()).covers_xlm == LOWEST_XLM // 2


async def test_one_that_the_board_does_not_know_of_is_made_again(network: Hubble) -> None:
    async with seeding(network) as one:
        seeds, everybody = one.seeds(), len(one.true())
        await seeds.look()
        await one.heard()
        board = await one.board()
        network.clock.pass_time(30 * MINUTE_S)
        assert await told_by(one, seeds) == 0
        later = replace(board, number=board.number + 1, coverage=Coverage(), as_of=board.as_of + timedelta(minutes=30))
        await one.one.stores.tracker.publish(later)
        network.clock.pass_time(10 * MINUTE_S)
        assert await told_by(one, seeds) == 1, "nothing moved: the last account, with what is covered"
        assert everybody > 1


async def test_while_a_tracker_is_behind_it_is_told_all_of_it_once_more_at_most(network: Hubble) -> None:
    async with seeding(network) as one:
        await one.owner.take([balance("known", 5, 10, network=one.one.network.key)])
        await one.owner.look()
        behind = await one.board()
        everybody, told = len(one.true()), []
        for _ in range(6):
            told.append(await told_by(one, one.seeds()))
            network.clock.pass_time(20 * MINUTE_S)
            shown = replace(behind, number=behind.number + len(told), as_of=network.clock.now())
            await one.one.stores.tracker.publish(shown)
        assert told == [everybody, everybody, 0, 0, 0, 0]
        assert len(await network.ran()) == 2
        network.clock.pass_time(DAY_S)
        assert [await told_by(one, one.seeds()), await told_by(one, one.seeds())] == [everybody, 0], "daily, as ever"


async def test_a_board_has_its_time_to_hear_of_a_seed_from_when_it_was_told(network: Hubble) -> None:
    async with seeding(network) as one:
        await one.owner.take([balance("known", 5, 10, network=one.one.network.key)])
        await one.owner.look()
        await one.begun()
        network.clock.pass_time(14 * MINUTE_S)
        shown = replace(await one.board(), as_of=network.clock.now())
        assert await told_by(one, one.seeds()) == len(one.true()), "with an answer of a while ago"
        await one.one.stores.tracker.publish(replace(shown, number=shown.number + 1, as_of=network.clock.now()))
        assert await told_by(one, one.seeds()) == 0
