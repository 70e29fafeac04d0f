"""Makes a network's base history into files, once: later starts only map them.

It runs as a process of its own (`python -m stellarmap_sandbox.filling`), so that the one that serves keeps its core.
"""

import signal
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import Final

import msgspec

from stellarmap_sandbox.columns import Numbers, map_column, new_column, write_column
from stellarmap_sandbox.generator.history import History
from stellarmap_sandbox.generator.stage import Cast
from stellarmap_sandbox.generator.story import ACCOUNT_COLUMNS, ALIVE, CREATOR, TOTAL_COINS, Accounts, Story
from stellarmap_sandbox.keys import FAILED_ONLY
from stellarmap_sandbox.rows import COLUMNS, NO_NOTE, NONE, Grown, Note, Rows, Values
from stellarmap_sandbox.spec import NetworkSpec

CONTENTS: Final = "contents.msgpack"
OFFSETS: Final = "index_offsets"  # of each account's entries
ENTRIES: Final = "index_entries"  # of each account, in order: row << 1 | 1 if it only is the transaction's source
_BUFFERED_ROWS: Final = 65_536
_MAKERS: Final = (
    "columns",
    "filling",
    "rows",
    "spec",
)  # modules that, besides the generator, decide what is in the files
_LEFT_BEHIND_S: Final = 3_600
_TOLD_EVERY: Final = 1_000  # accounts

Told = Callable[[int], None]


class Contents(msgspec.Struct):
    """What stands beside the columns."""

    cast: Cast
    notes: dict[int, Note]
    failed_only: dict[int, list[int]]  # rows that name an address which never was


def folder_of(spec: NetworkSpec, data_dir: Path) -> Path:
    """Where the network's files are. Another generator, even of the same network, never reads them."""
    return data_dir / "sandbox" / f"{spec.name}.{_recipe()}"


def fill(spec: NetworkSpec, folder: Path, told: Told) -> None:
    """The folder holds the whole base history; it appears at once, when all of it is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = folder.with_name(f"{folder.name}.{token_hex(4)}.making")
    try:
        making.mkdir()  # in here: whoever ends this process may do so as soon as the folder can be seen
        sink = _write_history(spec, making, told)
        failed_only = _write_index(making, sink.notes, accounts=spec.accounts + 1)
        contents = Contents(sink.cast, sink.notes, failed_only)
        (making / CONTENTS).write_bytes(msgspec.msgpack.encode(contents))
        _discard_others(spec, folder, making)
        making.rename(folder)
    except BaseException:
        rmtree(making, ignore_errors=True)
        raise


class _RowFiles:
    """A sink that has no more rows in memory than a buffer."""

    def __init__(self, folder: Path) -> None:
        self.notes: dict[int, Note] = {}
        self.cast = Cast()
        self._columns = [new_column(typecode) for typecode in COLUMNS.values()]
        self._files = [(folder / f"row_{name}").open("wb") for name in COLUMNS]
        self._op, self._kind, self._a, self._b, self._amount = self._columns
        self._count = 0

    def add(self, values: Values, note: Note) -> int:
        operation, kind, a, b, amount = values
        row = self._count
        self._op.append(operation)
        self._kind.append(kind)
        self._a.append(a)
        self._b.append(b)
        self._amount.append(amount)
        if note is not NO_NOTE:
            self.notes[row] = note
        self._count = row + 1
        if self._count % _BUFFERED_ROWS == 0:
            self._flush()
        return row

    def close(self) -> None:
        self._flush()
        for file in self._files:
            file.close()

    def _flush(self) -> None:
        for column, file in zip(self._columns, self._files, strict=True):
            column.tofile(file)
            del column[:]


def _write_history(spec: NetworkSpec, folder: Path, told: Told) -> _RowFiles:
    sink = _RowFiles(folder)
    columns = {name: new_column(typecode) for name, typecode in ACCOUNT_COLUMNS.items()}
    accounts = Accounts(dict(columns))
    accounts.balance.append(TOTAL_COINS)
    accounts.born.append(NONE)
    accounts.flags.append(ALIVE | CREATOR)
    history = History(spec, Story(accounts, sink), told)
    history.write()
    sink.cast = history.cast
    sink.close()
    for name, column in columns.items():
        write_column(folder / f"account_{name}", column)
    return sink


def _write_index(folder: Path, notes: dict[int, Note], accounts: int) -> dict[int, list[int]]:
    """Two passes: how many entries each account has, then each entry in its place. Gives the rows of the never born."""
    rows = Rows({name: Grown(map_column(folder / f"row_{name}", code), code) for name, code in COLUMNS.items()}, notes)
    a, b = (map_column(folder / f"row_{name}", COLUMNS[name]) for name in ("a", "b"))
    counts = array("I", bytes(4 * accounts))
    failed_only: dict[int, list[int]] = {}
    for number, entry in _entries(rows, a, b):
        if number < FAILED_ONLY:
            counts[number] += 1
        else:
            failed_only.setdefault(number, []).append(entry >> 1)
    offsets = array("Q", [0])
    offsets.extend(accumulate(counts))
    entries = array("I", bytes(4 * offsets[-1]))
    free = array("Q", offsets)
    for number, entry in _entries(rows, a, b):
        if number < FAILED_ONLY:
            entries[free[number]] = entry
            free[number] += 1
    write_column(folder / OFFSETS, offsets)
    write_column(folder / ENTRIES, entries)
    return failed_only


def _entries(rows: Rows, a_column: Numbers, b_column: Numbers) -> Iterator[tuple[int, int]]:
    notes = rows.notes
    for row, (a, b) in enumerate(zip(a_column, b_column, strict=True)):
        if row in notes:
            yield from note_entries(rows, row)
            continue
        if a >= 0:
            yield a, row << 1
        if b >= 0 and b != a:
            yield b, row << 1


def note_entries(rows: Rows, row: int) -> Iterator[tuple[int, int]]:
    """Accounts and index entries of a row, the source of its transaction among them."""
    participants = list(rows.participants(row))
    yield from ((number, row << 1) for number in participants)
    source = rows.note(row).transaction_source
    if source != NONE and source not in participants:
        yield source, row << 1 | 1


def _recipe() -> str:
    """A digest of the code that makes networks."""
    package = Path(__file__).parent
    sources = [
        *sorted((package / "generator").glob("*.py")),
        *(package / f"{m}.py" for m in ("rows", "spec", "filling")),
    ]
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _discard_others(spec: NetworkSpec, folder: Path, making: Path) -> None:
    """What older generators made of this network is gone, and what a killed process left half made."""
    for other in folder.parent.glob(f"{spec.name}.*"):
        being_made = other.suffix == making.suffix and time.time() - other.stat().st_mtime < _LEFT_BEHIND_S
        if other.is_dir() and other not in (folder, making) and not being_made:
            rmtree(other, ignore_errors=True)


def main(arguments: list[str]) -> None:
    """Fills the folder of the arguments; tells the number of accounts made so far, one a line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as an exception, so that nothing half made is left
    seed, accounts, hub_children, data_dir = arguments
    spec = NetworkSpec(int(seed), int(accounts), int(hub_children) if hub_children else None)
    told_until = 0

    def told(count: int) -> None:
        nonlocal told_until
        if count >= told_until:
            told_until = count + _TOLD_EVERY
            print(count, flush=True)  # noqa: T201 - the process that waits reads it; once it is gone, this one ends

    fill(spec, folder_of(spec, Path(data_dir)), told)


if __name__ == "__main__":
    main(sys.argv[1:])
