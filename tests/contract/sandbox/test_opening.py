"""Opened: filled by a process of its own, kept, living on after a restart; a real server that the SDK reads."""

import asyncio
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from stellar_sdk import Server
from stellar_sdk.exceptions import NotFoundError

from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.http import Part, compose
from stellarmap_sandbox.filling import folder_of
from stellarmap_sandbox.service import open_sandbox
from stellarmap_sandbox.spec import BASE_LEDGER
from stellarmap_sandbox.world import NetworkNotMade
from tests.support.sandbox import asking, running_sandbox, sandbox_settings

ACCOUNTS = 2_000


class MovedClock(SystemClock):
    """Real time, some hours on."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


async def test_until_it_is_filled_it_answers_still_ingesting_and_tells_how_far_it_is(tmp_path: Path) -> None:
    async with open_sandbox(sandbox_settings(ACCOUNTS), tmp_path, SystemClock()) as sandbox, asking(sandbox) as asked:
        filling = sandbox.filling()
        assert filling is not None
        assert (filling.done, filling.total) == (0, ACCOUNTS)
        assert sandbox.examples() == ()
        status, body = await asked.problem("/payments")
        assert (status, body["type"]) == (503, "https://stellar.org/horizon-errors/still_ingesting")
        assert (await asked.get("/"))["history_latest_ledger"] == 0
        assert (await asked.expert("/directory/x")).status_code == 503
        with pytest.raises(NetworkNotMade):
            _ = sandbox.truth
        await sandbox.ready()
        assert sandbox.filling() is None
        assert len(await asked.records("/payments")) == 10
        assert len(sandbox.examples()) == 6


async def test_filling_never_holds_the_event_loop(tmp_path: Path) -> None:
    longest = 0.0
    async with open_sandbox(sandbox_settings(20_000), tmp_path, SystemClock()) as sandbox:
        last = time.thread_time()  # our own work alone: the machine may be busy with others'
        while sandbox.filling() is not None:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, last = max(longest, now - last), now
    assert longest < 0.05


async def test_a_filled_network_is_there_at_once_the_next_time(tmp_path: Path) -> None:
    settings = sandbox_settings(ACCOUNTS)
    async with running_sandbox(tmp_path, settings) as asked:
        first = await asked.records("/operations", limit=200, order="desc")
    made = {file: file.stat().st_mtime_ns for file in folder_of(asked.world.spec, tmp_path).iterdir()}
    async with running_sandbox(tmp_path, settings) as asked:
        again = await asked.records("/operations", limit=200, order="desc")
    assert [record["id"] for record in first] == [record["id"] for record in again]
    assert made == {file: file.stat().st_mtime_ns for file in folder_of(asked.world.spec, tmp_path).iterdir()}


async def test_it_goes_on_after_a_restart_where_it_would_be_by_now(tmp_path: Path) -> None:
    settings = sandbox_settings(ACCOUNTS, ledger_s=5)
    async with running_sandbox(tmp_path, settings) as asked:
        assert asked.sandbox.truth.ledger == BASE_LEDGER
    async with running_sandbox(tmp_path, settings, clock=MovedClock(timedelta(hours=2))) as asked:
        truth = asked.sandbox.truth
        assert truth.ledger in range(BASE_LEDGER + 1_440, BASE_LEDGER + 1_500)
        newest = (await asked.records("/payments", order="desc", limit=1))[0]
        assert int(newest["id"]) >> 32 > BASE_LEDGER + 1_000
        assert truth.count() > ACCOUNTS + 1


async def test_it_answers_where_the_embedded_process_mounts_it(networks_dir: Path) -> None:
    async with open_sandbox(sandbox_settings(), networks_dir, SystemClock()) as sandbox:
        await sandbox.ready()
        app = compose([Part("/sandbox", sandbox.app, root="/sandbox")], otherwise=None)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8400") as client:
            page = (await client.get("/sandbox/horizon/payments?limit=1")).json()
            following = page["_links"]["next"]["href"]
            assert following.startswith("http://127.0.0.1:8400/sandbox/horizon/payments?cursor=")
            assert (await client.get(following)).status_code == httpx.codes.OK
            assert (await client.get(f"/sandbox/expert/account/{sandbox.truth.genesis}")).status_code == httpx.codes.OK


async def test_who_moves_is_told_where_ledgers_close_and_nobody_where_none_does(networks_dir: Path) -> None:
    async with running_sandbox(networks_dir, sandbox_settings(ledger_s=5)) as asked:
        moving = asked.sandbox.moving()
        assert len(moving) >= 40
        truth = asked.sandbox.truth
        assert all(truth.exists(account.address) for account in moving)
    async with running_sandbox(networks_dir, sandbox_settings()) as asked:
        assert asked.sandbox.moving() == ()


async def test_living_ledgers_close_by_themselves(tmp_path: Path) -> None:
    async with running_sandbox(tmp_path, sandbox_settings(ACCOUNTS, ledger_s=0.001)) as asked:
        async with asyncio.timeout(20):
            for _ in range(20):
                await asked.world.next_ledger()
        assert (await asked.get("/"))["history_latest_ledger"] >= BASE_LEDGER + 20


async def test_closing_while_it_fills_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    async with open_sandbox(sandbox_settings(200_000), tmp_path, SystemClock()) as sandbox, asyncio.timeout(30):
        while not list(folder.glob("*.making")):  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        assert sandbox.filling() is not None
    assert [file.name for file in folder.iterdir()] == ["sandbox-7-200000.json"]


async def test_a_network_that_cannot_be_made_is_said_to_be(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_sandbox(sandbox_settings(ACCOUNTS), tmp_path, SystemClock()) as sandbox:
        (tmp_path / "sandbox").rename(tmp_path / "moved")
        (tmp_path / "sandbox").write_text("in the way")
        with pytest.raises(NetworkNotMade, match="could not be made"):
            await sandbox.ready()
    assert "FileExistsError" in capfd.readouterr().err


async def test_the_command_serves_horizon_to_the_sdk(networks_dir: Path) -> None:
    command = [sys.executable, "-c", "from stellarmap_sandbox.cli import app; app()", "serve", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--data-dir",
        str(networks_dir),
        stdout=asyncio.subprocess.PIPE,
        env={"STELLARMAP_SANDBOX_ACCOUNTS": "1000", "STELLARMAP_SANDBOX_SEED": "7", "STELLARMAP_SANDBOX_LEDGER_S": "0"},
        cwd=networks_dir,
    )
    try:
        assert process.stdout is not None
        lines = [(await process.stdout.readline()).decode().split() for _ in range(6)]
        assert [line[0] for line in lines] == ["Horizon", "Stellar", "BigQuery", "Faults", "Admin", "Ready"]
        await asyncio.to_thread(_read_with_the_sdk, lines[0][-1])
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{lines[1][-1]}/directory")).status_code == httpx.codes.OK
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


async def test_the_command_names_a_setting_that_it_cannot_have(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from stellarmap_sandbox.cli import app; app()", "serve", "--port", "0"]
    environment = {"STELLARMAP_SANDBOX_ACCOUNTS": "5"}
    process = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.PIPE, env=environment, cwd=tmp_path
    )
    _, told = await process.communicate()
    assert process.returncode == 1
    assert told.decode().startswith("✗ STELLARMAP_SANDBOX_ACCOUNTS: ")
    assert "Traceback" not in told.decode()


def _read_with_the_sdk(url: str) -> None:
    with Server(url) as server:
        root = server.root().call()
        creation = server.payments().limit(1).call()["_embedded"]["records"][0]
        account = server.accounts().account_id(creation["account"]).call()
        assert account["id"] == creation["account"]
        assert root["network_passphrase"] == "StellarMap Sandbox ; sandbox-7-1000"
        assert server.load_account(creation["account"]).sequence == int(account["sequence"])
        pages = server.payments().for_account(creation["account"]).limit(5)
        first, second = pages.call(), pages.next()
        assert len(first["_embedded"]["records"]) == len(second["_embedded"]["records"]) == 5
        operation = server.operations().operation(creation["id"]).call()
        assert operation["type"] == "create_account"
        assert (
            server.effects().for_operation(creation["id"]).call()["_embedded"]["records"][0]["type"]
            == "account_created"
        )
        assert server.ledgers().ledger(3).call()["sequence"] == 3
        assert server.transactions().transaction(creation["transaction_hash"]).call()["successful"] is True
        with pytest.raises(NotFoundError):
            server.ledgers().ledger(10**9).call()
