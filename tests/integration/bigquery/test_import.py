"""`stellarmap import network` from BigQuery: estimated, confirmed, stored, gone on with after a kill, and paid once."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stellarmap_common.domain.creation import CreationKind
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import STELLARMAP, environment

ACCOUNTS = 30_000


async def imported(served: ServedSandbox, data: Path, *words: str, **settings: object) -> tuple[int, str]:
    """The exit code, and what was said."""
    own = {**served.settings(), **settings}
    process = await asyncio.create_subprocess_exec(
        STELLARMAP,
        "import",
        "network",
        "--network",
        "sandbox",
        *words,
        env={**environment(data, own), "COLUMNS": "200"},
        cwd=data.parent,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.timeout(180)
async def test_a_network_is_imported_from_bigquery_killed_on_the_way_and_paid_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with served_sandbox(tmp_path / "network", accounts=ACCOUNTS) as served:
        code, said = await imported(served, data, "--dry-run")
        assert (code, "first TiB of a month is free" in said) == (0, True), said
        assert not (data / "store.sqlite").exists()
        code, said = await imported(served, data, "--yes", failpoint="after_import_kept:1:kill")
        assert code == -9, said
        code, said = await imported(served, data, "--yes")
        assert code == 0, said
        assert "is whole up to ledger" in said
        truth = served.truth
        async with mapped(data, served.sandbox.world.spec) as store:
            jobs = await store.stores.books.jobs(datetime.now(UTC), 100)
            spent = await store.stores.books.spent(datetime.now(UTC))
            made = [truth.address(number) for number in range(1, ACCOUNTS, 101)]
            plain = [
                address
                for address in made
                if all(hop.kind is CreationKind.CREATE_ACCOUNT for hop in truth.chain(address))
            ]
            found = [each for address in plain for each in await differences(store, truth, address)]
    assert found == []
    assert len(plain) > len(made) // 2
    assert [job.query for job in jobs] == ["network"]
    assert (spent.day, spent.month) == (0, jobs[0].billed), "others have the day's budget to themselves"
    assert spent.month > 0


@pytest.mark.timeout(60)
async def test_a_network_that_hubble_does_not_hold_is_refused_with_what_to_do(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "stellarmap_ingest_bigquery.importing.cli",
        "network",
        "--network",
        "testnet",
        env={**os.environ, "STELLARMAP_NETWORKS": "testnet", "STELLARMAP_DATA_DIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert b"docs/bigquery.md" in said
