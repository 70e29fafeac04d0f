"""A batch of rows as facts. A row that is no fact is told with its number and the reason, and never lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import pyarrow as pa

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import NetworkKey
from stellarmap_ingest_bigquery.importing.rows import COLUMNS
from stellarmap_ingest_bigquery.mapping import InvalidRow, creation_of, end_of

T = TypeVar("T")
Values = Sequence[Any]  # as pyarrow gives them

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is no fact."""

    row: int  # number in the source, from 1, as people count
    reason: str
    values: tuple[object, ...]  # as COLUMNS


@dataclass(slots=True, kw_only=True)
class Facts:
    """What a batch of rows holds."""

    rows: int
    first_op: int | None = None  # the smallest, also of rows that were left out
    last_op: int = 0
    last_at: datetime | None = None
    creations: list[Creation] = field(default_factory=list)
    ends: list[AccountEnd] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0  # from before `since`


def facts_of(network: NetworkKey, batch: pa.RecordBatch, first: int, since: datetime | None) -> Facts:
    """The facts of the rows, of which the first has the number `first`; without those that closed before `since`."""
    ops, times, accounts, funders, balances, heirs = (_values(batch.column(name), name) for name in COLUMNS)
    facts = Facts(rows=batch.num_rows, first_op=min((op for op in ops if isinstance(op, int)), default=None))
    rows = zip(ops, times, accounts, funders, balances, heirs, strict=True)
    for number, (op, time, account, funder, balance, heir) in enumerate(rows, first):
        try:
            closed_at = time if time is None else _moment(time)
            if since and closed_at and closed_at < since:
                facts.skipped += 1
                continue
            if funder is not None and heir is None:
                facts.creations.append(creation_of(network, op, closed_at, account, funder, _number(balance)))
            elif heir is not None and funder is None:
                facts.ends.append(end_of(network, op, closed_at, account, heir))
            else:
                raise InvalidRow(_neither(funder))  # noqa: TRY301 - told where those of the columns are
        except InvalidRow as invalid:
            facts.rejects.append(Reject(number + 1, str(invalid), (op, time, account, funder, balance, heir)))
            continue
        if op >= facts.last_op:
            facts.last_op, facts.last_at = op, closed_at or facts.last_at
    return facts


def _values(column: pa.Array, name: str) -> Values:
    """The values of a column; times as microseconds. What cannot be read as it should stays the text it is."""
    if name == "op_id" and not pa.types.is_integer(column.type):
        return _each(column.to_pylist(), int)
    if name == "closed_at" and pa.types.is_timestamp(column.type):
        micros: Values = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_pylist()
        return micros
    values: Values = column.to_pylist()
    return values


def _each(values: Values, read: Callable[[Any], T]) -> list[T | Any]:
    found = []
    for value in values:
        try:
            found.append(read(value))
        except (TypeError, ValueError):
            found.append(value)
    return found


@lru_cache(maxsize=1_000)  # the rows of a ledger stand together
def _moment(time: int | str) -> datetime:
    if isinstance(time, int):
        return _EPOCH + timedelta(microseconds=time)
    try:
        told = datetime.fromisoformat(time.replace(" UTC", "+00:00"))
    except (AttributeError, ValueError):
        raise InvalidRow(f"closed_at: {str(time)[:40]!r} is no time") from None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _number(balance: Any) -> float | None:  # noqa: ANN401 - a float, a decimal or text
    if balance is None or isinstance(balance, float):
        return balance
    try:
        return float(balance)
    except (TypeError, ValueError):
        raise InvalidRow(f"starting_balance: {str(balance)[:40]!r} is no number") from None


def _neither(funder: object) -> str:
    if funder is None:
        return "it has neither funder nor merged_into: neither a creation nor a merge"
    return "it has both funder and merged_into: a creation or a merge, which of them is not said"
