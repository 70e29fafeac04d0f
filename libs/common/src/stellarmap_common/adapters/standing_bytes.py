"""Standings as bytes: what the stores keep of a tracker's book that nobody searches by, as MessagePack."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import msgspec

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.standing import (
    ChangeReason,
    ChangeType,
    HeldBalance,
    JournalRow,
    Movement,
    Standing,
    StandingChange,
    StandingStep,
    seen_at,
)
from stellarmap_common.ports.standing_store import Board, BoardRow, ChangeQuery

CHUNK = 50  # ranks of the board that are written together

HeldValues = tuple[int, int, int, int, datetime, str | None]
"""A balance without its account."""
_Moved = tuple[Address, HeldValues | None, HeldValues, str, bool]  # account, before, after, cause, discovered
_Changed = tuple[
    ChangeType, ChangeReason, tuple[StandingStep, ...], Standing | None, int, int, str, str | None
]  # type, reason, steps, after, balance, ledger, cause, home_domain
_Row = tuple[
    JournalRow, tuple[_Moved, ...], tuple[tuple[Address, datetime, _Changed], ...]
]  # the first without the others

_packed = msgspec.msgpack.Encoder().encode
_NOTHING = _packed(())
_row = msgspec.msgpack.Decoder(_Row).decode
_held = msgspec.msgpack.Decoder(HeldValues).decode
_moved = msgspec.msgpack.Decoder(tuple[_Moved, ...]).decode
_left = msgspec.msgpack.Decoder(tuple[tuple[Address, msgspec.Raw, HeldValues, msgspec.Raw, bool], ...]).decode
_changed = msgspec.msgpack.Decoder(_Changed).decode
_board = msgspec.msgpack.Decoder(Board).decode
_board_rows = msgspec.msgpack.Decoder(tuple[BoardRow, ...]).decode


class PackedRow(NamedTuple):
    """A journal row as bytes: all of it, and what of it is stored beside the journal too."""

    row: JournalRow
    whole: bytes
    movements: bytes | None  # None if there is none
    changes: tuple[bytes, ...]  # each without of whom and when it is told


def packed_row(row: JournalRow) -> PackedRow:
    """The row, packed. Without the names of fields it is half as long, and the journal is what everybody waits for."""
    movements = packed_movements(row)
    changes = tuple(map(packed_change, row.changes))
    told = [
        (one.account.address, one.at, msgspec.Raw(packed)) for one, packed in zip(row.changes, changes, strict=True)
    ]
    head = replace(row, movements=(), changes=())
    return PackedRow(row, _packed((head, msgspec.Raw(movements or _NOTHING), told)), movements, changes)


def row_of(packed: bytes) -> JournalRow:
    """The row that was packed."""
    row, movements, changes = _row(packed)
    return replace(
        row,
        movements=tuple(_movement(values) for values in movements),
        changes=tuple(_change(AccountRef(row.network, address), at, values) for address, at, values in changes),
    )


def packed_balance(held: HeldBalance) -> bytes:
    """What is known of the account, except which it is."""
    return _packed(held_values(held))


def balance_of(account: Address, packed: bytes) -> HeldBalance:
    """The balance that was packed."""
    return _balance(account, _held(packed))


def packed_movements(row: JournalRow) -> bytes | None:
    """The movements of the row; None if there is none.

    All of them: by a lower threshold tomorrow, where a small account stood today is known.
    """
    return _packed([_move_values(movement) for movement in row.movements]) if row.movements else None


def movements_of(packed: bytes) -> Iterator[Movement]:
    """The movements that were packed, in their order."""
    return map(_movement, _moved(packed))


def balances_left_by(packed: bytes) -> Iterator[tuple[Address, HeldValues]]:
    """Each account of the movements that were packed with its balance since, in their order."""
    return ((account, after) for account, _, after, _, _ in _left(packed))


def packed_change(change: StandingChange) -> bytes:
    """What is told of the change, except of whom and when."""
    return _packed(_change_values(change))


def change_of(account: AccountRef, at: datetime, packed: bytes) -> StandingChange:
    """The change that was packed."""
    return _change(account, at, _changed(packed))


def asked_for(changes: Iterable[StandingChange], query: ChangeQuery) -> Iterator[StandingChange]:
    """Those of the query's types and threshold; with a threshold, each with that step alone."""
    for change in changes:
        if query.types and change.type not in query.types:
            continue
        seen = change if query.threshold_xlm is None else seen_at(change, query.threshold_xlm)
        if seen is not None:
            yield seen


def change_id(id_: str) -> bytes:
    """The id of a change in sixteen bytes, which are in the order of the texts."""
    return bytes.fromhex(id_.replace("-", ""))


def packed_head(board: Board) -> bytes:
    """All of the board except its rows."""
    return _packed(replace(board, rows=()))


def packed_chunks(board: Board) -> list[bytes]:
    """The rows of the board, fifty ranks each."""
    return [_packed(board.rows[first : first + CHUNK]) for first in range(0, len(board.rows), CHUNK)]


def board_of(head: bytes, chunks: Iterable[bytes]) -> Board:
    """The board that was packed."""
    return replace(_board(head), rows=tuple(row for chunk in chunks for row in _board_rows(chunk)))


def held_values(held: HeldBalance) -> HeldValues:
    """The balance without its account."""
    return held[1:]


def latest_balances(row: JournalRow) -> dict[Address, HeldBalance]:
    """What the row leaves of each account that it moves."""
    return {movement.after.account: movement.after for movement in row.movements}


def latest_standings(changes: Sequence[StandingChange]) -> dict[tuple[Address, int], Standing | None]:
    """What the changes leave recorded of each account at each threshold; None where it does not stand any more."""
    return {(change.account.address, step.threshold_xlm): change.after for change in changes for step in change.steps}


def _balance(account: Address, values: HeldValues) -> HeldBalance:
    return HeldBalance(account, *values)


def _move_values(movement: Movement) -> _Moved:
    before, after, cause, discovered = movement
    return after.account, before and held_values(before), held_values(after), cause, discovered


def _movement(values: _Moved) -> Movement:
    account, before, after, cause, discovered = values
    return Movement(before and _balance(account, before), _balance(account, after), cause, discovered)


def _change_values(change: StandingChange) -> _Changed:
    return (
        change.type,
        change.reason,
        change.steps,
        change.after,
        change.balance_stroops,
        change.ledger,
        change.cause,
        change.home_domain,
    )


def _change(account: AccountRef, at: datetime, values: _Changed) -> StandingChange:
    type_, reason, steps, after, balance, ledger, cause, home_domain = values
    return StandingChange(
        account=account,
        type=type_,
        reason=reason,
        steps=steps,
        after=after,
        balance_stroops=balance,
        ledger=ledger,
        at=at,
        cause=cause,
        home_domain=home_domain,
    )
