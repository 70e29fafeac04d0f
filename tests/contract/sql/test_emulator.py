"""Each file of SQL, run by bqemulator: optional (`make emulator`), since it needs an environment of its own.

It translates by rules of its own and is asked by Google's client: a second opinion of what BigQuery makes of our SQL.
"""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import Client, QueryJobConfig, SchemaField, Table

from stellarmap_ingest_bigquery import query as queries
from stellarmap_ingest_bigquery.query import OnDays, Query
from stellarmap_sandbox.spec import FIRST_CLOSE, NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.bigquery import ALWAYS
from tests.support.hubble import ACCOUNTS, LEDGERS, OPERATIONS, TRANSFERS, HubbleTables, fill, hubble_tables
from tests.support.sandbox import SEED, SMALL, made_network

URL = os.environ.get("STELLARMAP_BIGQUERY_EMULATOR", "")
KINDS = {"BIGINT": "INT64", "VARCHAR": "STRING", "DOUBLE": "FLOAT64", "BOOLEAN": "BOOL", "TIMESTAMP": "TIMESTAMP"}
AT_ONCE = 500  # rows

pytestmark = pytest.mark.skipif(not URL, reason="bqemulator is not asked for: `make emulator` starts it")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return Truth(made_network(tmp_path_factory.mktemp("network"), NetworkSpec(SEED, SMALL)))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, truth: Truth) -> Iterator[HubbleTables]:
    network = made_network(tmp_path_factory.mktemp("network"), NetworkSpec(SEED, SMALL))
    with hubble_tables() as tables:
        fill(tables, network, truth)
        yield tables


@pytest.fixture(scope="module")
def emulator(tables: HubbleTables) -> Iterator[Client]:
    """The emulator, with the same rows in tables of the same names."""
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth has no annotation there
    client = Client("crypto-stellar", credentials=anonymous, client_options=ClientOptions(api_endpoint=URL))
    for dataset in ("crypto_stellar", "crypto_stellar_dbt"):
        client.delete_dataset(dataset, delete_contents=True, not_found_ok=True)
        client.create_dataset(dataset)
    for name in (OPERATIONS, ACCOUNTS, LEDGERS, TRANSFERS):
        columns, rows = tables.content(name)
        schema = [SchemaField(column, KINDS[kind]) for column, kind in columns.items()]
        table = client.create_table(Table(name.replace('"', ""), schema))
        for start in range(0, len(rows), AT_ONCE):
            sent = [dict(zip(columns, row, strict=True)) for row in rows[start : start + AT_ONCE]]
            assert client.insert_rows(table, sent) == []
    yield client
    client.close()  # type: ignore[no-untyped-call] # nor has its client


def asked(truth: Truth, name: str) -> Query:
    """The query of that name, of everybody and all time."""
    accounts = list(truth.accounts())
    on_days = OnDays(accounts[::3], [FIRST_CLOSE.date() + timedelta(days=day) for day in range(0, 3_300, 7)])
    return {
        "account_ledgers": queries.account_ledgers(accounts),
        "lives": queries.lives([], on_days, accounts[::2], ALWAYS),
        "lives_cheap": queries.lives_cheap(accounts, accounts),
        "children": queries.children(accounts, ALWAYS),
        "children_cheap": queries.children_cheap(accounts),
        "completions": queries.completions([], on_days, accounts[::2], ALWAYS),
        "network": queries.network(),
        "network_since": queries.network_since(FIRST_CLOSE + timedelta(days=1_500)),
        "standings_seed": queries.standings_seed(100.0),
        "balances": queries.balances(accounts[::2]),
    }[name]


@pytest.mark.parametrize("name", queries.names())
def test_the_emulator_selects_the_same(name: str, truth: Truth, emulator: Client, tables: HubbleTables) -> None:
    query = asked(truth, name)
    # It takes the parameters that a comment names for some of the query's: BigQuery reads no comments.
    text = "\n".join(line for line in query.text.splitlines() if not line.startswith("--"))
    config = QueryJobConfig(query_parameters=list(query.parameters))
    found = [row.values() for row in emulator.query(text, config, job_retry=None).result()]
    assert found == tables.answer(query)
    assert found
