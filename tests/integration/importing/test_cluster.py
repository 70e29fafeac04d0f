"""`stellarmap import network` in a cluster, where nothing but its lease keeps two from importing one network."""

import asyncio
from pathlib import Path

import pytest
from pyarrow import parquet

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.engines import engine_of
from stellarmap_common.runtime.importing import sole_import
from tests.support.big_store import SEED, BigNetwork
from tests.support.import_rows import rows_of, table_of
from tests.support.importing import run_import
from tests.support.servers.cassandra import CassandraServer, cassandra_server
from tests.support.settings import settings_of

BIG = BigNetwork(1)
NETWORK = Network(
    name=NetworkName.SANDBOX, key=BIG.key, passphrase="", genesis=BIG.ref(0), horizon_url="http://nowhere"
)
SOME = 500


def where(server: CassandraServer) -> dict[str, object]:
    return {"mode": "cluster", "cassandra_contact_points": server.host, "cassandra_port": server.port}


@pytest.mark.timeout(180)
async def test_a_network_that_another_process_imports_is_refused_with_who_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "rows.parquet"
    parquet.write_table(table_of(list(rows_of(BIG))[:SOME]), file)
    with cassandra_server(tmp_path / "servers", "512m") as server:
        for name, value in where(server).items():
            monkeypatch.setenv(f"STELLARMAP_{name.upper()}", str(value))
        words = (tmp_path / "data", SEED, BIG.accounts, "--from", str(file), "--yes")
        engine = engine_of(settings_of(**where(server)))
        await engine.migrate()
        async with engine.open_import() as stores:
            async with sole_import(stores.leases, SystemClock(), NETWORK):
                refused = await asyncio.to_thread(run_import, *words)
                assert refused.exit_code == 1, refused.output
                assert "sandbox is being imported by another process (process " in refused.output
                assert await stores.imports.state_of(NETWORK.key) is None
            told = await asyncio.to_thread(run_import, *words)
            assert told.exit_code == 0, told.output
            state = await stores.imports.state_of(NETWORK.key)
            assert state
            assert state.rows == SOME
