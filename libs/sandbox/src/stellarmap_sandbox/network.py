"""A network as it is now: its base history, mapped from files, and all that has happened since, in memory."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Final, overload

import msgspec

from stellarmap_sandbox.columns import Numbers, map_column
from stellarmap_sandbox.filling import CONTENTS, ENTRIES, OFFSETS, Contents, note_entries
from stellarmap_sandbox.generator.story import ACCOUNT_COLUMNS, Accounts
from stellarmap_sandbox.keys import FAILED_ONLY, Keyring
from stellarmap_sandbox.rows import COLUMNS, CREATIONS, NO_NOTE, NONE, Grown, Note, Rows, Values
from stellarmap_sandbox.spec import BASE_LEDGER, NetworkSpec

_NO_ENTRIES: Final = array("I")


class Entries(Sequence[int]):
    """The index entries of one account, in order: those of its base history, then the later ones."""

    def __init__(self, base: Numbers | None, later: "array[int]") -> None:
        self._base = base
        self._count = len(base) if base is not None else 0
        self._later = later

    def __len__(self) -> int:
        return self._count + len(self._later)

    @overload
    def __getitem__(self, position: int) -> int: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[int]: ...
    def __getitem__(self, position: int | slice) -> int | Sequence[int]:
        if isinstance(position, slice):
            return [self[place] for place in range(*position.indices(len(self)))]
        if position < 0:
            position += len(self)
        if self._base is not None and position < self._count:
            found: int = self._base[position]
            return found
        later: int = self._later[position - self._count]
        return later


class Network:
    """Rows, accounts and the index that finds an account's rows."""

    def __init__(self, spec: NetworkSpec, folder: Path) -> None:
        contents = msgspec.msgpack.decode((folder / CONTENTS).read_bytes(), type=Contents)
        self.spec = spec
        self.keys = Keyring(spec)
        self.cast = contents.cast
        self.ledger = BASE_LEDGER  # the last one that has closed
        self.rows = Rows(
            {name: Grown(map_column(folder / f"row_{name}", code), code) for name, code in COLUMNS.items()},
            contents.notes,
        )
        self.accounts = Accounts(
            {
                name: Grown(map_column(folder / f"account_{name}", code, private=True), code)
                for name, code in ACCOUNT_COLUMNS.items()
            }
        )
        self._offsets = map_column(folder / OFFSETS, "Q")
        self._entries = map_column(folder / ENTRIES, "I")
        self._later: dict[int, array[int]] = {
            number: array("I", (row << 1 for row in rows)) for number, rows in contents.failed_only.items()
        }

    def add(self, values: Values, note: Note) -> int:
        """One more row, which every account it is about can find: the sink of the living ledgers."""
        operation, kind, a, b, amount = values
        rows = self.rows
        row = len(rows)
        rows.op.append(operation)
        rows.kind.append(kind)
        rows.a.append(a)
        rows.b.append(b)
        rows.amount.append(amount)
        if note is not NO_NOTE:
            rows.notes[row] = note
        for number, entry in note_entries(rows, row):
            self._later.setdefault(number, array("I")).append(entry)
        return row

    def entries(self, number: int) -> Entries:
        """The index entries of an account (see `filling`)."""
        later = self._later.get(number, _NO_ENTRIES)
        if number >= len(self._offsets) - 1:
            return Entries(None, later)
        return Entries(self._entries[self._offsets[number] : self._offsets[number + 1]], later)

    def number_of(self, address: str) -> int | None:
        """The account of a valid G… address that this network has seen; None for any other. Raises: InvalidStrkey."""
        number = self.keys.number_of(address)
        if number is None or number < 0:
            return None
        if number >= FAILED_ONLY:
            return number if number < FAILED_ONLY + self.cast.failed else None
        return number if number < len(self.accounts) else None

    def exists(self, number: int) -> bool:
        """True for an account that exists now."""
        return number < len(self.accounts) and self.accounts.alive(number)

    def last_ledger(self, number: int) -> int:
        """The ledger of the account's last operation."""
        entries = self.entries(number)
        return self.rows.op[entries[-1] >> 1] >> 32 if entries else 1

    def life_at(self, number: int, row: int) -> int:
        """The row of the creation that the account's life at that row began with; NONE for genesis."""
        born = self.accounts.born[number]
        if born <= row:
            return born
        return max((at for at in self.creations_of(number) if at <= row), default=NONE)

    def creations_of(self, number: int) -> list[int]:
        """The rows of all its creations, in order. A long history is only walked where there is more than one."""
        born, rows = self.accounts.born[number], self.rows
        found: list[int] = []
        if born == NONE:
            return found
        for entry in self.entries(number):
            row = entry >> 1
            if row == born:
                break
            if rows.b[row] == number and rows.kind[row] in CREATIONS:
                found.append(row)
        return [*found, born]

    def first_row(self, ledger: int) -> int:
        """The first row of that ledger or a later one."""
        return bisect_left(self.rows.op, ledger << 32)

    def row_of(self, operation: int) -> int | None:
        """The first row of the operation with that id; None where there is none."""
        row = bisect_left(self.rows.op, operation)
        return row if row < len(self.rows) and self.rows.op[row] == operation else None

    def rows_of(self, number: int) -> list[int]:
        """The rows an account takes part in, in order, each once."""
        return [entry >> 1 for entry in self.entries(number) if not entry & 1]
