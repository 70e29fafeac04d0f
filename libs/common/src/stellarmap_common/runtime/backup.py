"""Backups of a data folder: store and log of one instant, with all that belongs to them, and the way back.

A backup is a folder with a manifest. It appears whole or not at all, and so does what is restored.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import msgspec

from stellarmap_common.adapters.sqlite.backup import Examined, examine, newer_than_this, one_instant
from stellarmap_common.adapters.sqlite.log_file import sole_owner
from stellarmap_common.errors import NotFound, StellarmapError
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.embedded_engine import LOG, STORE
from stellarmap_common.runtime.folder import data_folder
from stellarmap_common.runtime.settings import Mode, ProcessSettings

MANIFEST = "manifest.json"
FORMAT = 1
BESIDE = ("sandbox/*.json",)
"""What belongs to the facts: how far the simulated network has come. Its accounts are made anew from seed and size; the admin
token stays out (a backup is carried about, and a restored folder makes its own)."""
RESTORING = ".restoring"
NOT_OURS = frozenset({RESTORING, f"{LOG}.lock", "lost+found"})  # a folder with these alone is empty
PIECE = 4 * 1024**2
ROOM = 1.02  # a copy needs a little more than it holds

Told = Callable[[str, int, int], None]
"""What is being done, how much of it is done, of how much; in bytes."""


class BackupRefused(StellarmapError):
    """A backup cannot be made or restored like this; nothing was changed, and the message says what to do."""


class KeptFile(msgspec.Struct, frozen=True):
    """One file of a backup."""

    name: str  # its path in the data folder
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is."""

    format: int
    made_at: datetime
    stellarmap: str  # the version that made it
    networks: tuple[str, ...]
    migrations: tuple[str, ...]  # of the store's schema
    log_schema: int
    files: tuple[KeptFile, ...]

    @property
    def bytes(self) -> int:
        """What all files hold."""
        return sum(file.bytes for file in self.files)


