"""Hubble's tables, as BigQuery describes them: those columns that lineage needs, and a few by which the tables are known."""

from dataclasses import dataclass
from typing import Final

PROJECT: Final = "crypto-stellar"
INTEGER, FLOAT, STRING, BOOLEAN, TIMESTAMP = "INTEGER", "FLOAT", "STRING", "BOOLEAN", "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or of an answer."""

    name: str
    kind: str

    def resource(self) -> dict[str, str]:
        """The column as BigQuery describes it."""
        return {"name": self.name, "type": self.kind, "mode": "NULLABLE"}


@dataclass(frozen=True, slots=True)
class Parting:
    """How a table lies in partitions."""

    by: str  # DAY or MONTH
    column: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of Hubble."""

    dataset: str
    name: str
    columns: tuple[Column, ...]
    parting: Parting | None
    clustering: tuple[str, ...]

    @property
    def reference(self) -> dict[str, str]:
        """Its name as BigQuery writes it."""
        return {"projectId": PROJECT, "datasetId": self.dataset, "tableId": self.name}


def columns_of(**kinds: str) -> tuple[Column, ...]:
    """Columns by name, in order."""
    return tuple(Column(name, kind) for name, kind in kinds.items())


OPERATIONS: Final = Table(
    "crypto_stellar_dbt",
    "enriched_history_operations",
    columns_of(
        op_id=INTEGER,
        op_source_account=STRING,
        transaction_id=INTEGER,
        type=INTEGER,
        type_string=STRING,
        account=STRING,
        funder=STRING,
        starting_balance=FLOAT,
        into=STRING,
        transaction_hash=STRING,
        ledger_sequence=INTEGER,
        successful=BOOLEAN,
        closed_at=TIMESTAMP,
    ),
    Parting("DAY", "closed_at"),
    ("ledger_sequence", "transaction_id", "type"),
)
ACCOUNTS: Final = Table(
    "crypto_stellar_dbt",
    "accounts_current",
    columns_of(
        account_id=STRING,
        balance=FLOAT,
        sequence_number=INTEGER,
        min_sequence_number=INTEGER,
        num_subentries=INTEGER,
        flags=INTEGER,
        home_domain=STRING,
        last_modified_ledger=INTEGER,
        deleted=BOOLEAN,
        batch_run_date=TIMESTAMP,
    ),
    None,
    ("account_id",),
)
LEDGERS: Final = Table(
    "crypto_stellar",
    "history_ledgers",
    columns_of(sequence=INTEGER, ledger_hash=STRING, closed_at=TIMESTAMP, operation_count=INTEGER),
    Parting("MONTH", "closed_at"),
    ("sequence", "closed_at"),
)
TRANSFERS: Final = Table(
    "crypto_stellar",
    "token_transfers_raw",
    columns_of(
        transaction_hash=STRING,
        transaction_id=INTEGER,
        operation_id=INTEGER,
        event_topic=STRING,
        **{"from": STRING, "to": STRING},
        asset_type=STRING,
        amount_raw=STRING,
        contract_id=STRING,
        ledger_sequence=INTEGER,
        closed_at=TIMESTAMP,
    ),
    Parting("DAY", "closed_at"),
    ("ledger_sequence", "transaction_id"),
)
TABLES: Final = {(table.dataset, table.name): table for table in (OPERATIONS, ACCOUNTS, LEDGERS, TRANSFERS)}
