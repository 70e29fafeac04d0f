"""Rows of a whole network as an export has them, made from a seed: a forest with hubs, and merges."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from tests.support.big_store import FIRST_CLOSE, SECONDS_A_LEDGER, BigNetwork

SCHEMA = pa.schema(
    [
        ("op_id", pa.int64()),
        ("closed_at", pa.timestamp("us", "UTC")),
        ("account", pa.string()),
        ("funder", pa.string()),
        ("starting_balance", pa.float64()),
        ("merged_into", pa.string()),
    ]
)
MERGED_EVERY = 10  # account without children ends
LATER = 500  # creations after its own
GROUP = 500_000
_FIRST_MICROS = round((FIRST_CLOSE - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)

Row = tuple[int, int, str, str | None, float | None, str | None]


def rows_of(network: BigNetwork) -> Iterator[Row]:
    """Every creation and merge in operation order."""
    makers = {number: network.address(number) for number in network.children}
    for number in range(1, len(network) + 1):
        op = network.operations[number]
        maker = makers[network.creators[number]]
        yield op, closed_micros(op), makers.get(number) or network.address(number), maker, number % 1_000 + 0.5, None
        ended = number - LATER
        if ended > 0 and ended % MERGED_EVERY == 0 and ended not in makers:
            yield op + 1, closed_micros(op), network.address(ended), None, None, maker


def write_parquet(network: BigNetwork, path: Path) -> int:
    """Afterwards the file holds all rows; how many they are."""
    left, rows = rows_of(network), 0
    part = path.with_suffix(".part")
    with parquet.ParquetWriter(part, SCHEMA) as writer:
        while some := list(islice(left, GROUP)):
            writer.write_table(table_of(some))
            rows += len(some)
    part.rename(path)
    return rows


def table_of(rows: list[Any]) -> pa.Table:
    """The rows as a table."""
    columns = list(zip(*rows, strict=True))
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def closed_micros(op: int) -> int:
    """When the operation's ledger closed."""
    return _FIRST_MICROS + SECONDS_A_LEDGER * 1_000_000 * (op >> 32)
