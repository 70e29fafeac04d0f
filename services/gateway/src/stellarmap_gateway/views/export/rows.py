"""Children as lines of CSV."""

from collections.abc import AsyncIterator

from stellarmap_common.domain.amounts import decimal_from_stroops
from stellarmap_common.domain.csv_lines import csv_lines
from stellarmap_gateway.schemas.common import Life
from stellarmap_gateway.views.export.portions import Exported

END = "end"  # in the first column of the last line: without it the file was cut short
COLUMNS = (
    *("row", "network", "network_key", "as_of", "creator", "creator_created_op", "address", "created_op", "kind"),
    *("exact", "ledger", "created_at", "starting_balance_xlm", "transaction_hash", "transaction_source", "sponsor"),
    *("ended_op", "ended_at", "merged_into", "source"),
)


async def as_csv(what: Exported) -> AsyncIterator[str]:
    """A line of names, one for each child, and the last line, which says that it is."""
    head, written = what.head, 0
    common = {
        "network": head.network,
        "network_key": head.network_key,
        "as_of": head.as_of,
        "creator": head.address,
    }
    yield csv_lines([COLUMNS])
    async for lives in what.portions:
        rows = [{**_cells(life), **common, "row": row} for row, life in enumerate(lives, written + 1)]
        yield csv_lines(map(row.get, COLUMNS) for row in rows)
        written += len(lives)
    yield csv_lines([map({**common, "row": END}.get, COLUMNS)])


def _cells(life: Life) -> dict[str, object]:
    balance = life.starting_balance_stroops
    return {**dict(life), "starting_balance_xlm": None if balance is None else decimal_from_stroops(int(balance))}
