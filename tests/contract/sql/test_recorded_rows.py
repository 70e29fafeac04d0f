"""The queries on rows that Hubble's loader wrote of the public network: among them five creations that failed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_ingest_bigquery import query as queries
from stellarmap_ingest_bigquery.query import OnDays, Query
from tests.support.bigquery import ALWAYS
from tests.support.hubble import ACCOUNTS, CONTRACT_CALL, LEDGERS, OPERATIONS, TRANSFERS, HubbleTables, hubble_tables

DATA = Path(__file__).parents[2] / "data" / "hubble"
DAY = datetime(2020, 7, 28, tzinfo=UTC)


def recorded(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]


def creations() -> list[dict[str, Any]]:
    return [row["details"] for row in recorded("operations") if row["type_string"] == "create_account"]


def tables_of(*, all_successful: bool = False) -> Iterator[HubbleTables]:
    with hubble_tables() as tables:
        tables.add(OPERATIONS, (operation(row, all_successful=all_successful) for row in recorded("operations")))
        tables.add(LEDGERS, ((row["sequence"], time(row)) for row in recorded("ledgers")))
        tables.add(ACCOUNTS, (account(row) for row in recorded("accounts")))
        tables.add(TRANSFERS, (transfer(row) for row in recorded("token_transfers")))
        yield tables


@pytest.fixture
def tables() -> Iterator[HubbleTables]:
    yield from tables_of()


@pytest.fixture
def careless() -> Iterator[HubbleTables]:
    """As if all that was tried had succeeded."""
    yield from tables_of(all_successful=True)


def operation(row: dict[str, Any], *, all_successful: bool) -> tuple[Any, ...]:
    told, wanted = row["details"], ("account", "funder", "starting_balance", "into")
    successful = all_successful or row["operation_trace_code"].endswith("Success")
    return row["id"], row["type"], *map(told.get, wanted), row["ledger_sequence"], successful, time(row)


def account(row: dict[str, Any]) -> tuple[Any, ...]:
    first = row["sequence_number"] >> 32 << 32
    xlm = row["balance"] / 10**7
    named = (row["home_domain"], row["last_modified_ledger"], row["deleted"])
    return row["account_id"], xlm, row["sequence_number"], first, *named


def transfer(row: dict[str, Any]) -> tuple[Any, ...]:
    named = (
        "operation_id",
        "event_topic",
        "asset_type",
        "from",
        "to",
        "amount_raw",
        "transaction_hash",
        "ledger_sequence",
    )
    return *(row[name] for name in named), time(row)


def time(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["closed_at"]).replace(tzinfo=None)


def asking() -> list[Query]:
    """Every query that could tell of a creation."""
    accounts = [Address(each["account"]) for each in creations()]
    funders = [Address(each["funder"]) for each in creations()]
    return [
        queries.lives([], OnDays(accounts, {DAY.date()}), accounts, ALWAYS),
        queries.lives_cheap(accounts, accounts),
        queries.children(funders, ALWAYS),
        queries.children_cheap(funders),
        queries.network(),
        queries.network_since(DAY),
    ]


def test_there_are_five_creations_that_failed() -> None:
    assert len(creations()) == 5


@pytest.mark.parametrize("query", asking(), ids=lambda query: query.name)
def test_a_creation_that_failed_is_told_by_none(query: Query, tables: HubbleTables, careless: HubbleTables) -> None:
    assert tables.answer(query) == []
    assert careless.answer(query)


def test_where_the_lives_of_recorded_accounts_lie(tables: HubbleTables) -> None:
    accounts = sorted(recorded("accounts"), key=lambda row: str(row["account_id"]))
    found = tables.answer(queries.account_ledgers([Address(row["account_id"]) for row in accounts]))
    assert [row[:3] for row in found] == [
        (row["account_id"], row["sequence_number"] >> 32, row["sequence_number"] >> 32) for row in accounts
    ]
    assert found[0][:5] == ("GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7", 0, 0, False, 23_016)


def test_the_richest_of_the_recorded_accounts_come_first(tables: HubbleTables) -> None:
    found = tables.answer(queries.standings_seed(1_000_000.0))
    assert [row[1] for row in found] == [99_989_997_959.99956, 57_221_956.0474475, 9_996_799.9992]


def natives() -> list[dict[str, Any]]:
    return [row for row in recorded("token_transfers") if row["asset_type"] == "native"]


def first_transfers() -> Query:
    """What the receivers were sent first."""
    return queries.completions([], OnDays(sorted({Address(row["to"]) for row in natives()}), {DAY.date()}), [], DAY)


def test_what_was_sent_by_payments_created_nobody(tables: HubbleTables) -> None:
    assert natives()
    assert tables.answer(first_transfers()) == []


def test_the_first_xlm_that_a_contract_call_sent_is_told_of_each_ledger(tables: HubbleTables) -> None:
    """As if the recorded transfers had been made by calls: there were none yet."""
    operations = {(row["operation_id"], row["ledger_sequence"], time(row)) for row in natives()}
    calls = [(op, CONTRACT_CALL, None, None, None, None, ledger, True, at) for op, ledger, at in sorted(operations)]
    tables.add(OPERATIONS, calls)
    found = tables.answer(first_transfers())
    assert {(row[2], row[0]) for row in found} == {(row["to"], row["operation_id"]) for row in natives()}
    assert [row[0] for row in found] == sorted(row[0] for row in found)
