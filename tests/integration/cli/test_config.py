"""The configuration at the command line: shown beside a running system or without one, changed by the one that runs."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.cli.test_commands import stellarmap
from tests.support.system import System, running_system, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "data"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(data_dir: Path) -> AsyncIterator[System]:
    async with running_system(data_dir) as running:
        yield running


async def shown(data_dir: Path, key: str, **settings: int) -> Any:
    return (await stellarmap(data_dir, "config", "show", key, "--json", **settings)).json


async def test_before_anything_ran_the_environment_says_all(tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert "nothing was ever changed" in (await stellarmap(new, "config", "changes")).out
    told = await shown(new, "batch_size", batch_size=5)
    assert (told["value"], told["source"], told["setting"]) == ("5", "environment", "STELLARMAP_BATCH_SIZE")
    listed = await stellarmap(new, "config", "show")
    assert "pipeline_mode" in listed.out
    assert "API_ONLY" in listed.out
    assert "no Google project is configured" in (await stellarmap(new, "config", "show", "pipeline_mode")).out


async def test_a_value_or_key_that_cannot_be_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    for arguments, why in (
        (("set", "batch_size", "0"), "from 1 to 10,000"),
        (("set", "hva", "1"), "There is no such key"),
        (("unset", "hva"), "There is no such key"),
        (("show", "hva"), "There is no such key"),
    ):
        told = await stellarmap(tmp_path / "none", "config", *arguments)
        assert (told.code, why in told.err) == (1, True), told
        assert "starting one" not in told.err


async def test_a_change_is_in_force_within_two_seconds_and_can_be_taken_back(data_dir: Path, system: System) -> None:
    before = (await system.get("/networks"))["pipeline_mode"]
    assert before == "API_ONLY"
    told = await stellarmap(data_dir, "config", "set", "pipeline_mode", "bigquery_only")
    assert (told.code, "pipeline_mode is BIGQUERY_ONLY (stored)" in told.out) == (0, True), told

    async def in_force() -> bool:
        return bool((await system.get("/networks"))["pipeline_mode"] == "BIGQUERY_ONLY")

    began = time.monotonic()
    await until(in_force, within_s=2, what="the mode")
    assert time.monotonic() - began < 2
    assert (await shown(data_dir, "pipeline_mode"))["source"] == "stored"
    told = await stellarmap(data_dir, "config", "unset", "pipeline_mode", "--json")
    assert (json.loads(told.out)["value"], json.loads(told.out)["version"]) == ("API_ONLY", 2)
    listed = (await stellarmap(data_dir, "config", "changes", "--json")).json
    assert [(each["version"], each["value"]) for each in listed] == [(2, None), (1, "BIGQUERY_ONLY")]
    assert all("command line" in each["changed_by"] for each in listed)


async def test_what_is_stored_holds_after_a_restart_and_doctor_and_log_say_the_mode(tmp_path: Path) -> None:
    data = tmp_path / "data"
    told = await stellarmap(data, "config", "set", "pipeline_mode", "BIGQUERY_ONLY")
    assert told.code == 0, told.err
    assert "starting one until this is done" in told.err
    async with running_system(data, log_level="INFO") as system:
        assert (await system.get("/networks"))["pipeline_mode"] == "BIGQUERY_ONLY"
        (line,) = [line for line in system.log.read_text().splitlines() if '"configured"' in line]
        assert "BIGQUERY_ONLY" in line
        assert "config unset pipeline_mode" in line
        checked = await stellarmap(data, "doctor", "--offline")
        assert "Pipeline mode  BIGQUERY_ONLY. It is stored" in checked.out
