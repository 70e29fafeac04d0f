"""What the API tells of BigQuery: what it costs, why it is not asked, and what it did not answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import AccountStatus, PipelineSource, Step
from stellarmap_common.ports.book_store import QueryJob
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.limits import Trouble
from stellarmap_common.ports.run_store import RunState
from stellarmap_common.ports.usage_store import SourceStatus
from tests.support.gateway import Site, address, open_site

GIB, TIB = 1 << 30, 1 << 40
ALL = 10**15
LAST = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)  # second of a day and of a month
SECOND = timedelta(seconds=1)
TOO_DEAR = "The query lives would cost $2.400 (405,000 MiB); cost_limit_usd allows $0.71."
NO_ACCESS = "BigQuery refused (accessDenied): Access Denied."
FALLBACK = PipelineSource.BIGQUERY_WITH_API_FALLBACK


async def ran(site: Site, name: str, at: datetime, reserved: int, billed: int | None = None, **known: Any) -> None:
    """A query whose bytes were reserved then, and which is settled if it was billed."""
    about: tuple[Address, ...] = tuple(address(number) for number in range(known.pop("accounts", 0)))
    job = QueryJob(
        job_id=name, query="lives", network=site.network().key, reserved_at=at, reserved=reserved, accounts=about
    )
    assert await site.stores.books.reserve(job, daily=ALL, monthly=ALL) is None
    if billed is not None:
        assert await site.stores.books.settle(job, billed, at + SECOND, **known)


async def told(site: Site, at: datetime) -> Any:
    """What usage says of BigQuery then."""
    site.clock.at = at
    return (await site.get("/api/v1/usage"))["bigquery"]


async def test_without_a_query_everything_is_left(site: Site) -> None:
    usage = await told(site, LAST)
    assert (usage["day"]["spent_bytes"], usage["day"]["left_bytes"]) == (0, 100 * GIB)
    assert (usage["month"]["spent_bytes"], usage["month"]["left_bytes"]) == (0, 1_000 * GIB)
    assert (usage["month"]["projected_bytes"], usage["month"]["used_up_at"]) == (0, None)
    assert usage["month"]["free_left_bytes"] == TIB
    assert (usage["open"], usage["latest"], usage["over_alert"]) == ([], [], False)


async def test_what_is_reserved_is_spent_until_it_is_settled(site: Site) -> None:
    await ran(site, "settled", LAST, 10 * GIB, 4 * GIB, accounts=3)
    await ran(site, "open", LAST, 2 * GIB)
    usage = await told(site, LAST)
    assert usage["day"]["spent_bytes"] == usage["month"]["spent_bytes"] == 6 * GIB
    assert usage["day"]["cost_usd"] == pytest.approx(6 / 1_024 * 6.25)
    assert usage["month"]["free_left_bytes"] == TIB - 6 * GIB
    (settled,), (under_way,) = usage["latest"], usage["open"]
    assert (settled["billed_bytes"], settled["reserved_bytes"], settled["accounts"]) == (4 * GIB, 10 * GIB, 3)
    assert settled["cost_usd"] == pytest.approx(4 / 1_024 * 6.25)
    assert (settled["query"], settled["network"], settled["cached"]) == ("lives", "sandbox", False)
    assert (under_way["billed_bytes"], under_way["settled_at"]) == (None, None)


async def test_a_day_and_a_month_begin_anew_at_midnight_utc(site: Site) -> None:
    await ran(site, "the day before", LAST - timedelta(days=1), GIB, GIB)
    await ran(site, "before midnight", LAST, 2 * GIB, 2 * GIB)
    await ran(site, "still open", LAST, 4 * GIB)
    before, after = await told(site, LAST), await told(site, LAST + SECOND)
    assert (before["day"]["spent_bytes"], before["month"]["spent_bytes"]) == (6 * GIB, 7 * GIB)
    assert before["day"]["renews_at"] == before["month"]["renews_at"] == "2026-12-01T00:00:00Z"
    assert [each["billed_bytes"] for each in before["latest"]] == [2 * GIB, GIB]
    assert (after["day"]["spent_bytes"], after["month"]["spent_bytes"]) == (0, 0)
    assert (after["day"]["renews_at"], after["month"]["renews_at"]) == ("2026-12-02T00:00:00Z", "2027-01-01T00:00:00Z")
    assert (len(after["latest"]), len(after["open"])) == (0, 1)


async def test_the_projection_goes_on_at_the_pace_of_the_month_so_far(site: Site) -> None:
    await ran(site, "one", datetime(2026, 11, 2, tzinfo=UTC), 250 * GIB, 250 * GIB)
    month = (await told(site, datetime(2026, 11, 11, tzinfo=UTC)))["month"]
    assert month["projected_bytes"] == 750 * GIB
    assert month["used_up_at"] is None
    month = (await told(site, datetime(2026, 11, 6, tzinfo=UTC)))["month"]
    assert month["projected_bytes"] == 1_500 * GIB
    assert month["used_up_at"] == "2026-11-21T00:00:00Z"


async def test_the_first_query_of_a_month_is_no_pace(site: Site) -> None:
    first = LAST + SECOND
    await ran(site, "first", first, GIB, GIB)
    assert (await told(site, first + 60 * SECOND))["month"]["projected_bytes"] == 31 * GIB
    assert (await told(site, first + timedelta(days=15.5)))["month"]["projected_bytes"] == 2 * GIB


async def test_a_projection_at_the_alert_says_so(site: Site) -> None:
    await ran(site, "one", datetime(2026, 11, 1, tzinfo=UTC), 410 * GIB, 410 * GIB)
    usage = await told(site, datetime(2026, 11, 16, tzinfo=UTC))
    assert usage["month"]["projected_cost_usd"] == pytest.approx(820 / 1_024 * 6.25)
    assert (usage["cost_alert_usd"], usage["over_alert"]) == (5.0, True)
    assert not (await told(site, datetime(2026, 11, 17, tzinfo=UTC)))["over_alert"]


async def test_the_latest_twenty_are_told_newest_first(site: Site) -> None:
    began = datetime(2026, 11, 20, tzinfo=UTC)
    for number in range(25):
        await ran(site, f"job {number}", began + number * SECOND, GIB, number, cached=number == 24)
    latest = (await told(site, LAST))["latest"]
    assert [each["billed_bytes"] for each in latest] == list(range(24, 4, -1))
    assert [each["cached"] for each in latest] == [True] + 19 * [False]


@pytest.mark.parametrize(
    ("settings", "networks", "configured", "reason"),
    [
        (
            {"pipeline_mode": "API_ONLY"},
            ["sandbox"],
            True,
            "No query runs: pipeline_mode is API_ONLY, so Horizon alone is read.",
        ),
        ({}, ["sandbox"], True, "No query about a lineage runs: pipeline_mode is API_ONLY, so Horizon alone is read."),
        ({"networks": "public"}, [], False, "Not configured: STELLARMAP_BIGQUERY_PROJECT names no"),
        ({"bigquery_project": "ours"}, ["sandbox", "public"], True, None),
        (
            {"bigquery_project": "ours", "bigquery_enabled": False},
            ["sandbox", "public"],
            True,
            "bigquery_enabled is false",
        ),
        ({"networks": "public", "pipeline_mode": "BIGQUERY_ONLY"}, [], False, "every step is refused"),
    ],
)
async def test_why_no_query_runs_is_said_plainly(
    settings: dict[str, Any], networks: list[str], reason: str | None, *, configured: bool
) -> None:
    async with open_site(**settings) as site:
        usage = await told(site, LAST)
        assert (usage["networks"], usage["configured"]) == (networks, configured)
        assert (usage["idle_reason"] is None) == (reason is None)
        assert (reason or "") in (usage["idle_reason"] or "")


@pytest.mark.parametrize(
    ("mode", "spent", "state", "detail"),
    [
        ("BIGQUERY_WITH_API_FALLBACK", 40 * GIB, "HEALTHY", "40.0 of 100 GiB of today's budget are spent."),
        ("BIGQUERY_WITH_API_FALLBACK", 100 * GIB, "HEALTHY", "The day's budget is used up: 100.0 of 100 GiB. Horizon"),
        ("BIGQUERY_ONLY", 100 * GIB, "DEGRADED", "Every step is refused until it begins anew."),
        ("BIGQUERY_ONLY", 1_000 * GIB, "DEGRADED", "The month's budget is used up: 1,000.0 of 1,000 GiB."),
        ("API_ONLY", 0, "HEALTHY", "pipeline_mode is API_ONLY"),
    ],
)
async def test_a_spent_budget_is_a_defect_only_where_nothing_else_may_answer(
    mode: str, spent: int, state: str, detail: str
) -> None:
    async with open_site(bigquery_project="ours", pipeline_mode=mode) as site:
        site.clock.at = LAST
        await ran(site, "one", LAST, spent, spent)
        (check,) = [each for each in (await site.get("/api/v1/health"))["checks"] if each["component"] == "bigquery"]
        assert check["state"] == state
        assert detail in check["detail"]
        assert (check["advice"] is None) == (state == "HEALTHY")


@pytest.mark.parametrize(
    ("mode", "state", "until"),
    [
        ("BIGQUERY_ONLY", "DEGRADED", "No step is answered until a query runs."),
        ("BIGQUERY_WITH_API_FALLBACK", "HEALTHY", "Horizon is read until a query runs."),
    ],
)
async def test_what_keeps_queries_from_running_is_told_as_who_asked_for_them_was_told(
    mode: str, state: str, until: str
) -> None:
    async with open_site(bigquery_project="ours", pipeline_mode=mode) as site:
        site.clock.at = LAST
        site.limiter.no_queries = Trouble(since=LAST, at=LAST, told=NO_ACCESS)
        (check,) = [each for each in (await site.get("/api/v1/health"))["checks"] if each["component"] == "bigquery"]
        assert (check["state"], check["detail"]) == (state, f"Since 2026-11-30 23:59:59 UTC: {NO_ACCESS} {until}")
        assert ("pipeline_mode" in (check["advice"] or "")) == (state == "DEGRADED")


@pytest.mark.parametrize(
    ("network", "days", "known", "detail"),
    [
        (
            "public",
            2,
            {"rejected": 3},
            "public is whole up to 2026-11-28 only: 3 rows of its latest import were no facts",
        ),
        ("public", 4, {}, "public is whole up to 2026-11-26 only: it is not kept so day by day"),
        ("public", 4, {"done": False}, "(increment_failed) says why"),
        ("public", 2, {}, None),
        ("public", 2, {"rejected": 3, "done": False}, None),  # it goes on
        ("public", 4, {"rejected": 3, "whole_at": None}, None),  # it never was whole: nobody keeps it so
        ("sandbox", 400, {}, None),  # its time is its own
        ("sandbox", 2, {"rejected": 3}, "sandbox is whole up to 2026-11-28 only"),
    ],
)
async def test_an_imported_network_that_is_not_kept_whole_is_told(
    network: str, days: int, known: dict[str, Any], detail: str | None
) -> None:
    async with open_site(bigquery_project="ours") as site:
        site.clock.at = LAST
        of = {"done": True, "whole_to": 7, "whole_at": LAST - timedelta(days=days), **known}
        await site.stores.imports.keep(NetworkImport(network=site.network(network).key, **of))
        (check,) = [each for each in (await site.get("/api/v1/health"))["checks"] if each["component"] == "bigquery"]
        assert check["state"] == "HEALTHY", "what is not whole is read, as before an import"
        assert check["detail"].startswith("0.0 of 100 GiB of today's budget are spent.")
        assert ("is whole up to" in check["detail"]) == (detail is not None)
        assert (detail or "") in check["detail"]


async def test_a_source_of_which_troubles_alone_are_told_is_none_whose_limit_is_used(site: Site) -> None:
    known = (await site.get("/api/v1/usage"))["sources"]
    figures: dict[str, Any] = {"calls_minute": 0, "calls_hour": 0, "calls_day": 0, "limit_per_hour": 0, "burst": 1}
    status = SourceStatus(
        source="bigquery:ours",
        process="a",
        at=site.clock.now(),
        rate_per_s=1.0,
        delay_s=0.0,
        trouble=NO_ACCESS,
        trouble_at=site.clock.now(),
        **figures,
    )
    await site.stores.usage.put_status(status)
    assert (await site.get("/api/v1/usage"))["sources"] == known


async def test_what_the_api_read_instead_is_told_with_the_reason(site: Site) -> None:
    maker, account = await site.chain("maker", "account")
    await site.finish(account, Step.CHILDREN, refusal=TOO_DEAR, pipeline_source=FALLBACK)
    for rest in ("", "/lineage"):
        assert (await site.get(site.path(account, rest)))["refusals"] == [
            {"step": "children", "reason": TOO_DEAR, "read_by_api": True}
        ]
        assert (await site.get(site.path(maker, rest)))["refusals"] == []


async def test_an_account_that_others_requests_found_has_no_pipeline(site: Site) -> None:
    maker, mapped = site.ref("maker"), site.ref("mapped")
    await site.children(maker, 1)
    assert (await site.get(site.path(maker, "/lineage")))["pipeline_source"] is None
    await site.map(mapped, pipeline_source=PipelineSource.BIGQUERY)
    assert (await site.get(site.path(mapped, "/lineage")))["pipeline_source"] == "BIGQUERY"


@pytest.mark.parametrize(
    ("state", "refused"), [(RunState.FAILED, True), (RunState.FINISHED, True), (RunState.OPEN, False)]
)
async def test_a_step_that_only_bigquery_may_answer_tells_its_refusal_until_it_is_tried_again(
    site: Site, state: RunState, *, refused: bool
) -> None:
    account = site.ref("account")
    progress = {"reason": TOO_DEAR, "refusal": TOO_DEAR, "pipeline_source": PipelineSource.BIGQUERY}
    await site.map(account, AccountStatus.FAILED, last_error=TOO_DEAR)
    await site.finish(account, Step.CHILDREN, state, complete=False, **progress)
    told = [{"step": "children", "reason": TOO_DEAR, "read_by_api": False}]
    for rest in ("", "/lineage"):
        assert (await site.get(site.path(account, rest)))["refusals"] == (told if refused else [])
