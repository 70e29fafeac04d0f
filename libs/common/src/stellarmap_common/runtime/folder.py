"""The data folder: everything that is kept."""

import os
from pathlib import Path

from stellarmap_common.errors import StellarmapError
from stellarmap_common.runtime.settings import ProcessSettings


class FolderUnusable(StellarmapError):
    """The data folder cannot be made or written."""


def data_folder(process: ProcessSettings) -> Path:
    """The data folder, which exists now and can be written. Raises: FolderUnusable, which names the setting to change."""
    folder = process.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, "cannot be made", error.strerror) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder, "cannot be written", "read-only, or another user's")
    return folder


def _unusable(folder: Path, what: str, why: str | None) -> FolderUnusable:
    return FolderUnusable(
        f"the data folder {folder.absolute()} {what}: {why}. Set STELLARMAP_DATA_DIR to another folder, or mend this one"
    )
