"""What goes wrong at the simulated BigQuery on request, as Google's client meets it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from requests.exceptions import RequestException

from stellarmap_ingest_bigquery import query as queries
from stellarmap_sandbox.faults.fault import Fault, FaultSet, Kind, Source
from tests.support.bigquery import ONCE, AskedHubble, asked_hubble

NETWORK = queries.network()
FEW = queries.children_cheap([])


@pytest.fixture
async def asked(networks_dir: Path) -> AsyncIterator[AskedHubble]:
    async with asked_hubble(networks_dir) as asked:
        yield asked


def put(asked: AskedHubble, kind: Kind, **fields: Any) -> None:
    source = fields.pop("source", Source.BIGQUERY)
    asked.sandbox.faults.put(FaultSet(7, (Fault(kind=kind, source=source, **fields),)))


def hits(asked: AskedHubble) -> int:
    return sum(fault.hits for fault in asked.sandbox.faults.seen().faults)


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        (Kind.QUOTA_EXCEEDED, exceptions.Forbidden, "quotaExceeded"),
        (Kind.ACCESS_DENIED, exceptions.Forbidden, "accessDenied"),
        (Kind.RATE_LIMITED, exceptions.Forbidden, "rateLimitExceeded"),
        (Kind.RATE_LIMITED_BARE, exceptions.Forbidden, "rateLimitExceeded"),
        (Kind.SERVER_ERROR, exceptions.InternalServerError, "internalError"),
        (Kind.UNAVAILABLE, exceptions.ServiceUnavailable, "backendError"),
    ],
)
async def test_refusals_have_bigquerys_form(
    asked: AskedHubble, kind: Kind, error: type[Exception], reason: str
) -> None:
    put(asked, kind)
    with pytest.raises(error) as refused:
        await asked.begun(FEW)
    assert isinstance(refused.value, exceptions.GoogleAPICallError)
    assert refused.value.errors[0]["reason"] == reason
    assert hits(asked) == 1


async def test_a_gateway_that_gives_up_says_nothing(asked: AskedHubble) -> None:
    put(asked, Kind.GATEWAY_TIMEOUT)
    with pytest.raises(exceptions.GatewayTimeout):
        await asked.begun(FEW)


@pytest.mark.parametrize("kind", [Kind.TIMEOUT, Kind.RESET])
async def test_connections_break(asked: AskedHubble, kind: Kind) -> None:
    put(asked, kind, seconds=0.01 if kind is Kind.TIMEOUT else None)
    with pytest.raises(RequestException):
        await asked.begun(FEW)


async def test_half_of_an_answer_is_unreadable(asked: AskedHubble) -> None:
    put(asked, Kind.TRUNCATED_JSON)
    with pytest.raises(ValueError, match=r"JSON|Unterminated|Expecting|delimiter"):
        await asked.begun(FEW)


async def test_a_slow_answer_is_right(asked: AskedHubble) -> None:
    put(asked, Kind.SLOW_DRIP, seconds=0.02)
    assert len(await asked.rows(NETWORK)) > 1_000
    assert hits(asked) > 1


async def test_faults_of_jobs_leave_other_requests_alone(asked: AskedHubble) -> None:
    await asked.ended(FEW, "before")
    put(asked, Kind.QUOTA_EXCEEDED)
    assert await asked.call(lambda client: client.get_job("before", retry=ONCE).state) == "DONE"
    assert await asked.call(lambda client: client.get_table("crypto-stellar.crypto_stellar.history_ledgers").num_rows)
    assert hits(asked) == 0
    with pytest.raises(exceptions.Forbidden):
        await asked.begun(FEW, dry_run=True)


async def test_a_slow_job_runs_until_its_time_is_over_or_it_is_cancelled(asked: AskedHubble) -> None:
    put(asked, Kind.SLOW_JOB, seconds=0.2)
    job = await asked.begun(FEW)
    assert job.state == "RUNNING"
    assert await asked.call(lambda _: list(job.result(retry=ONCE, job_retry=None))) == []
    put(asked, Kind.SLOW_JOB, seconds=3_000)
    await asked.begun(FEW, "slow")
    again = await asked.call(lambda client: client.get_job("slow", retry=ONCE))
    assert again.state == "RUNNING"
    cancelled = await asked.call(lambda client: client.cancel_job("slow", retry=ONCE))
    assert (cancelled.state, cancelled.error_result["reason"]) == ("DONE", "stopped")
    gone = await asked.found("slow")
    with pytest.raises(exceptions.GoogleAPICallError, match="cancelled"):
        await asked.call(lambda _: gone.result(retry=ONCE, job_retry=None))


async def test_a_slow_job_ends_at_its_own_limit(asked: AskedHubble) -> None:
    put(asked, Kind.SLOW_JOB, seconds=3_000)
    job = await asked.ended(FEW, job_timeout_ms=50)
    assert (job.error_result["reason"], job.total_bytes_billed) == ("stopped", 0)


async def test_a_job_fails_inside_bigquery_and_costs_nothing(asked: AskedHubble) -> None:
    put(asked, Kind.JOB_FAILED)
    jobs = [await asked.ended(FEW, f"failing-{number}") for number in range(8)]
    assert {job.error_result["reason"] for job in jobs} == {"backendError", "internalError"}
    assert {job.total_bytes_billed for job in jobs} == {0}
    asked.sandbox.faults.put(FaultSet())
    good = await asked.ended(FEW)
    assert (good.error_result, good.cache_hit) == (None, False)


async def test_bytes_are_multiplied_in_estimates_and_bills(asked: AskedHubble) -> None:
    before = await asked.ended(NETWORK)
    put(asked, Kind.BYTES_TIMES, factor=50.0, source=Source.BOTH)
    estimate = await asked.begun(NETWORK, dry_run=True, use_query_cache=False)
    dear = await asked.ended(NETWORK, use_query_cache=False)
    assert estimate.total_bytes_processed == pytest.approx(before.total_bytes_processed * 50)
    assert dear.total_bytes_processed == estimate.total_bytes_processed <= dear.total_bytes_billed
    stopped = await asked.ended(NETWORK, use_query_cache=False, maximum_bytes_billed=before.total_bytes_billed)
    assert stopped.error_result["reason"] == "bytesBilledLimitExceeded"


async def test_both_is_horizon_and_stellar_expert(asked: AskedHubble) -> None:
    put(asked, Kind.SERVER_ERROR, source=Source.BOTH)
    assert (await asked.ended(FEW)).error_result is None
    assert hits(asked) == 0
