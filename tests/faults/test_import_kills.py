"""An import that is killed three times on its way stores what an undisturbed one does."""

import signal
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.ports.creation_store import ChildRange
from tests.support.big_store import BigNetwork
from tests.support.import_rows import write_parquet
from tests.support.importing import STORE, counts_in, digest_in, import_process, state_in

HUB = 165_800  # children, so that there are 200,000 creations in all


@pytest.mark.timeout(180)
async def test_an_import_killed_three_times_stores_what_an_undisturbed_one_does(tmp_path: Path) -> None:
    network = BigNetwork(HUB)
    file, killed, calm = tmp_path / "rows.parquet", tmp_path / "killed", tmp_path / "calm"
    write_parquet(network, file)
    undisturbed = await import_process(network, calm, file)
    assert undisturbed.code == 0, undisturbed.told
    stored = [0]
    for failpoint in ("after_import_kept:3:kill", "after_import_kept:4:kill", "after_import_index:2:kill"):
        ended = await import_process(network, killed, file, failpoint=failpoint)
        assert ended.code == -signal.SIGKILL, ended.told
        state = await state_in(killed, network)
        assert state is not None
        assert state.rows > stored[-1]
        stored.append(state.rows)
    ended = await import_process(network, killed, file)
    assert ended.code == 0, ended.told
    assert await digest_in(killed, network) == await digest_in(calm, network)
    told = []
    for data in (killed, calm):
        async with open_database(data / STORE, readers=1) as database:
            stores = open_stores(database)
            hub = network.ref(network.hub)
            told.append([await stores.creations.count_children(hub, ChildRange()), *await counts_in(stores, network)])
    assert told[0] == told[1]
    assert told[0][0] == HUB
