"""A network of 10,000,000 creations from Parquet into SQLite: undisturbed, killed three times, and read as Q4 to Q6 read.

`STELLARMAP_BENCH_CREATIONS` makes it smaller. The file stays below `.cache/bench` for the next run.
"""

import os
import signal
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from tests.bench.test_q4_q5_q6_reads import asked_of, measure, settings
from tests.support.big_store import SPREAD, BigNetwork, map_accounts
from tests.support.import_rows import write_parquet
from tests.support.importing import STORE, Ended, digest_in, import_process, state_in
from tests.support.measured import report
from tests.support.system import running_system

CREATIONS = int(os.environ.get("STELLARMAP_BENCH_CREATIONS", "10_000_000"))
HUB = (CREATIONS - SPREAD) * 5 // 6  # children; beside it there are a fifth as many
KEPT = Path(".cache/bench")
BAR_PEAK_MIB = 1_500
KILLED_AT = (0.25, 0.6, 0.9)  # of the CPU of an undisturbed one, in all


@pytest.fixture(scope="module")
def network() -> BigNetwork:
    return BigNetwork(HUB)


@pytest.fixture(scope="module")
def file(network: BigNetwork) -> Path:
    """All rows of the network."""
    path = KEPT.absolute() / f"network-{len(network)}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(network, path)
    return path


@pytest.mark.timeout(7_200)
async def test_ten_million_creations_are_imported_whatever_happens_on_the_way(
    network: BigNetwork, file: Path, tmp_path: Path
) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    undisturbed = await import_process(network, calm, file)
    assert undisturbed.code == 0, undisturbed.told
    report("import", creations=len(network), **told(undisturbed, network), **sizes(file, calm / STORE))
    stored = 0
    for part, before in zip(KILLED_AT, (0.0, *KILLED_AT), strict=False):
        ended = await import_process(network, killed, file, killed_at_cpu_s=undisturbed.cpu_s * (part - before))
        assert ended.code == -signal.SIGKILL, ended.told
        state = await state_in(killed, network)
        assert state is not None
        assert state.rows >= stored
        stored = state.rows
    last = await import_process(network, killed, file)
    assert last.code == 0, last.told
    report("import-killed", creations=len(network), last=told(last, network), rows_before_last=stored)
    assert await digest_in(killed, network) == await digest_in(calm, network)
    assert undisturbed.peak_mib <= BAR_PEAK_MIB
    async with open_database(calm / STORE) as database:
        await map_accounts(open_stores(database), network, asked_of(network))
    async with running_system(calm, **settings(network)) as system:
        await measure("sqlite-imported", network, system, imported_per_s=round(len(network) / undisturbed.took_s))


def sizes(file: Path, store: Path) -> dict[str, int]:
    return {"file_mib": file.stat().st_size >> 20, "store_mib": store.stat().st_size >> 20}


def told(ended: Ended, network: BigNetwork) -> dict[str, object]:
    return {
        "took_s": round(ended.took_s, 1),
        "cpu_s": round(ended.cpu_s, 1),
        "peak_mib": ended.peak_mib,
        "creations_per_s": round(len(network) / ended.took_s),
    }
