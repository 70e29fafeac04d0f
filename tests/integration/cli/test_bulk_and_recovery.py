"""Many accounts from a file, and stuck ones mended: beside a running system and without one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from stellarmap_common.cli.main import app
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from tests.integration.cli.test_commands import SEED, stellarmap
from tests.support.system import System, running_system

NOBODY = encode_strkey(StrkeyKind.ACCOUNT, bytes(range(32)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "data"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(data_dir: Path) -> AsyncIterator[System]:
    async with running_system(data_dir, sandbox_ledger_s=0) as running:
        await running.filled()
        yield running


@pytest.mark.asyncio(loop_scope="module")
async def test_a_file_of_accounts_is_asked_for_and_mapped(system: System, data_dir: Path, tmp_path: Path) -> None:
    examples = [each["address"] for each in (await system.get("/sandbox/overview"))["examples"]]
    file = tmp_path / "accounts.txt"
    file.write_text("\n".join(["# ours", "", *examples, " # theirs", NOBODY, examples[0], "", "nonsense", SEED, ""]))
    told = await stellarmap(data_dir, "request", "--bulk", str(file), "--budget", "0", "--pages", "1", "--json")
    assert told.code == 1, told.err  # for the two that are invalid
    found = told.json
    asked = [each["address"] for each in found["queued"]] + found["known"]
    assert sorted(asked) == sorted({*examples, NOBODY})
    assert found["duplicate"] == [examples[0]]
    assert [(each["index"], each["input"]) for each in found["invalid"]] == [
        (len(examples) + 6, "nonsense"),
        (len(examples) + 7, None),
    ]
    for each in found["queued"]:
        assert (await system.get(f"/sandbox/requests/{each['request_id']}"))["completed"]
    again = await stellarmap(data_dir, "request", "--bulk", str(file), "--budget", "0", "--pages", "1")
    assert again.code == 1
    assert f"line {len(examples) + 7} nonsense" in again.err
    assert f"{len(found['queued'])} mapped" in again.out
    assert "2 invalid" in again.out
    assert "it may hold a secret seed" in again.err
    assert SEED not in told.out + told.err + again.out + again.err


@pytest.mark.asyncio(loop_scope="module")
async def test_a_file_of_valid_accounts_is_a_success(system: System, data_dir: Path, tmp_path: Path) -> None:
    assert system.process.returncode is None
    file = tmp_path / "accounts.txt"
    file.write_text(f"# one\n\n{NOBODY}\n")
    told = await stellarmap(data_dir, "request", "--bulk", str(file))
    assert (told.code, "0 invalid" in told.out) == (0, True), told.err


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_stuck_in_a_system_at_rest(system: System, data_dir: Path) -> None:
    assert system.process.returncode is None
    for words in (("reset-stale", "--minutes", "1"), ("recover-stuck", "--dry-run", "--network", "sandbox")):
        told = await stellarmap(data_dir, *words)
        assert told.code == 0, told.err
        assert "nothing is stuck" in told.out
    refused = await stellarmap(data_dir, "recover-stuck", admin_token="wrong")
    assert refused.code == 1
    assert "admin token" in refused.err


def test_what_is_asked_must_be_one_account_or_a_file(tmp_path: Path) -> None:
    for words in ([], [NOBODY, "--bulk", "-"], ["--bulk", "-", "--retry"]):
        assert CliRunner().invoke(app, ["request", *words]).exit_code == 2
    missing = CliRunner().invoke(app, ["request", "--bulk", str(tmp_path / "nowhere")])
    assert missing.exit_code == 1


async def test_without_a_running_system_one_is_started_until_it_is_done(tmp_path: Path) -> None:
    told = await stellarmap(tmp_path / "data", "recover-stuck", "--json")
    assert told.code == 0, told.err
    assert [each["network"] for each in told.json] == ["sandbox"]
    assert "starting one until this is done" in told.err
