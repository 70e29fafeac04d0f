"""Hubble's rows as facts of ours: here, and nowhere else, `funder` becomes creator and FLOAT64 becomes stroops."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog

from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.strkey import has_form
from stellarmap_common.domain.toid import Ledger, Toid, provisional_toid
from stellarmap_common.errors import SourceUnavailable

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]  # Any: the columns of a row are what its query selects

_STROOPS = 10_000_000
_EXACT_BELOW = (
    1 << 51
)  # up to here the two roundings of a FLOAT64, as it was written and times 10^7, are below half a stroop
_LARGEST = (1 << 63) - 1


class InvalidRow(ValueError):
    """A row that is no fact; the message says of which column, and why."""


def creation_of(  # noqa: PLR0913, PLR0917 - the columns of a row
    network: NetworkKey,
    op_id: int,
    closed_at: datetime | None,
    account: str,
    funder: str,
    starting_balance: float | None,
) -> Creation:
    """An exact creation. Raises: InvalidRow."""
    return Creation(
        network=network,
        account=_key("account", account),
        created_op=_operation(op_id),
        creator=_key("funder", funder),
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.BIGQUERY,
        created_at=closed_at,
        starting_balance_stroops=stroops_of(starting_balance),
    )


def end_of(network: NetworkKey, op_id: int, closed_at: datetime | None, account: str, merged_into: str) -> AccountEnd:
    """An exact end. Raises: InvalidRow."""
    return AccountEnd(
        network=network,
        account=_key("account", account),
        end_op=_operation(op_id),
        merged_into=_key("merged_into", merged_into),
        source=Source.BIGQUERY,
        ended_at=closed_at,
    )


def stroops_of(xlm: float | None) -> int | None:
    """The amount, where FLOAT64 still tells it exactly: below 225 million XLM. None: it is to be read elsewhere."""
    if xlm is None:
        return None
    stroops = round(xlm * _STROOPS)
    return stroops if 0 <= stroops < _EXACT_BELOW else None


@contextmanager
def row_left_out(network: NetworkKey, row: Row) -> Iterator[None]:
    """A row that cannot be read is told in the log and left out: it is about one account, and a thousand may wait with it."""
    try:
        yield
    except SourceUnavailable as error:
        log.error("row_left_out", network=network, account=str(row.get("account"))[:60], told=str(error))  # noqa: TRY400 - that says all


def creation_of_row(network: NetworkKey, row: Row) -> Creation:
    """The creation that a row with a funder is. Raises: SourceUnavailable."""
    try:
        return creation_of(
            network, row["op_id"], row["closed_at"], row["account"], row["funder"], row["starting_balance"]
        )
    except InvalidRow as error:
        raise _unreadable(error) from error


def end_of_row(network: NetworkKey, row: Row) -> AccountEnd:
    """The merge that a row without a funder is. Raises: SourceUnavailable."""
    try:
        return end_of(network, row["op_id"], row["closed_at"], row["account"], row["merged_into"])
    except InvalidRow as error:
        raise _unreadable(error) from error


def provisional_creation(
    network: NetworkKey, row: Row, ledger: Ledger, closed_at: datetime | None, *, creator: str = "funder"
) -> Creation:
    """A creation of which the ledger alone is known. Raises: SourceUnavailable."""
    try:
        return creation_of(
            network, provisional_toid(ledger), closed_at, row["account"], row[creator], row["starting_balance"]
        )
    except InvalidRow as error:
        raise _unreadable(error) from error


def unplaced_creation(network: NetworkKey, row: Row, *, creator: str = "funder") -> UnplacedCreation:
    """A creation of which not even the ledger is known. Raises: SourceUnavailable."""
    try:
        return UnplacedCreation(
            network=network,
            account=_key("account", row["account"]),
            creator=_key(creator, row[creator]),
            source=Source.BIGQUERY,
        )
    except InvalidRow as error:
        raise _unreadable(error) from error


def contract_creation_of(network: NetworkKey, row: Row) -> Creation:
    """The creation that a transfer is, which was the first to an account that nobody created. Raises: SourceUnavailable."""
    try:
        return Creation(
            network=network,
            account=_key("account", row["account"]),
            created_op=_operation(row["op_id"]),
            creator=_key("creator", row["creator"]),
            kind=CreationKind.CONTRACT_TRANSFER,
            source=Source.BIGQUERY,
            created_at=row["closed_at"],
            transaction_hash=row["transaction_hash"],
            starting_balance_stroops=int(row["amount_raw"]),
        )
    except (InvalidRow, ValueError, TypeError) as error:
        raise _unreadable(error) from error


def _key(column: str, value: object) -> Address:
    if not isinstance(value, str) or not has_form(value):
        raise InvalidRow(f"{column}: {str(value)[:70]!r} has not the form of an address")
    return Address(value)


def _operation(value: object) -> Toid:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LARGEST:
        raise InvalidRow(f"op_id: {str(value)[:40]!r} is no operation id")
    return Toid(value)


def _unreadable(why: Exception) -> SourceUnavailable:
    return SourceUnavailable(f"BigQuery sent a row that cannot be read: {why}")
