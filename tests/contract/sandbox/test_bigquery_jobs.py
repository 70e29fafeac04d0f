"""Jobs of the simulated BigQuery, as Google's client sees them: bytes, limits, ids, pages, and how long answers are kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.bigquery import QueryJob, QueryJobConfig, TableReference

from stellarmap_ingest_bigquery import query as queries
from stellarmap_ingest_bigquery.query import OnDays
from stellarmap_sandbox.rows import CREATE, FAILED, KIND, MERGE
from stellarmap_sandbox.spec import close_time
from tests.support.bigquery import ALWAYS, ONCE, AskedHubble, asked_hubble
from tests.support.sources import SteppedClock

MIB = 1 << 20
DAY = timedelta(days=1)
LEDGER_BYTES = 16  # sequence and closed_at
NETWORK = queries.network()


@pytest.fixture
async def asked(networks_dir: Path) -> AsyncIterator[AskedHubble]:
    async with asked_hubble(networks_dir) as asked:
        yield asked


async def read(asked: AskedHubble, job: QueryJob, **wanted: Any) -> list[Any]:
    return await asked.call(lambda _: [row.values() for row in job.result(retry=ONCE, job_retry=None, **wanted)])


async def test_a_dry_run_tells_the_bytes_of_columns_and_days_and_leaves_no_job(asked: AskedHubble) -> None:
    rows, network = asked.network.rows, asked.network
    kinds = [kind & KIND for kind in rows.kind]
    named = kinds.count(CREATE) * (58 + 58 + 8) + kinds.count(MERGE) * (58 + 58)
    job = await asked.begun(NETWORK, dry_run=True)
    assert job.total_bytes_processed == len(rows) * (8 + 1) + named + network.ledger * LEDGER_BYTES
    assert any(kind & FAILED for kind in rows.kind)
    assert (job.state, job.dry_run, [column.name for column in job.schema or ()][:2]) == (
        "DONE",
        True,
        ["op_id", "closed_at"],
    )
    assert [table.table_id for table in job.referenced_tables] == ["enriched_history_operations", "history_ledgers"]
    with pytest.raises(exceptions.NotFound):
        await asked.call(lambda client: client.get_job(job.job_id, retry=ONCE))


async def test_days_that_are_left_out_cost_nothing(asked: AskedHubble) -> None:
    row = next(row for row, kind in enumerate(asked.network.rows.kind) if kind == CREATE)
    day = close_time(asked.network.rows.op[row] >> 32).date()
    one = await asked.begun(queries.lives([], OnDays([], {day}), [], ALWAYS), dry_run=True)
    two = await asked.begun(queries.lives([], OnDays([], {day, day + DAY, day - DAY}), [], ALWAYS), dry_run=True)
    all_days = await asked.begun(queries.lives([], OnDays((), ()), [asked.truth.genesis], ALWAYS), dry_run=True)
    none = await asked.begun(queries.lives([], OnDays((), ()), [], ALWAYS), dry_run=True)
    assert 0 == none.total_bytes_processed < one.total_bytes_processed <= two.total_bytes_processed
    assert two.total_bytes_processed < all_days.total_bytes_processed


async def test_accounts_and_ledgers_are_read_whole_however_few_are_asked_for(asked: AskedHubble) -> None:
    job = await asked.begun(queries.account_ledgers([asked.truth.genesis]), dry_run=True)
    accounts = asked.truth.count() * (58 + 8 + 8 + 8 + 1)
    assert job.total_bytes_processed == accounts + asked.network.ledger * LEDGER_BYTES


async def test_each_table_is_billed_ten_mib_at_least_and_whole_ones(asked: AskedHubble) -> None:
    job = await asked.ended(NETWORK)
    ledgers = asked.network.ledger * LEDGER_BYTES
    assert job.total_bytes_billed == -(-(10 * MIB + ledgers) // MIB) * MIB
    small = await asked.ended(queries.children_cheap([asked.truth.genesis]))
    assert small.total_bytes_billed == 20 * MIB
    assert small.slot_millis is None


async def test_a_job_that_would_bill_too_much_ends_without_an_answer_and_costs_nothing(asked: AskedHubble) -> None:
    job = await asked.ended(NETWORK, "dear", maximum_bytes_billed=10 * MIB)
    assert job.error_result["reason"] == "bytesBilledLimitExceeded"
    assert (job.state, job.total_bytes_billed) == ("DONE", 0)
    with pytest.raises(exceptions.GoogleAPICallError, match="Query exceeded limit for bytes billed: 10485760"):
        await read(asked, await asked.found("dear"))
    exact = await asked.ended(queries.children_cheap([]), maximum_bytes_billed=20 * MIB)
    assert exact.error_result is None


async def test_a_chosen_id_is_used_once_and_its_job_found_again(asked: AskedHubble) -> None:
    await asked.begun(NETWORK, "chosen")
    with pytest.raises(exceptions.Conflict, match=r"Already Exists: Job sandbox:US\.chosen") as conflict:
        await asked.begun(queries.children_cheap([]), "chosen")
    assert conflict.value.errors[0]["reason"] == "duplicate"
    found = await asked.found("chosen")
    assert (found.query, found.labels) == (NETWORK.text, {"stellarmap_query": "network"})
    assert len(await read(asked, found)) > 1_000
    jobs = await asked.call(lambda client: list(client.list_jobs()))
    assert [(job.job_id, job.state) for job in jobs] == [("chosen", "DONE")]


async def test_an_answer_is_read_in_pages_of_any_size_from_any_row(asked: AskedHubble) -> None:
    job = await asked.ended(NETWORK)
    whole = await read(asked, job)
    assert await read(asked, job, page_size=97) == whole
    assert await read(asked, job, page_size=200, start_index=1_000, max_results=300) == whole[1_000:1_300]
    assert await read(asked, job, start_index=len(whole) - 2) == whole[-2:]
    assert await read(asked, job, start_index=len(whole)) == []
    table, schema = job.destination, job.schema

    def listed(client: Any) -> list[Any]:
        return [row.values() for row in client.list_rows(table, selected_fields=schema, page_size=400, retry=ONCE)]

    assert isinstance(table, TableReference)
    assert await asked.call(listed) == whole


async def test_times_are_microseconds_or_seconds_as_the_client_asks(asked: AskedHubble) -> None:
    job = await asked.ended(NETWORK)
    place = f"{asked.url}/bigquery/bigquery/v2/projects/sandbox/queries/{job.job_id}"
    async with httpx.AsyncClient() as client:
        plain = (await client.get(place, params={"maxResults": 1})).json()
        exact = (await client.get(place, params={"maxResults": 1, "formatOptions.useInt64Timestamp": "True"})).json()
    assert (plain["totalRows"], plain["pageToken"]) == (exact["totalRows"], "1")
    first, second = plain["rows"][0]["f"][1]["v"], exact["rows"][0]["f"][1]["v"]
    assert (first, second) == ("1483228810.0", "1483228810000000")


async def test_the_same_query_is_answered_from_the_cache_for_nothing(asked: AskedHubble) -> None:
    first = await asked.ended(NETWORK)
    again = await asked.ended(NETWORK)
    assert (first.cache_hit, again.cache_hit) == (False, True)
    assert (again.total_bytes_processed, again.total_bytes_billed) == (0, 0)
    assert await read(asked, again) == await read(asked, first)
    anew = await asked.ended(NETWORK, use_query_cache=False)
    other = await asked.ended(queries.network_since(ALWAYS))
    assert not anew.cache_hit
    assert anew.total_bytes_billed == first.total_bytes_billed
    assert not other.cache_hit


async def test_answers_are_kept_for_a_day(networks_dir: Path) -> None:
    clock = SteppedClock()
    async with asked_hubble(networks_dir, clock=clock) as asked:
        job = await asked.ended(NETWORK, "old")
        clock.at += DAY - timedelta(seconds=1)
        assert await read(asked, job, max_results=1)
        clock.at += timedelta(seconds=1)
        with pytest.raises(exceptions.NotFound, match="Not found: Table"):
            await read(asked, await asked.found("old"), page_size=5)
        assert not (await asked.ended(NETWORK)).cache_hit


@pytest.mark.parametrize(
    ("labels", "told"),
    [({}, "this one has no such label"), ({"stellarmap_query": "everything"}, "'everything' is none of them")],
)
async def test_a_query_it_does_not_know_is_refused_telling_those_it_does(
    asked: AskedHubble, labels: dict[str, str], told: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=told) as refused:
        await asked.begun(NETWORK, labels=labels)
    assert refused.value.errors[0]["reason"] == "invalidQuery"
    assert all(name in refused.value.message for name in queries.names())


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ((), "Query parameter 'creators' not found"),
        (queries.children([], ALWAYS).parameters[:1], "Query parameter 'since' not found"),
        (queries.standings_seed(1.0).parameters, "'creators' not found"),
    ],
)
async def test_parameters_that_are_missing_are_told(asked: AskedHubble, parameters: Any, told: str) -> None:
    config = QueryJobConfig(query_parameters=list(parameters), labels={"stellarmap_query": "children"})
    with pytest.raises(exceptions.BadRequest, match=told):
        await asked.call(lambda client: client.query("SELECT 1", config, retry=ONCE, job_retry=None))


async def test_what_is_not_there_is_not_found(asked: AskedHubble) -> None:
    with pytest.raises(exceptions.NotFound, match=r"Not found: Job sandbox:US\.none"):
        await asked.call(lambda client: client.get_job("none", retry=ONCE))
    await asked.ended(NETWORK, "here")
    with pytest.raises(exceptions.NotFound):
        await asked.call(lambda client: client.get_job("here", location="EU", retry=ONCE))
    with pytest.raises(exceptions.NotFound):
        await asked.call(lambda client: client.get_table("crypto-stellar.crypto_stellar.trades", retry=ONCE))


@pytest.mark.parametrize(
    ("name", "parted"),
    [
        ("crypto_stellar_dbt.enriched_history_operations", ("DAY", "closed_at")),
        ("crypto_stellar_dbt.accounts_current", None),
        ("crypto_stellar.history_ledgers", ("MONTH", "closed_at")),
        ("crypto_stellar.token_transfers_raw", ("DAY", "closed_at")),
    ],
)
async def test_tables_are_described_as_hubbles(asked: AskedHubble, name: str, parted: tuple[str, str] | None) -> None:
    table = await asked.call(lambda client: client.get_table(f"crypto-stellar.{name}", retry=ONCE))
    found = table.time_partitioning
    assert (found and (found.type_, found.field)) == parted
    assert table.num_bytes > table.num_rows > 0
    assert set(table.clustering_fields) <= {column.name for column in table.schema}
