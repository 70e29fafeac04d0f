"""Standings as bytes: what the stores keep of a tracker's book that nobody searches by, as MessagePack."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

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

_Held = tuple[int, int, int, int, datetime, str | None]  # a balance without its account
_Moved = tuple[Address, _Held | None, _Held, str, bool]  # account, before, after, cause, discovered
_Changed = tuple[
    ChangeType, ChangeReason, tuple[StandingStep, ...], Standing | None, int, int, str, str | None
]  # type, reason, steps, after, balance, ledger, cause, home_domain
_Row = tuple[
    JournalRow, tuple[_Moved, ...], tuple[tuple[Address, datetime, _Changed], ...]
]  # the first without the others

_packed = msgspec.msgpack.Encoder().encode
_row = msgspec.msgpack.Decoder(_Row).decode
_held = msgspec.msgpack.Decoder(_Held).decode
_moved = msgspec.msgpack.Decoder(tuple[_Moved, ...]).decode
_left = msgspec.msgpack.Decoder(tuple[tuple[Address, msgspec.Raw, _Held, msgspec.Raw, bool], ...]).decode
_changed = msgspec.msgpack.Decoder(_Changed).decode
_board = msgspec.msgpack.Decoder(Board).decode
_board_rows = msgspec.msgpack.Decoder(tuple[BoardRow, ...]).decode


def packed_row(row: JournalRow) -> bytes:
    """All of a journal row. Without the names of fields it is half as long, and the journal is what everybody waits for."""
    changes = [(change.account.address, change.at, _change_values(change)) for change in row.changes]
    return _packed((replace(row, movements=(), changes=()), [_move_values(each) for each in row.movements], changes))


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
    return _packed(_values(held))


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


def balances_left_by(packed: bytes) -> Iterator[tuple[Address, HeldBalance]]:
    """Each account of the movements that were packed with its balance since, in their order."""
    return ((account, _balance(account, after)) for account, _, after, _, _ in _left(packed))


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


def latest_balances(row: JournalRow) -> dict[Address, HeldBalance]:
    """What the row leaves of each account that it moves."""
    return {movement.after.account: movement.after for movement in row.movements}


def latest_standings(changes: Sequence[StandingChange]) -> dict[tuple[Address, int], Standing | None]:
    """What the changes leave recorded of each account at each threshold; None where it does not stand any more."""
    return {(change.account.address, step.threshold_xlm): change.after for change in changes for step in change.steps}


def _values(held: HeldBalance) -> _Held:
    return held[1:]


def _balance(account: Address, values: _Held) -> HeldBalance:
    return HeldBalance(account, *values)


def _move_values(movement: Movement) -> _Moved:
    before, after, cause, discovered = movement
    return after.account, before and _values(before), _values(after), cause, discovered


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
