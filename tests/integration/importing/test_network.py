"""`stellarmap import network` on files: estimate, import, rejects, increments, and what keeps two from using one store."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import Result

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.import_store import ImportUnderWay
from stellarmap_common.adapters.sqlite.log_file import sole_owner
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import Route
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.lineage.digest import digest_of
from stellarmap_common.lineage.walk import Walker, WalkState
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.checks import Verdict, check_installation
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.engines import engine_of
from stellarmap_common.runtime.importing import sole_import
from stellarmap_ingest_bigquery.importing.cli import REJECTED
from stellarmap_ingest_bigquery.importing.files import ParquetRows, open_file
from stellarmap_ingest_bigquery.importing.importer import LATE, Importer, increment
from stellarmap_ingest_bigquery.importing.rows import COLUMNS, RowSource
from stellarmap_ingest_bigquery.increments import Increments
from tests.support.big_store import SEED, BigNetwork
from tests.support.import_rows import Row, rows_of, table_of, write_parquet
from tests.support.importing import run_import
from tests.support.settings import settings_of
from tests.support.stores import SqliteFiles

NETWORK = BigNetwork(1_000)
ROWS: list[Row] = list(rows_of(NETWORK))
HALF = len(ROWS) // 2


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and a working folder for what is written beside."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "whole.parquet"
    write_parquet(NETWORK, path)
    return path


def run(data: Path, *words: str) -> Result:
    return run_import(data, SEED, NETWORK.accounts, *words)


async def beside(data: Path, *words: str) -> Result:
    """The same, for a test that has an event loop."""
    return await asyncio.to_thread(run, data, *words)


def network() -> Network:
    return Network(
        name=NetworkName.SANDBOX, key=NETWORK.key, passphrase="", genesis=NETWORK.ref(0), horizon_url="http://nowhere"
    )


def csv(path: Path, rows: list[Row]) -> Path:
    lines = [",".join("" if value is None else str(value) for value in _text(row)) for row in rows]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return path


def _text(row: Row) -> list[object]:
    op, micros, *others = row
    return [op, f"{datetime.fromtimestamp(micros / 1e6, UTC):%Y-%m-%d %H:%M:%S} UTC", *others]


def test_a_dry_run_tells_rows_and_makes_nothing(data: Path, whole: Path) -> None:
    told = run(data, "--from", str(whole), "--dry-run")
    assert told.exit_code == 0, told.output
    assert f"{len(ROWS):,} rows" in told.output
    assert not data.exists()


async def test_a_whole_network_answers_lineages_without_a_source(data: Path, whole: Path) -> None:
    told = await beside(data, "--from", str(whole), "--yes")
    assert told.exit_code == 0, told.output
    assert "is whole up to ledger" in told.output
    async with open_database(data / "store.sqlite") as database:
        walker = Walker(open_stores(database), Networks((network(),)))
        for number in (NETWORK.hub, NETWORK.spreader, 900, 1_700):
            walk = await walker.walk(NETWORK.ref(number))
            assert walk.state is WalkState.GENESIS
            assert [hop.creation.account for hop in walk.hops[1:]] == [
                NETWORK.address(n) for n in NETWORK.chain(number)
            ]


async def test_a_csv_file_gives_the_same_store(data: Path, whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert (await beside(data, "--from", str(whole), "--yes")).exit_code == 0
    assert (await beside(other, "--from", str(csv(tmp_path / "rows.csv", ROWS)), "--yes")).exit_code == 0
    digests = []
    for folder in (data, other):
        async with open_database(folder / "store.sqlite") as database:
            digests.append(await digest_of(open_stores(database).creations, NETWORK.key))
    assert digests[0] == digests[1]
    assert digests[0].creations == len(NETWORK)


def test_rows_that_are_no_facts_are_kept_in_a_file_and_the_exit_code_tells(data: Path, tmp_path: Path) -> None:
    rows = [*ROWS[:100], (5, 0, "nobody", None, None, None), *ROWS[100:]]
    told = run(data, "--from", str(csv(tmp_path / "rows.csv", rows)), "--yes")
    assert told.exit_code == REJECTED, told.output
    assert "row 101: it has neither funder nor merged_into" in told.output
    assert "nobody" in (tmp_path / "rows.csv.rejects.jsonl").read_text()


def test_a_file_with_rows_that_are_no_facts_makes_nothing_whole_until_it_is_mended(data: Path, tmp_path: Path) -> None:
    bad = (ROWS[100][0], 0, ROWS[100][2], None, None, None)
    file = csv(tmp_path / "rows.csv", [*ROWS[:100], bad, *ROWS[101:]])
    for _ in range(2):  # also when it is imported again: then it is read again, for what can be read by now
        told = run(data, "--from", str(file), "--yes")
        assert (told.exit_code, "is not whole" in told.output) == (REJECTED, True), told.output
        assert "Mend them, and import the file again" in told.output
        assert "row 101: it has neither" in told.output
        assert "stored already" not in told.output
    told = run(data, "--from", str(csv(file, ROWS)), "--yes")
    assert (told.exit_code, "is whole up to ledger" in told.output) == (0, True), told.output


def test_a_letter_that_is_mended_in_the_middle_of_a_file_makes_the_network_whole(data: Path, tmp_path: Path) -> None:
    file = csv(tmp_path / "rows.csv", ROWS)
    right, account = file.read_text(), str(ROWS[HALF][2])
    file.write_text(right.replace(account, f"{account[:20]}0{account[21:]}", 1))
    size = file.stat().st_size
    told = run(data, "--from", str(file), "--yes")
    assert told.exit_code == REJECTED, told.output
    file.write_text(right)
    assert file.stat().st_size == size > 3 * (1 << 16)
    told = run(data, "--from", str(file), "--yes")
    assert (told.exit_code, "is whole up to ledger" in told.output) == (0, True), told.output
    told = run(data, "--from", str(file), "--yes")
    assert f"{len(ROWS):,} of them are stored already" in told.output


async def test_rows_that_an_import_met_before_it_was_cut_short_are_not_said_to_follow(
    data: Path, tmp_path: Path
) -> None:
    file = csv(tmp_path / "rows.csv", [(5, 0, "nobody", None, None, None), *ROWS])
    async with engine_of(settings_of(data_dir=data)).open_import() as stores:
        met = NetworkImport(network=NETWORK.key, source=open_file(file).identity, rows=1, rejected=1)
        await stores.imports.keep(met)
    told = await beside(data, "--from", str(file), "--yes")
    assert told.exit_code == REJECTED, told.output
    assert "1 of them is stored already: it goes on there." in told.output
    assert "1 row was no fact" in told.output
    assert told.output.rstrip().endswith("rows.csv.rejects.jsonl.")


def test_what_begins_later_is_no_whole_network(data: Path, tmp_path: Path) -> None:
    genesis = NETWORK.address(0)
    later = [row for row in ROWS[HALF:] if row[3] != genesis]
    told = run(data, "--from", str(csv(tmp_path / "rows.csv", later)), "--yes")
    assert told.exit_code == 0, told.output
    assert "is not whole" in told.output


def test_a_running_system_keeps_its_store(data: Path, whole: Path) -> None:
    data.mkdir()
    with sole_owner(data / "log.sqlite"):
        told = run(data, "--from", str(whole), "--yes")
    assert told.exit_code == 1
    assert f"is in use by process {os.getpid()}" in told.output


async def test_nothing_else_uses_a_store_that_is_half_imported(data: Path, whole: Path) -> None:
    engine = engine_of(settings_of(data_dir=data))
    rows = open_file(whole)
    async with engine.open_import() as stores:
        await stores.imports.begin(NetworkImport(network=NETWORK.key, source=rows.identity), 1_000_000)
    for opening in (engine.open_stores(None), engine.open_to_look()):  # type: ignore[arg-type] # nobody looks at metrics
        with pytest.raises(ImportUnderWay, match="run the same `stellarmap import network` again"):
            async with opening:
                pass
    checks = {check.name: check for check in await check_installation(settings_of(data_dir=data), offline=True)}
    assert checks["Store"].verdict is Verdict.BAD
    assert "run the same `stellarmap import network` again" in checks["Store"].found
    assert (await beside(data, "--from", str(whole), "--yes")).exit_code == 0
    async with engine.open_to_look() as stores:
        assert (await digest_of(stores.creations, NETWORK.key)).creations == len(NETWORK)


async def test_increments_go_on_where_the_import_ended(tmp_path: Path) -> None:
    backend = SqliteFiles(tmp_path)
    first, second = (parquet_of(tmp_path / f"{name}.parquet", rows) for name, rows in (("a", ROWS[:HALF]), ("b", ROWS)))
    asked: list[datetime] = []

    async def rows_since(moment: datetime) -> RowSource:
        asked.append(moment)
        return second

    async with backend.at(backend.new_place()) as stores, backend.at(backend.new_place()) as others:
        assert await increment(stores, network(), rows_since, tmp_path / "rejects") is None, "it was never imported"
        before = await Importer(stores, network(), tmp_path / "rejects").run(first)
        outcomes = [await increment(stores, network(), rows_since, tmp_path / "rejects") for _ in range(2)]
        reached = {outcome.state.whole_to for outcome in outcomes if outcome}
        assert min(reached) > before.state.whole_to
        assert before.state.whole_at
        assert asked[0] == before.state.whole_at - LATE
        whole = await Importer(others, network(), tmp_path / "rejects").run(second)
        assert reached == {whole.state.whole_to}
        assert await digest_of(stores.creations, NETWORK.key) == await digest_of(others.creations, NETWORK.key)


async def test_an_increment_that_leaves_a_gap_makes_nothing_whole(tmp_path: Path) -> None:
    backend = SqliteFiles(tmp_path)
    first, later = (parquet_of(tmp_path / f"{at}.parquet", ROWS[at : at + 500]) for at in (0, 1_000))
    async with backend.at(backend.new_place()) as stores:
        importer = Importer(stores, network(), tmp_path / "rejects")
        before = (await importer.run(first)).state
        assert before.last_at
        gap = datetime.fromtimestamp(ROWS[1_000][1] / 1e6, UTC)
        after = (await importer.run(later, gap)).state
        assert (after.whole_to, after.whole_at) == (before.whole_to, before.whole_at)


async def test_an_increment_with_rows_that_are_no_facts_leaves_what_is_whole_as_it_was(tmp_path: Path) -> None:
    backend = SqliteFiles(tmp_path)
    bad = (ROWS[HALF][0], ROWS[HALF][1], "nobody", None, None, None)
    first = parquet_of(tmp_path / "a.parquet", ROWS[:HALF])
    spoilt, mended = (parquet_of(tmp_path / f"{len(rows)}.parquet", rows) for rows in ([*ROWS, bad], ROWS))
    async with backend.at(backend.new_place()) as stores:
        before = (await Importer(stores, network(), tmp_path / "rejects").run(first)).state
        for rows, goes_on in ((spoilt, False), (mended, True)):
            outcome = await increment(stores, network(), partial(_given, rows), tmp_path / "rejects")
            assert outcome
            state = outcome.state
            assert (state.whole_to > before.whole_to, state.whole_at != before.whole_at) == (goes_on, goes_on)


async def test_a_mended_file_that_ends_a_day_behind_rows_that_are_no_facts_is_the_way_out(tmp_path: Path) -> None:
    backend = SqliteFiles(tmp_path)
    bad = (ROWS[HALF][0], ROWS[HALF][1], "nobody", None, None, None)
    behind = next(n for n, row in enumerate(ROWS) if row[1] > bad[1] + 2 * LATE.total_seconds() * 1e6)
    first, spoilt = parquet_of(tmp_path / "a.parquet", ROWS[:HALF]), [*ROWS[:HALF], bad, *ROWS[HALF + 1 :]]
    told, mended = parquet_of(tmp_path / "b.parquet", spoilt), parquet_of(tmp_path / "c.parquet", ROWS[:behind])
    async with backend.at(backend.new_place()) as stores:
        importer = Importer(stores, network(), tmp_path / "rejects")
        before = (await importer.run(first)).state
        assert before.whole_at
        stuck = await increment(stores, network(), partial(_given, told), tmp_path / "rejects")
        assert stuck
        assert (stuck.state.rejected, stuck.state.whole_to) == (1, before.whole_to)
        between = (await importer.run(mended, before.whole_at - LATE)).state
        after = await increment(stores, network(), partial(_given, told), tmp_path / "rejects")
        assert after
        assert after.state.rejected == 0
        assert after.state.whole_to > between.whole_to > before.whole_to


async def test_no_increment_is_made_while_another_process_imports_and_the_next_turn_makes_it(tmp_path: Path) -> None:
    backend, clock = SqliteFiles(tmp_path), SystemClock()
    first, second = (parquet_of(tmp_path / f"{name}.parquet", rows) for name, rows in (("a", ROWS[:HALF]), ("b", ROWS)))
    async with backend.at(backend.new_place()) as stores:
        before = (await Importer(stores, network(), tmp_path / "rejects").run(first)).state
        increments = increments_of(second, stores, clock, tmp_path)
        async with sole_import(stores.leases, clock, network()):
            await increments.look()
            assert await stores.imports.state_of(NETWORK.key) == before
        await increments.look()
        state = await stores.imports.state_of(NETWORK.key)
        assert state
        assert state.whole_to > before.whole_to


class CutOnce(ParquetRows):
    """Rows whose source is away once, when some were read."""

    cut = False

    async def batches(self, first: int) -> AsyncIterator[pa.RecordBatch]:
        async for batch in super().batches(first):
            if self.cut:
                yield batch
            else:
                self.cut = True
                yield batch.slice(0, 100)
                raise SourceUnavailable("away")


async def test_an_increment_that_was_cut_short_is_gone_on_with_at_the_next_turn(tmp_path: Path) -> None:
    backend = SqliteFiles(tmp_path)
    first = parquet_of(tmp_path / "a.parquet", ROWS[:HALF])
    parquet_of(tmp_path / "b.parquet", ROWS)
    async with backend.at(backend.new_place()) as stores:
        before = (await Importer(stores, network(), tmp_path / "rejects").run(first)).state
        increments = increments_of(CutOnce(tmp_path / "b.parquet"), stores, SystemClock(), tmp_path)
        await increments.look()
        cut = await stores.imports.state_of(NETWORK.key)
        assert cut
        assert (cut.done, cut.whole_to) == (False, before.whole_to)
        await increments.look()
        state = await stores.imports.state_of(NETWORK.key)
        assert state
        assert (state.done, state.rows, state.whole_to > before.whole_to) == (True, len(ROWS), True)


def increments_of(rows: RowSource, stores: Stores, clock: Clock, folder: Path) -> Increments:
    return Increments(
        {NETWORK.key: partial(_given, rows)},
        stores,
        Networks((network(),)),
        clock,
        route_of=lambda _: Route.BIGQUERY,
        folder=folder,
    )


async def _given(rows: RowSource, _: datetime) -> RowSource:
    return rows


async def test_a_file_that_begins_later_than_it_is_said_to_makes_nothing_whole(tmp_path: Path) -> None:
    backend = SqliteFiles(tmp_path)
    first, later = (parquet_of(tmp_path / f"{at}.parquet", ROWS[at : at + 500]) for at in (0, 1_000))
    async with backend.at(backend.new_place()) as stores:
        importer = Importer(stores, network(), tmp_path / "rejects")
        before = (await importer.run(first)).state
        after = (await importer.run(later, before.whole_at)).state
        assert (after.whole_to, after.whole_at) == (before.whole_to, before.whole_at)


def parquet_of(path: Path, rows: list[Row]) -> RowSource:
    parquet.write_table(table_of(rows), path)
    return open_file(path)
