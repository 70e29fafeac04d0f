"""Answers of queries: kept as numbers of rows, shown a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stellarmap_sandbox.bigquery.tables import BOOLEAN, FLOAT, INTEGER, STRING, TIMESTAMP, Column

MOST_ROWS: Final = 20_000
"""In one page: BigQuery ends a page at 10 MB, these are about 6."""

Row = tuple[Any, ...]  # a value a column: text, number, truth, or None; a TIMESTAMP as microseconds since 1970


@dataclass(frozen=True, slots=True)
class Answer:
    """All rows of an answer. It never changes, whatever the network does: each place is shown the same for ever."""

    columns: tuple[Column, ...]
    places: Sequence[int]
    shown: Callable[[int], Row]

    def page(self, start: int, most: int) -> list[Row]:
        """At most so many rows, from `start` on."""
        return [self.shown(place) for place in self.places[start : start + most]]


def rest_rows(columns: Sequence[Column], rows: Sequence[Row], *, int64_timestamps: bool) -> list[dict[str, Any]]:
    """The rows in the form of the REST API; times as microseconds, or as seconds with a fraction."""
    writers = [
        _micros if column.kind == TIMESTAMP and int64_timestamps else _WRITERS[column.kind] for column in columns
    ]
    return [
        {"f": [{"v": None if value is None else write(value)} for write, value in zip(writers, row, strict=True)]}
        for row in rows
    ]


def _micros(value: int) -> str:
    return str(value)


def _truth(value: bool) -> str:  # noqa: FBT001 - the value itself
    return "true" if value else "false"


def _seconds(value: int) -> str:
    return repr(value / 1_000_000)


_WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    INTEGER: str,
    FLOAT: repr,
    STRING: str,
    BOOLEAN: _truth,
    TIMESTAMP: _seconds,
}
