"""What happened, as columns: one row an operation (or one of several transfers of one contract call), in TOID order."""

from collections.abc import Iterator
from typing import Final, Protocol

import msgspec

from stellarmap_sandbox.columns import Numbers, Typecode, new_column

CREATE: Final = 0  # a funder, b account, amount its starting balance
MERGE: Final = 1  # a account, b into, amount what it had
PAYMENT: Final = 2  # a from, b to, amount in XLM
ASSET_PAYMENT: Final = 3  # the same in an asset
CALL_CREATE: Final = 4  # a contract call moves XLM from a (an account or a contract) to b, which it creates
CALL_TRANSFER: Final = 5  # the same to an account that exists
SET_OPTIONS: Final = 6  # a source; its home domain
BUMP: Final = 7  # a source, amount the sequence number it jumps to
BEGIN_SPONSORING: Final = 8  # a sponsor, b sponsored
END_SPONSORING: Final = 9  # a sponsored, b sponsor

LAST_PAYMENT: Final = CALL_TRANSFER  # Horizon's /payments lists the kinds up to here
CREATIONS: Final = frozenset({CREATE, CALL_CREATE})
CALLS: Final = frozenset({CALL_CREATE, CALL_TRANSFER})
FAILED: Final = 64  # a bit of the kind: the transaction was not successful
KIND: Final = FAILED - 1

NONE: Final = -1
OPERATION_BITS: Final = (1 << 12) - 1  # of a TOID; without them it is its transaction's


Values = tuple[int, int, int, int, int]
"""One row: operation id, kind, a, b, amount."""


class Column(Protocol):
    """Integers in a row."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[int]: ...
    def __getitem__(self, position: int, /) -> int: ...
    def __setitem__(self, position: int, value: int, /) -> None: ...
    def append(self, value: int, /) -> None: ...


class Grown:
    """A column whose beginning stays where it is, in a file, and whose end grows in memory."""

    def __init__(self, beginning: Numbers, typecode: Typecode) -> None:
        self._beginning = beginning
        self._count = len(beginning)
        self._end = new_column(typecode)
        self.append = self._end.append

    def __len__(self) -> int:
        return self._count + len(self._end)

    def __iter__(self) -> Iterator[int]:
        yield from self._beginning
        yield from self._end

    def __getitem__(self, position: int) -> int:
        if position < self._count:
            return self._beginning[position]
        return self._end[position - self._count]

    def __setitem__(self, position: int, value: int) -> None:
        if position < self._count:
            self._beginning[position] = value
        else:
            self._end[position - self._count] = value


class Note(msgspec.Struct, frozen=True, array_like=True):
    """What few rows have besides their columns."""

    source: int = NONE  # of the operation, where it is not `a`
    transaction_source: int = NONE  # where it is not the source of the first operation
    sponsor: int = NONE  # of the created account
    muxed_id: int | None = None  # the source acts as a muxed account


NO_NOTE: Final = Note()

COLUMNS: Final[dict[str, Typecode]] = {"op": "q", "kind": "B", "a": "i", "b": "i", "amount": "q"}
"""The columns and the type of each."""


class Rows:
    """All rows of a network."""

    def __init__(self, columns: dict[str, Column], notes: dict[int, Note]) -> None:
        self.op, self.kind, self.a, self.b, self.amount = (columns[name] for name in COLUMNS)
        self.notes = notes

    def __len__(self) -> int:
        return len(self.op)

    def note(self, row: int) -> Note:
        """The row's note; one that says nothing for most."""
        return self.notes.get(row, NO_NOTE)

    def source(self, row: int) -> int:
        """The source account of the operation."""
        source = self.note(row).source
        return self.a[row] if source == NONE else source

    def first_of_operation(self, row: int) -> int:
        """The first row of the operation that `row` belongs to."""
        operation = self.op[row]
        while row and self.op[row - 1] == operation:
            row -= 1
        return row

    def operation(self, row: int) -> range:
        """The rows of the operation that `row` belongs to."""
        first, last, count = self.first_of_operation(row), row + 1, len(self.op)
        while last < count and self.op[last] == self.op[row]:
            last += 1
        return range(first, last)

    def first_of_transaction(self, row: int) -> int:
        """The first row of the transaction that `row` belongs to."""
        transaction = self.op[row] | OPERATION_BITS
        while row and self.op[row - 1] | OPERATION_BITS == transaction:
            row -= 1
        return row

    def transaction(self, row: int) -> range:
        """The rows of the transaction that `row` belongs to."""
        first, last, count = self.first_of_transaction(row), row + 1, len(self.op)
        while last < count and self.op[last] | OPERATION_BITS == self.op[row] | OPERATION_BITS:
            last += 1
        return range(first, last)

    def transaction_source(self, row: int) -> int:
        """The source account of the transaction that `row` belongs to."""
        first = self.first_of_transaction(row)
        source = self.note(first).transaction_source
        return self.source(first) if source == NONE else source

    def participants(self, row: int) -> Iterator[int]:
        """The accounts whose history this operation is part of; contracts have none. An account may come twice."""
        a, b = self.a[row], self.b[row]
        if a >= 0:
            yield a
        if b >= 0 and b != a:
            yield b
        note = self.notes.get(row)
        if note:
            if note.source not in (NONE, a, b):
                yield note.source
            if note.sponsor not in (NONE, a, b, note.source):
                yield note.sponsor
