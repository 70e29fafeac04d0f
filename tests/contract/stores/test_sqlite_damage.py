"""Files that are not what they should be: left as they are, and people are told what to do."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.log_file import LogForeign, LogUnavailable, connect_writer, log_topics
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.runtime.checks import Check, Verdict, check_installation
from stellarmap_common.runtime.settings import Settings

NOISE = b"this was never a database\n" * 400


def foreign(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photographs (name TEXT)")
    return path.read_bytes()


def test_a_broken_store_is_said_to_be_and_how_to_get_it_back(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(NOISE)
    with pytest.raises(StoreUnavailable, match=r"store\.sqlite is damaged .*`stellarmap restore SOURCE`"):
        migrate(tmp_path / "store.sqlite")
    assert (tmp_path / "store.sqlite").read_bytes() == NOISE


def test_a_broken_log_is_said_to_be_and_how_to_get_it_back(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_bytes(NOISE)
    with pytest.raises(LogUnavailable, match=r"log\.sqlite is damaged .*`stellarmap restore SOURCE`"):
        connect_writer(tmp_path / "log.sqlite")
    assert (tmp_path / "log.sqlite").read_bytes() == NOISE


def test_somebody_elses_database_is_no_log_and_is_left_alone(tmp_path: Path) -> None:
    before = foreign(tmp_path / "log.sqlite")
    for opened in (connect_writer, log_topics):
        with pytest.raises(LogForeign, match="Move it away"):
            opened(tmp_path / "log.sqlite")
    assert (tmp_path / "log.sqlite").read_bytes() == before


@pytest.mark.parametrize("name", ["store.sqlite", "log.sqlite"])
@pytest.mark.parametrize("content", [NOISE, None])
async def test_the_doctor_finds_what_would_keep_it_from_starting(
    name: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STELLARMAP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STELLARMAP_HTTP_PORT", "0")
    migrate(tmp_path / "store.sqlite")
    connect_writer(tmp_path / "log.sqlite").close()
    assert [check.name for check in await bad()] == []
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(content) if content else foreign(tmp_path / name)
    (found,) = await bad()
    assert name in found.found
    assert "stellarmap restore" in found.mend


async def bad() -> list[Check]:
    return [check for check in await check_installation(Settings.load(), offline=True) if check.verdict is Verdict.BAD]
