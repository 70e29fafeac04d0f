"""The command line as people use it: beside a running system, and without one."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from tests.support.system import STELLARMAP, System, environment, running_system

SEED = encode_strkey(StrkeyKind.SEED, bytes(range(32)))
COMMAND_S = 60


class Told:
    """What a command said and how it ended."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code = code
        self.out = out.decode()
        self.err = err.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def stellarmap(data_dir: Path, *words: str, columns: int = 200, **settings: object) -> Told:
    process = await asyncio.create_subprocess_exec(
        STELLARMAP,
        *words,
        env={**environment(data_dir, settings), "COLUMNS": str(columns)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), COMMAND_S)
    assert process.returncode is not None
    return Told(process.returncode, out, err)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "data"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(data_dir: Path) -> AsyncIterator[System]:
    async with running_system(data_dir, sandbox_ledger_s=0) as running:
        await running.filled()
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(system: System) -> str:
    """The first example of the network."""
    return str((await system.get("/sandbox/overview"))["examples"][0]["address"])


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_request_is_followed_until_it_is_done(data_dir: Path, address: str) -> None:
    told = await stellarmap(data_dir, "request", address, "--json", "--budget", "2")
    assert told.code == 0, told.err
    assert told.json["address"] == address
    assert told.json["lineage"]["state"] == "genesis"


async def test_one_child_is_no_children(data_dir: Path, system: System) -> None:
    genesis = (await system.get("/networks"))["networks"][0]["genesis"]
    told = await stellarmap(data_dir, "request", genesis, "--budget", "0")
    assert f"{genesis}: 0 hops, genesis; 1 child; 0 expanded" in told.out, told.err


async def test_a_stored_lineage_is_told_from_genesis_to_the_account(
    data_dir: Path, system: System, address: str
) -> None:
    told = await stellarmap(data_dir, "lineage", address)
    assert told.code == 0, told.err
    stored = await system.get(f"/sandbox/accounts/{address}/lineage")
    hops = [hop["address"] for hop in reversed(stored["ancestors"])]
    places = [told.out.index(hop) for hop in (*hops, address)]
    assert places == sorted(places)


async def test_what_is_printed_is_whole_however_narrow_it_is(data_dir: Path, system: System, address: str) -> None:
    assert system.process.returncode is None
    for words in (("lineage", address), ("digest",), ("topics", "list")):
        narrow, wide = [await stellarmap(data_dir, *words, columns=columns) for columns in (20, 500)]
        assert (narrow.code, narrow.out) == (0, wide.out), narrow.err
        assert "…" not in wide.out
    digests = (await stellarmap(data_dir, "digest", "--json")).json
    told = (await stellarmap(data_dir, "digest", columns=20)).out
    assert [digests[0][name] in told for name in ("network", "facts", "exact")] == [True] * 3


async def test_children_that_are_not_all_read_name_the_command_that_reads_them(data_dir: Path, system: System) -> None:
    examples = (await system.get("/sandbox/overview"))["examples"]
    hub = next(each["address"] for each in examples if each["label"] == "The largest hub")
    await stellarmap(data_dir, "request", hub, "--budget", "0", "--pages", "1")
    partly = await stellarmap(data_dir, "lineage", hub)
    assert "not all children were read yet" in partly.out
    words = partly.err.partition("stellarmap ")[2].split()
    assert words[:2] == ["request", hub]
    await stellarmap(data_dir, *words)
    wholly = await stellarmap(data_dir, "lineage", hub)
    assert ("not all" in wholly.out, wholly.err) == (False, "")


async def test_the_same_lineage_is_there_for_programs(data_dir: Path, system: System, address: str) -> None:
    told = await stellarmap(data_dir, "lineage", address, "--json", "--children", "500")
    stored = await system.get(f"/sandbox/accounts/{address}/lineage")
    assert [hop["account"] for hop in told.json["hops"][1:]] == [hop["address"] for hop in stored["ancestors"]]
    assert len(told.json["children"]) == told.json["total"] == stored["children"]["total"]


