"""Where the rows of an import come from."""

from collections.abc import AsyncIterator
from typing import Protocol

import pyarrow as pa

from stellarmap_common.errors import PermanentError

COLUMNS = ("op_id", "closed_at", "account", "funder", "starting_balance", "merged_into")
"""As `queries/network.sql` selects them. A row with a funder is a creation, one with `merged_into` a merge."""

ROWS_TOGETHER = 20_000


class UnreadableRows(PermanentError):
    """The rows cannot be read; the message names the place, and what to do."""


class RowSource(Protocol):
    """Rows in order of operation: the same ones in the same order, however often they are read."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def identity(self) -> str:
        """The same text is the same rows."""
        ...

    @property
    def rows(self) -> int | None:
        """How many there are; None: not known before they are read."""
        ...

    @property
    def size(self) -> int:
        """Bytes that are read for all of them."""
        ...

    def batches(self, first: int) -> AsyncIterator[pa.RecordBatch]:
        """The rows from number `first` on (0: all), in batches of at most ROWS_TOGETHER, with at least the COLUMNS.

        Values may be text, as CSV has them. Raises: UnreadableRows, SourceUnavailable.
        """
        ...
