"""A restore that fails leaves the folder as it was, and tells what it failed with."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stellarmap_common.runtime import backup
from stellarmap_common.runtime.backup import KeptFile, Manifest

NAMES = ("sandbox/a.json", "sandbox/b.json", "store.sqlite", "log.sqlite")


def test_nothing_stays_of_a_restore_whose_last_file_cannot_be_put_in_place(tmp_path: Path) -> None:
    restoring, folder = tmp_path / "restoring", tmp_path / "data"
    folder.mkdir()
    for name in NAMES[:-1]:
        (restoring / name).parent.mkdir(parents=True, exist_ok=True)
        (restoring / name).write_text(name)
    manifest = Manifest(
        format=1,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        stellarmap="",
        networks=(),
        migrations=(),
        log_schema=1,
        files=tuple(KeptFile(name, 1, "") for name in NAMES),
    )
    with pytest.raises(FileNotFoundError, match=r"log\.sqlite"):
        backup._put_in_place(manifest, restoring, folder)
    assert list(folder.iterdir()) == []
