"""Rows of files: read from any row on, in bounded pieces, as facts; what is wrong is told with its place."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from stellarmap_common.domain.network import NetworkKey
from stellarmap_ingest_bigquery.importing.facts import Facts, facts_of
from stellarmap_ingest_bigquery.importing.files import open_file
from stellarmap_ingest_bigquery.importing.rejects import Rejects
from stellarmap_ingest_bigquery.importing.rows import COLUMNS, UnreadableRows
from tests.support.import_rows import SCHEMA
from tests.support.stores import address

PUBLIC = NetworkKey("public")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
A, B, C = (address(name) for name in "ABC")
GOOD = (7 << 32 | 1 << 12 | 1, BEGAN, A, B, 2.5, None)
MERGE = (9 << 32 | 1 << 12 | 1, BEGAN + timedelta(days=1), A, None, None, C)
NEITHER = (10 << 32 | 1 << 12 | 1, BEGAN, A, None, None, None)
BOTH = (10 << 32 | 1 << 12 | 2, BEGAN, A, B, None, C)
Written = Callable[..., Path]


@pytest.fixture(params=["parquet", "csv"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    """Writes rows into a file of either kind."""

    def write(*rows: tuple[object, ...]) -> Path:
        path = tmp_path / f"rows.{request.param}"
        if request.param == "parquet":
            columns = list(zip(*rows, strict=True))
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            parquet.write_table(pa.table(arrays, schema=SCHEMA), path, row_group_size=7)
        else:
            path.write_text("\n".join([",".join(COLUMNS), *(_line(row) for row in rows)]) + "\n")
        return path

    return write


def _line(row: tuple[object, ...]) -> str:
    # As BigQuery's console writes it.
    told = (f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else value for value in row)
    return ",".join("" if value is None else str(value) for value in told)


async def read(path: Path, first: int = 0, since: datetime | None = None) -> Facts:
    """All facts of the file in one."""
    found = Facts(rows=0)
    async for batch in open_file(path).batches(first):
        facts = facts_of(PUBLIC, batch, first + found.rows, since)
        found.rows += facts.rows
        found.skipped += facts.skipped
        found.creations += facts.creations
        found.ends += facts.ends
        found.rejects += facts.rejects
        found.last_op, found.last_at = facts.last_op, facts.last_at
    return found


async def test_rows_are_creations_and_merges(written: Written) -> None:
    found = await read(written(GOOD, MERGE))
    (made,), (ended,) = found.creations, found.ends
    assert (made.created_op, made.account, made.creator, made.created_at) == (GOOD[0], A, B, BEGAN)
    assert made.starting_balance_stroops == 25_000_000
    assert (ended.end_op, ended.account, ended.merged_into, ended.ended_at) == (MERGE[0], A, C, MERGE[1])
    assert (found.last_op, found.last_at) == (MERGE[0], MERGE[1])


@pytest.mark.parametrize("first", [0, 1, 6, 7, 8, 20, 22, 23])
async def test_reading_begins_at_any_row(written: Written, first: int) -> None:
    rows = [(number << 32 | 4_097, BEGAN, address(number), B, 1.0, None) for number in range(1, 24)]
    found = await read(written(*rows), first)
    assert [one.created_op for one in found.creations] == [row[0] for row in rows[first:]]


async def test_rows_that_are_no_facts_are_told_with_number_and_reason(written: Written) -> None:
    bad_key, negative = (8 << 32 | 1, BEGAN, "G-short", B, 1.0, None), (-5, BEGAN, A, B, 1.0, None)
    found = await read(written(GOOD, bad_key, negative, NEITHER, BOTH, MERGE))
    assert (found.rows, len(found.creations), len(found.ends)) == (6, 1, 1)
    assert [reject.row for reject in found.rejects] == [2, 3, 4, 5]
    reasons = " / ".join(reject.reason for reject in found.rejects)
    for said in ("account: 'G-short'", "op_id: '-5'", "neither funder nor merged_into", "both funder and merged_into"):
        assert said in reasons


async def test_what_closed_before_a_day_is_left_out(written: Written) -> None:
    found = await read(written(GOOD, MERGE), since=MERGE[1])
    assert (found.skipped, found.creations, len(found.ends)) == (1, [], 1)


async def test_text_that_is_no_number_or_time_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [f"x,2024-01-01,{A},{B},1,", f"{GOOD[0]},yesterday,{A},{B},1,", f"{GOOD[0]},,{A},{B},much,", _line(GOOD)]
    path.write_text("\n".join([",".join(COLUMNS), *rows]))
    found = await read(path)
    assert len(found.creations) == 1
    assert [reject.reason.split(":")[0] for reject in found.rejects] == ["op_id", "closed_at", "starting_balance"]


async def test_a_line_of_another_form_names_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([",".join(COLUMNS), _line(GOOD), "1,2,3"]))
    with pytest.raises(UnreadableRows, match=r"rows\.csv .*[Rr]ow #?3") as told:
        await read(path)
    assert "1,2,3" in str(told.value)


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_missing_column_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("op_id,closed_at\n1,2\n")
    else:
        parquet.write_table(pa.table({"op_id": [1], "closed_at": [2]}), path)
    with pytest.raises(UnreadableRows, match="no column account, funder, starting_balance, merged_into"):
        open_file(path)


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.xlsx", "nowhere.csv"])
def test_a_file_that_is_none_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if not name.startswith("nowhere"):
        path.write_bytes(b"\xff\x00nothing")
    with pytest.raises(UnreadableRows, match=name):
        open_file(path)


def test_the_same_rows_have_the_same_identity_and_others_another(written: Written) -> None:
    first = open_file(written(GOOD, MERGE)).identity
    assert open_file(written(GOOD, MERGE)).identity == first
    assert open_file(written(GOOD, NEITHER)).identity != first


def test_files_that_differ_by_one_byte_in_the_middle_have_different_identities(written: Written) -> None:
    rows = [(number << 32 | 4_097, BEGAN, address(number), B, 1.0, None) for number in range(1, 2_000)]
    file = written(*rows)
    first, content = open_file(file).identity, bytearray(file.read_bytes())
    middle = len(content) // 2
    assert middle > 1 << 17
    content[middle] ^= 1
    file.write_bytes(content)
    assert open_file(file).identity != first


async def test_rejects_of_rows_that_are_read_again_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    source = tmp_path / "rows.csv"
    source.write_text("\n".join([",".join(COLUMNS), _line(NEITHER), _line(BOTH)]))
    found = await read(source)
    Rejects(path, 0).write(found.rejects)
    path.write_text(path.read_text() + '{"row": 7, "rea')  # killed while it wrote
    Rejects(path, 1).write(found.rejects[1:])
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    assert '"row": 1' in lines[0]
    assert '"row": 2' in lines[1]
