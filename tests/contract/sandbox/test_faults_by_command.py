"""`stellarmap sandbox faults` against a network that runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from typer.testing import CliRunner, Result

from stellarmap_common.runtime.admin import admin_token
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.http import bound_socket, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings
from stellarmap_sandbox.cli import app
from stellarmap_sandbox.service import open_sandbox
from tests.support.sandbox import sandbox_settings

NOTHING = "Nothing goes wrong: the network answers as it should.\n"


class Command:
    """The command, on a data folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    async def __call__(self, *words: str, url: str | None = None, **environment: str) -> Result:
        named = ["--url", self.url if url is None else url] if url != "" else []
        settings = {"STELLARMAP_DATA_DIR": str(self.folder), "COLUMNS": "200", "NO_COLOR": "1", **environment}

        def invoked() -> Result:
            return CliRunner().invoke(app, ["faults", *words, *named], env=settings)

        return await asyncio.to_thread(invoked)  # the network answers from this thread's loop

    async def kinds(self) -> list[str]:
        return [fault["kind"] for fault in json.loads((await self("list", "--json")).output)["faults"]]


@pytest.fixture
async def command(networks_dir: Path, tmp_path: Path) -> AsyncIterator[Command]:
    process = ProcessSettings.model_validate({"http_port": 0, "data_dir": tmp_path})
    admin = admin_token(process)
    async with open_sandbox(sandbox_settings(), networks_dir, SystemClock(), admin=admin) as sandbox:
        with bound_socket(process) as bound:
            async with serving(Starlette(routes=[Mount("/sandbox", sandbox.app)]), bound):
                yield Command(url_of(bound), tmp_path)


async def test_a_fault_is_set_besides_the_others_or_instead_of_them(command: Command) -> None:
    assert (await command("list")).output == NOTHING
    told = (await command("set", "rate_limited", "--share", "0.2", "--seed", "5", "--path", "/pay")).output
    assert told.startswith("Seed 5.\nrate_limited      active           0 hits   20 % of the requests, with /pay in")
    told = (await command("set", "reset", "--times", "3", "--after", "9", "--for", "5", "--every", "60")).output
    assert (
        "reset             waiting          0 hits   100 % of the requests, 3 times, after 9 s, for 5 s, every" in told
    )
    assert await command.kinds() == ["rate_limited", "reset"]
    told = (await command("set", "history_cut", "--ledger", "9", "--source", "horizon", "--only")).output
    assert "to horizon, from ledger 9" in told
    assert await command.kinds() == ["history_cut"]
    told = (await command("set", "bytes_times", "--factor", "40", "--source", "bigquery")).output
    assert "to bigquery, 40 times the bytes" in told
    assert (await command("off")).output == NOTHING
    assert await command.kinds() == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("set", "history_cut"), 2, "history_cut needs a `ledger`"),
        (("set", "bytes_times"), 2, "bytes_times needs a `factor`"),
        (("set", "everything"), 2, "'rate_limited_bare'"),
        (("set", "reset", "--share", "1.5"), 2, "Invalid value for '--share'"),
        (("set", "reset", "--every", "5"), 2, "`every_s` needs a `for_s`"),
        (("set", "reset", "--for", "0"), 1, "Expected `float` > 0.0 - at `$.faults[0].for_s`"),
    ],
)
async def test_what_is_wrong_is_said(command: Command, words: tuple[str, ...], code: int, told: str) -> None:
    result = await command(*words)
    assert result.exit_code == code
    assert told in result.output
    assert await command.kinds() == []


async def test_who_cannot_be_asked_is_said(command: Command, tmp_path: Path) -> None:
    stranger = await command("list", STELLARMAP_ADMIN_TOKEN="another")
    assert "The admin token is missing, or not that of this process" in stranger.output
    nobody = await command("list", url="")
    assert f"no StellarMap runs on the data folder {tmp_path}" in nobody.output
    silent = await command("list", url="http://127.0.0.1:1")
    assert "http://127.0.0.1:1 does not answer" in silent.output
    other = await command("list", url=f"{command.url}/sandbox/horizon")
    assert "has no simulated network with faults" in other.output
    tokenless = await command("list", STELLARMAP_DATA_DIR=str(tmp_path / "none"))
    assert "there is no admin token in" in tokenless.output
    results = (stranger, nobody, silent, other, tokenless)
    assert [result.exit_code for result in results] == [1] * len(results)