async def test_what_is_not_mapped_names_the_command_that_maps_it(data_dir: Path, system: System) -> None:
    genesis = (await system.get("/networks"))["networks"][0]["genesis"]
    unknown = encode_strkey(StrkeyKind.ACCOUNT, bytes(32))
    told = await stellarmap(data_dir, "lineage", unknown)
    assert (told.code, told.out.count("merged")) == (1, 0)
    assert f"stellarmap request {unknown}" in told.err
    assert (await stellarmap(data_dir, "lineage", genesis)).code == 0


@pytest.mark.parametrize("command", ["lineage", "request"])
async def test_a_secret_seed_is_refused_and_not_repeated(command: str, data_dir: Path, system: System) -> None:
    told = await stellarmap(data_dir, command, SEED)
    assert told.code == 1
    assert "secret seed" in told.err
    assert SEED not in told.err + told.out + system.log.read_text()


async def test_a_digest_is_the_same_each_time_it_is_made(data_dir: Path, system: System) -> None:
    first, second = [await stellarmap(data_dir, "digest", "--json") for _ in range(2)]
    assert first.json == second.json
    assert first.json[0]["creations"] == (await system.get("/sandbox/overview"))["figures"]["creations"]


async def test_a_second_process_on_the_folder_is_told_who_has_it(data_dir: Path, system: System) -> None:
    told = await stellarmap(data_dir, "up", http_port=httpx.URL(system.url).port)
    assert system.process.returncode is None
    assert told.code == 1
    assert f"already, at {system.url}" in told.err
    assert "STELLARMAP_HTTP_PORT" not in told.err  # another port would not help
    assert "another" in told.err
    assert "Traceback" not in told.err


async def test_there_are_no_dead_letters_and_that_is_said(data_dir: Path, system: System) -> None:
    assert system.process.returncode is None
    assert "no dead letters" in (await stellarmap(data_dir, "dlq", "list")).out
    missing = await stellarmap(data_dir, "dlq", "show", "stellarmap.account.requested.v1.ingest-horizon.dlq:0:7")
    assert missing.code == 1
    assert (await stellarmap(data_dir, "dlq", "show", "7")).code != 0


async def test_the_doctor_finds_a_running_system_healthy(data_dir: Path, system: System) -> None:
    told = await stellarmap(data_dir, "doctor", "--offline")
    assert told.code == 0, told.out
    assert system.url in told.out


async def test_a_folder_that_holds_nothing_is_not_one_without_dead_letters(tmp_path: Path) -> None:
    told = await stellarmap(tmp_path / "nothing", "dlq", "list")
    assert told.code == 1
    assert "There is no event log in" in told.err


async def test_the_doctor_names_a_source_that_does_not_answer_and_the_setting_that_changes_it(tmp_path: Path) -> None:
    told = await stellarmap(tmp_path, "doctor", networks="public", horizon_url_public="http://127.0.0.1:9")
    assert "STELLARMAP_HORIZON_URL_PUBLIC" in told.out


async def test_without_a_running_system_a_request_starts_one_until_it_is_done(tmp_path: Path, address: str) -> None:
    data = tmp_path / "alone"
    told = await stellarmap(data, "request", address, "--json", "--budget", "0", sandbox_ledger_s=0)
    assert told.code == 0, told.err
    assert told.json["completed"]
    assert (await stellarmap(data, "topics", "diff", sandbox_ledger_s=0)).code == 0
    assert (await stellarmap(data, "topics", "apply")).code == 0
    assert "newest schema" in (await stellarmap(data, "migrate")).out


async def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    told = await stellarmap(tmp_path, "up", pipeline_mode="SOMETIMES")
    assert told.code == 1
    assert "STELLARMAP_PIPELINE_MODE" in told.err
    assert "Traceback" not in told.err
