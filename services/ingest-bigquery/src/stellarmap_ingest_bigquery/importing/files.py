"""Files of rows: Parquet and CSV, read a piece at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from stellarmap_ingest_bigquery.importing.rows import COLUMNS, ROWS_TOGETHER, RowSource, UnreadableRows

EXPORT = "docs/import.md says how to export one"
_BLOCK = 1 << 22  # of CSV, read at once


def open_file(path: Path) -> RowSource:
    """The rows of that file. Raises: UnreadableRows."""
    if not path.is_file():
        raise UnreadableRows(f"There is no file {path}.")
    if path.suffix.lower() == ".parquet":
        return ParquetRows(path)
    if path.suffix.lower() == ".csv":
        return CsvRows(path)
    raise UnreadableRows(f"{path} is neither .parquet nor .csv; {EXPORT}.")


class ParquetRows:
    """A Parquet file. What was read already is not read again: its row groups are skipped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with parquet.ParquetFile(path) as file:
                names, self.rows = file.schema_arrow.names, int(file.metadata.num_rows)
        except (pa.ArrowException, OSError) as error:
            raise UnreadableRows(f"{path} is no whole Parquet file: {error}. Export it again: {EXPORT}.") from error
        _require_columns(path, names)
        self.name, self.identity, self.size = path.name, _identity(path), path.stat().st_size

    async def batches(self, first: int) -> AsyncIterator[pa.RecordBatch]:
        async for batch in _one_by_one(self._path, self._read(first)):
            yield batch

    def _read(self, first: int) -> Iterator[pa.RecordBatch]:
        with parquet.ParquetFile(self._path, pre_buffer=False) as file:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if first >= rows:
                    first -= rows
                    continue
                batches = file.iter_batches(ROWS_TOGETHER, row_groups=[group], columns=list(COLUMNS), use_threads=False)
                yield from _from(batches, first)
                first = 0


class CsvRows:
    """A CSV file with a header. How many rows it has is known when it has been read."""

    rows = None

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            header = file.readline().strip()
        _require_columns(path, [name.strip().strip('"') for name in header.split(",")])
        self.name, self.identity, self.size = path.name, _identity(path), path.stat().st_size

    async def batches(self, first: int) -> AsyncIterator[pa.RecordBatch]:
        async for batch in _one_by_one(self._path, _from(self._read(), first)):
            yield batch

    def _read(self) -> Iterator[pa.RecordBatch]:
        # All as text: what cannot be read as a number or a time is one bad row then, and not the end of the file.
        text = dict.fromkeys(COLUMNS, pa.string())
        convert = csv.ConvertOptions(
            include_columns=list(COLUMNS), column_types=text, strings_can_be_null=True, null_values=["", "null", "NULL"]
        )
        reading = csv.ReadOptions(use_threads=False, block_size=_BLOCK)
        with csv.open_csv(self._path, reading, convert_options=convert) as file:
            for block in file:
                for start in range(0, block.num_rows, ROWS_TOGETHER):
                    yield block.slice(start, ROWS_TOGETHER)


def _from(batches: Iterator[pa.RecordBatch], first: int) -> Iterator[pa.RecordBatch]:
    """The same without the first rows."""
    for batch in batches:
        if first < batch.num_rows:
            yield batch.slice(first)
        first = max(first - batch.num_rows, 0)


async def _one_by_one(path: Path, batches: Iterator[pa.RecordBatch]) -> AsyncIterator[pa.RecordBatch]:
    """The batches, each read off the event loop."""
    try:
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            yield batch
    except (pa.ArrowException, OSError) as error:
        # Of CSV, it says the row: "CSV parse error: Row #17: Expected 6 columns, got 5: …"
        raise UnreadableRows(f"{path} cannot be read on: {error}. What was read is stored; mend the file.") from error


def _require_columns(path: Path, names: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise UnreadableRows(
            f"{path} has no column {', '.join(missing)}: its first line names {', '.join(names)[:200]}. {EXPORT}."
        )


def _identity(path: Path) -> str:
    """Told by all it holds: a file that was mended in its middle, and is as long as before, is another one."""
    with path.open("rb") as file:
        return f"file:{file_digest(file, 'sha256').hexdigest()[:24]}"