def back_up(process: ProcessSettings, target: Path, told: Told) -> Manifest:
    """Afterwards `target` is a folder with all of the data folder at one instant, checked; whoever writes goes on meanwhile.

    Raises: BackupRefused, NotFound, DamagedCopy, StoreUnavailable.
    """
    _require_embedded(process)
    source = process.data_dir
    if not (source / STORE).exists() or not (source / LOG).exists():
        raise NotFound(
            f"There is nothing to back up in {source.absolute()}: STELLARMAP_DATA_DIR names the data folder."
        )
    if target.exists():
        raise BackupRefused(f"{target} exists, and a backup overwrites nothing. Name a folder that does not exist.")
    with _unfinished(target) as folder:
        _copy_databases(source, folder, told)
        for file in (found for pattern in BESIDE for found in source.glob(pattern)):
            copied = folder / file.relative_to(source)
            copied.parent.mkdir(exist_ok=True)
            _copy(file, copied)
        manifest = _manifest(folder, told)
        _write_durably(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return manifest


def restore(process: ProcessSettings, source: Path, told: Told) -> Manifest:
    """Afterwards the data folder, empty before, is as it was when the backup was made; the next start goes on from there.

    Raises: BackupRefused, LogInUse, FolderUnusable.
    """
    manifest = _read_manifest(source)
    _require_embedded(process)
    folder = data_folder(process)
    with sole_owner(folder / LOG):  # no process runs on the folder, nor can one start
        if there := sorted(path.name for path in folder.iterdir() if path.name not in NOT_OURS):
            raise BackupRefused(
                f"The data folder {folder.absolute()} is not empty ({', '.join(there[:3])}). Move what is in it away, or "
                "set STELLARMAP_DATA_DIR to another folder."
            )
        restoring = folder / RESTORING
        shutil.rmtree(restoring, ignore_errors=True)  # of a restore that was killed
        try:
            restoring.mkdir()
            _enough_room(folder, manifest.bytes, "set STELLARMAP_DATA_DIR to a folder on another disk")
            _fetch(manifest, source, restoring, told)
            _put_in_place(manifest, restoring, folder)
        finally:
            shutil.rmtree(restoring, ignore_errors=True)
    return manifest


def _require_embedded(process: ProcessSettings) -> None:
    if process.mode is Mode.CLUSTER:
        raise BackupRefused(
            "In cluster mode Kafka and Cassandra are backed up with their own tools (docs/deployment.md says how); this "
            "command is about the data folder of embedded mode."
        )


def _copy_databases(source: Path, folder: Path, told: Told) -> None:
    with one_instant(source / STORE, source / LOG) as (store, log):
        total = store.bytes + log.bytes
        _enough_room(folder, total, "name a folder on another disk")
        store.copy_to(folder / STORE, lambda done, _: told("Copying", done, total))
        log.copy_to(folder / LOG, lambda done, _: told("Copying", store.bytes + done, total))


def _manifest(folder: Path, told: Told) -> Manifest:
    store, log = _examined(folder / STORE, told), _examined(folder / LOG, told)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return Manifest(
        format=FORMAT,
        made_at=SystemClock().now(),
        stellarmap=version("stellarmap-common"),
        networks=store.networks,
        migrations=store.migrations,
        log_schema=log.log_schema,
        files=tuple(KeptFile(name, (folder / name).stat().st_size, _sha256(folder / name)) for name in names),
    )


def _examined(copy: Path, told: Told) -> Examined:
    told(f"Checking {copy.name}", 0, 0)
    return examine(copy)


def _read_manifest(source: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupRefused(f"{source} is no backup: it has no {MANIFEST}. Name the folder a backup made.") from None
    except (OSError, msgspec.DecodeError) as error:
        raise BackupRefused(f"The {MANIFEST} of {source} cannot be read: {error}. Use another backup.") from error
    newer = newer_than_this(manifest.migrations, manifest.log_schema)
    if manifest.format > FORMAT or newer:
        raise BackupRefused(
            f"{source} was made by a newer StellarMap ({manifest.stellarmap}). Install that version to restore it."
        )
    if any(PurePosixPath(file.name).is_absolute() or ".." in PurePosixPath(file.name).parts for file in manifest.files):
        raise BackupRefused(f"The {MANIFEST} of {source} names files outside its folder. Use another backup.")
    return manifest


def _fetch(manifest: Manifest, source: Path, restoring: Path, told: Told) -> None:
    """Afterwards every file is there, durable, and as the manifest says."""
    done = 0
    for file in manifest.files:
        copied = restoring / file.name
        copied.parent.mkdir(exist_ok=True)
        try:
            found = _copy(source / file.name, copied)
        except FileNotFoundError:
            raise BackupRefused(f"The backup {source} lacks {file.name}. Use another backup.") from None
        if found != file.sha256:
            raise BackupRefused(f"{source / file.name} is not as it was when the backup was made. Use another backup.")
        done += file.bytes
        told("Restoring", done, manifest.bytes)


def _put_in_place(manifest: Manifest, restoring: Path, folder: Path) -> None:
    """The log last: a store without its log is only late, since recovery asks again for what the store says is missing."""
    names = sorted((file.name for file in manifest.files), key=lambda name: (name == LOG, name == STORE, name))
    placed: list[Path] = []
    try:
        for name in names:
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            placed.append(place)
            (restoring / name).rename(place)
            _sync_folders(place.parent, folder)
    except BaseException:  # Ctrl-C too: nothing of it stays
        for place in placed:
            place.unlink(missing_ok=True)
        for emptied in {place.parent for place in placed} - {folder}:
            with suppress(OSError):
                emptied.rmdir()
        raise


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` when all of it is durable; nothing is left if it does not come to that."""
    folder = target.with_name(f"{target.name}.unfinished")
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise BackupRefused(
            f"{folder} exists: another backup is being made there, or one was killed. If none is, delete it."
        ) from None
    except OSError as error:
        raise BackupRefused(f"{target} cannot be made: {error.strerror}. Name a folder elsewhere.") from error
    try:
        yield folder
        _sync_folders(*(path for path in folder.rglob("*") if path.is_dir()), folder)
        folder.rename(target)
    except BaseException:  # Ctrl-C too: half a backup must not be taken for one
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _sync_folders(target.absolute().parent)


def _enough_room(folder: Path, needed: int, otherwise: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed * ROOM:
        raise BackupRefused(
            f"The disk of {folder.absolute()} has {_mib(free)} free, and {_mib(int(needed * ROOM))} are needed. Make room, "
            f"or {otherwise}."
        )


def _copy(source: Path, target: Path) -> str:
    """Afterwards the copy is durable. The SHA-256 of what was copied."""
    with source.open("rb") as reading, target.open("xb") as writing:
        summed = hashlib.sha256()
        for piece in _pieces(reading.read):
            summed.update(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return summed.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _pieces(read: Callable[[int], bytes]) -> Iterable[bytes]:
    while piece := read(PIECE):
        yield piece


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())


def _sync_folders(*folders: Path) -> None:
    """Afterwards the names in these folders survive a power cut."""
    for folder in folders:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _mib(size: int) -> str:
    return f"{size / 1024**2:,.0f} MiB"
