"""A system on an imported network: what is asked of it is read from the store, and its source is asked for what is new."""

import asyncio
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_sandbox.truth import TrueCreation, Truth
from tests.support.import_rows import SCHEMA, Row, closed_micros
from tests.support.importing import run_import
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import running_system

ASKED, SOME = 20, 10


def rows_of(truth: Truth) -> list[Row]:
    """As Hubble has them: what contracts created is not among them."""
    rows: list[Row] = []
    for account in truth.accounts():
        rows += [
            (made.operation_id, closed_micros(made.operation_id), account, made.creator, balance_of(made), None)
            for made in truth.creations(account)
            if made.kind is CreationKind.CREATE_ACCOUNT
        ]
        rows += [
            (end.operation_id, closed_micros(end.operation_id), account, None, None, end.merged_into)
            for end in truth.ends(account)
        ]
    return sorted(rows, key=lambda row: row[:1] + row[2:3])


def balance_of(made: TrueCreation) -> float:
    return made.starting_balance_stroops / 1e7


def written(truth: Truth, path: Path) -> Path:
    columns = list(zip(*rows_of(truth), strict=True))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    parquet.write_table(pa.table(arrays, schema=SCHEMA), path)
    return path


def with_long_chains(served: ServedSandbox) -> list[Address]:
    """Accounts that live, deep below genesis."""
    truth = served.truth
    chains = {account: len(truth.chain(account)) for account in truth.accounts() if truth.exists(account)}
    return sorted(chains, key=lambda account: -chains[account])[:ASKED]


@pytest.mark.timeout(240)
async def test_ancestors_are_read_from_the_store_and_the_rest_equals_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    async with served_sandbox(tmp_path / "network") as served:
        file = await asyncio.to_thread(written, served.truth, tmp_path / "rows.parquet")
        settings = served.settings()
        told = await asyncio.to_thread(
            run_import, data, settings["sandbox_seed"], settings["sandbox_accounts"], "--from", str(file), "--yes"
        )
        assert told.exit_code == 0, told.output
        asked = with_long_chains(served)
        ancestors = {hop.creator for account in asked for hop in served.truth.chain(account)} - set(asked)
        known = [account for account in ancestors if has_one_life(served.truth, account)]
        async with running_system(data, **settings) as system:
            for account in asked:
                request_id = await system.ask(account, budget=0, pages=1_000)
                assert request_id
                await system.completed(request_id, within_s=60)
        looked_up = {path for path in served.asked if "/accounts/" in path}
        assert len(known) >= SOME
        for account in known:
            assert not any(f"/accounts/{account}" in path for path in looked_up), "its lives are imported"
        async with mapped(data, served.sandbox.world.spec) as store:
            assert [each for account in asked for each in await differences(store, served.truth, account)] == []


def has_one_life(truth: Truth, account: Address) -> bool:
    """True if an import knows all of the account: neither gone, nor made by a contract."""
    return [made.kind for made in truth.creations(account)] == [CreationKind.CREATE_ACCOUNT] and not truth.ends(account)
