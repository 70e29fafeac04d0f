"""Dead letters at the command line: seen with or without a running system, given back by the one that runs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.cli.dead_letters import TOGETHER, dlq
from stellarmap_common.events.topics import ACCOUNT_REQUESTED, INGEST_HORIZON, dead_letter_topic
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from tests.integration.cli.test_commands import SEED, stellarmap
from tests.support.bus import OpenedBus
from tests.support.system import System, running_system, until

DLQ = dead_letter_topic(ACCOUNT_REQUESTED, INGEST_HORIZON)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose topic holds two records that are no events; one of them is a secret.

    Each ingest service sets them aside for itself: one of the two is looked at.
    """
    return await holding(tmp_path_factory.mktemp("dlq") / "data", b"no event", SEED.encode())


async def holding(folder: Path, *values: bytes) -> Path:
    """The new folder, whose topic holds these records."""
    await asyncio.to_thread(folder.mkdir)
    metrics = open_metrics(CollectorRegistry())
    async with open_embedded_bus(
        folder / "log.sqlite", clock=SystemClock(), metrics=metrics, accepts=lambda _: True
    ) as bus:
        await bus.apply_topics()
        for value in values:
            await OpenedBus(bus, metrics).put(ACCOUNT_REQUESTED, value, ())
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(data_dir: Path) -> AsyncIterator[System]:
    assert "no dead letters" in (await stellarmap(data_dir, "dlq", "list")).out
    async with running_system(data_dir) as running:
        await letters(data_dir, 2)
        yield running


async def letters(data_dir: Path, count: int) -> str:
    """What `dlq list` says once there are so many."""

    async def listed() -> str:
        told = await stellarmap(data_dir, "dlq", "list", "--limit", "10000")
        return told.out if told.out.count(f"{DLQ}:") == count else ""

    return str(await until(listed, within_s=30, what=f"{count} dead letters"))


async def test_they_are_listed_and_shown_without_secrets(data_dir: Path, system: System) -> None:
    listed = await letters(data_dir, 2)
    assert "headers are missing" in listed
    shown = [await stellarmap(data_dir, "dlq", "show", f"{DLQ}:0:{offset}") for offset in (0, 1)]
    assert [told.code for told in shown] == [0, 0]
    assert any("no event" in told.out for told in shown)
    assert all("never" in told.out and SEED not in told.out for told in shown)
    assert SEED not in system.log.read_text()


async def test_which_ones_it_would_be_is_told_and_nothing_done(data_dir: Path, system: System) -> None:
    told = await stellarmap(data_dir, "dlq", "replay", "--all", "--group", INGEST_HORIZON, "--dry-run")
    assert (told.code, told.out.count(f"{DLQ}:0:")) == (0, 2)
    assert "2 would be given back" in told.out
    none = await stellarmap(data_dir, "dlq", "replay", "--all", "--group", "nobody", "--dry-run")
    assert "0 would be given back" in none.out
    assert "never" in (await stellarmap(data_dir, "dlq", "show", f"{DLQ}:0:0")).out
    assert system.process.returncode is None


async def test_only_whoever_holds_the_token_gives_them_back(data_dir: Path, system: System) -> None:
    told = await stellarmap(data_dir, "dlq", "replay", f"{DLQ}:0:0", admin_token="wrong")
    assert told.code == 1
    assert "admin token" in told.err
    assert system.process.returncode is None


async def test_one_that_is_given_back_and_fails_again_is_a_new_dead_letter(data_dir: Path, system: System) -> None:
    told = await stellarmap(data_dir, "dlq", "replay", f"{DLQ}:0:0")
    assert (told.code, "1 given back" in told.out) == (0, True), told.err
    await letters(data_dir, 3)
    assert "never" not in (await stellarmap(data_dir, "dlq", "show", f"{DLQ}:0:0")).out
    left = await stellarmap(data_dir, "dlq", "replay", "--all", "--group", INGEST_HORIZON, "--dry-run")
    assert "2 would be given back" in left.out
    assert system.process.returncode is None


async def test_more_than_one_answer_takes_are_all_given_back(tmp_path: Path) -> None:
    many = 2 * TOGETHER + 50
    folder = await holding(tmp_path / "data", *(b"no event %d" % number for number in range(many)))
    async with running_system(folder):
        await letters(folder, many)
        told = await stellarmap(folder, "dlq", "replay", "--all", "--group", INGEST_HORIZON)
        assert (told.code, f"{many} given back" in told.out) == (0, True)
        await letters(folder, 2 * many)  # each fails once more


async def test_what_is_gone_is_told(data_dir: Path, system: System) -> None:
    gone = await stellarmap(data_dir, "dlq", "replay", f"{DLQ}:0:99")
    assert (gone.code, f"{DLQ}:0:99" in gone.err) == (1, True)
    assert system.process.returncode is None


@pytest.mark.parametrize("words", [("x",), (), (f"{DLQ}:0:0", "--all"), (f"{DLQ}:0:0", "--group", INGEST_HORIZON)])
async def test_what_to_give_back_must_be_said(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(dlq, ["replay", *words]).exit_code == 2


async def test_without_a_running_system_it_says_what_to_start(tmp_path: Path) -> None:
    told = await stellarmap(tmp_path, "dlq", "replay", "--all")
    assert (told.code, "stellarmap up" in told.err) == (1, True)
