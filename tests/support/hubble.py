"""Tables of Hubble's form in DuckDB, made of what is true of a simulated network; BigQuery's SQL, translated, runs on them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import duckdb
import pyarrow as pa
import sqlglot
from google.cloud.bigquery import ArrayQueryParameter

from stellarmap_ingest_bigquery.query import Query
from stellarmap_sandbox.bigquery.accounts import last_modified_ledger
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.profiles import home_domain
from stellarmap_sandbox.rows import ASSET_PAYMENT, CALLS, CREATE, FAILED, KIND, MERGE, PAYMENT
from stellarmap_sandbox.sequences import sequence_of_account
from stellarmap_sandbox.spec import close_time
from stellarmap_sandbox.truth import Truth
from tests.support.bigquery import Rows

Row = tuple[Any, ...]

OPERATIONS: Final = '"crypto-stellar".crypto_stellar_dbt.enriched_history_operations'
ACCOUNTS: Final = '"crypto-stellar".crypto_stellar_dbt.accounts_current'
LEDGERS: Final = '"crypto-stellar".crypto_stellar.history_ledgers'
TRANSFERS: Final = '"crypto-stellar".crypto_stellar.token_transfers_raw'
CONTRACT_CALL: Final = 24  # the type of an operation that calls a contract
_SCHEMA: Final = f"""
ATTACH ':memory:' AS "crypto-stellar";
CREATE SCHEMA "crypto-stellar".crypto_stellar_dbt;
CREATE SCHEMA "crypto-stellar".crypto_stellar;
CREATE TABLE {OPERATIONS} (op_id BIGINT, type BIGINT, account TEXT, funder TEXT, starting_balance DOUBLE, "into" TEXT,
  ledger_sequence BIGINT, successful BOOLEAN, closed_at TIMESTAMP);
CREATE TABLE {ACCOUNTS} (account_id TEXT, balance DOUBLE, sequence_number BIGINT, min_sequence_number BIGINT,
  home_domain TEXT, last_modified_ledger BIGINT, deleted BOOLEAN);
CREATE TABLE {LEDGERS} (sequence BIGINT, closed_at TIMESTAMP);
CREATE TABLE {TRANSFERS} (operation_id BIGINT, event_topic TEXT, asset_type TEXT, "from" TEXT, "to" TEXT, amount_raw TEXT,
  transaction_hash TEXT, ledger_sequence BIGINT, closed_at TIMESTAMP);
"""


class HubbleTables:
    """The four tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(_SCHEMA)

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """The table has these rows too."""
        columns = zip(*rows, strict=True)
        added = pa.table({f"column{place}": list(column) for place, column in enumerate(columns)})
        if added.num_columns:
            self._connection.register("added", added)
            self._connection.execute(f"INSERT INTO {table} SELECT * FROM added")  # noqa: S608 - a table of ours

    def content(self, table: str) -> tuple[dict[str, str], list[Row]]:
        """The table's columns with their types, and its rows."""
        found = self._connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - a table of ours
        return {name: str(kind) for name, kind, *_ in found.description or ()}, found.fetchall()

    def answer(self, query: Query) -> Rows:
        """What the SQL of the query, and nothing else, makes of the tables; times in UTC."""
        (translated,) = sqlglot.transpile(query.text, read="bigquery", write="duckdb")
        values = {str(each.name): _plain(each) for each in query.parameters}
        found = self._connection.execute(translated, values).fetchall()
        return [tuple(_aware(value) for value in row) for row in found]


@contextmanager
def hubble_tables() -> Iterator[HubbleTables]:
    """The tables, empty."""
    with duckdb.connect() as connection:
        yield HubbleTables(connection)


def fill(tables: HubbleTables, network: Network, truth: Truth) -> None:
    """The tables hold the network."""
    accounts = list(_accounts(network, truth))
    operations = list(_operations(network))
    told = {ledger for row in accounts for ledger in (row[2] >> 32, row[3] >> 32, row[5])}
    ledgers = (told | {row[6] for row in operations}).intersection(range(1, network.ledger + 1))
    tables.add(OPERATIONS, operations)
    tables.add(ACCOUNTS, accounts)
    tables.add(TRANSFERS, _transfers(network))
    # The others have neither operations nor the lives of accounts, and are left out: they are 57 millions.
    tables.add(LEDGERS, ((ledger, _closed_at(ledger)) for ledger in sorted(ledgers)))


def _operations(network: Network) -> Iterator[Row]:
    rows, address = network.rows, network.keys.address
    before = 0
    for row in range(len(rows)):
        operation, kind = rows.op[row], rows.kind[row]
        if operation == before:
            continue  # one more transfer of the same call
        before = operation
        a, b = rows.a[row], rows.b[row]
        account = funder = balance = into = None
        if kind & KIND == CREATE:
            account, funder, balance = address(b), address(a), rows.amount[row] / 10**7
        elif kind & KIND == MERGE:
            account, into = address(a), address(b)
        ledger = operation >> 32
        type_number = (
            CONTRACT_CALL if kind & KIND in CALLS else kind & KIND
        )  # of the others no query of ours asks for it
        yield operation, type_number, account, funder, balance, into, ledger, not kind & FAILED, _closed_at(ledger)


def _accounts(network: Network, truth: Truth) -> Iterator[Row]:
    for number, address in enumerate(truth.accounts()):
        creations, alive = truth.creations(address), truth.exists(address)
        yield (
            address,
            network.accounts.balance[number] / 10**7 if alive else 0.0,
            sequence_of_account(network, number)[0],
            creations[0].ledger << 32 if creations else 0,
            (home_domain(network, number) or "") if alive else "",
            last_modified_ledger(network, number),
            not alive,
        )


def _transfers(network: Network) -> Iterator[Row]:
    rows, address, hash_of = network.rows, network.keys.address, network.keys.transaction_hash
    for row in range(len(rows)):
        kind, operation = rows.kind[row], rows.op[row]
        if kind not in CALLS | {PAYMENT, ASSET_PAYMENT}:
            continue
        asset = "credit_alphanum4" if kind == ASSET_PAYMENT else "native"
        sender, to, ledger = address(rows.a[row]), address(rows.b[row]), operation >> 32
        told = (str(rows.amount[row]), hash_of(operation & ~0xFFF), ledger, _closed_at(ledger))
        yield operation, "transfer", asset, sender, to, *told


def _closed_at(ledger: int) -> datetime:
    return close_time(ledger).replace(tzinfo=None)


def _plain(parameter: Any) -> Any:
    """The value as DuckDB takes it: its times are of UTC and do not say so."""
    if isinstance(parameter, ArrayQueryParameter):
        return list(parameter.values)
    value = parameter.value
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
