"""A process whose SQLite is watched: every write and sync of its files is recorded, in the order in which they happened.

`python -m tests.support.power_recorder RECORDING COMMAND …` runs a `stellarmap` command like this. It needs no compiler: the
default file system layer of the SQLite library that Python uses is wrapped, by ctypes, in one that records.
"""

import ctypes
import struct
import sys
import threading
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import BinaryIO

from stellarmap_common.adapters.sqlite import connection, log_file
from stellarmap_common.cli.main import app
from tests.support.power_cut import DELETE, HEAD, SYNC, TRUNCATE, WRITE

OFTEN = 60  # pages: so that copying into the file, which power may cut too, happens many times in a small run

_OPEN = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Methods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = [
        ("iVersion", c_int),
        ("xClose", c_void_p),
        ("xRead", c_void_p),
        ("xWrite", _WRITE),
        ("xTruncate", _TRUNCATE),
        ("xSync", _SYNC),
        *((f"other{number}", c_void_p) for number in range(13)),
    ]


class _File(Structure):
    """sqlite3_file."""

    _fields_ = [("pMethods", POINTER(_Methods))]


class _Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = [
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", _OPEN),
        ("xDelete", _DELETE),
        *((f"other{number}", c_void_p) for number in range(14)),
    ]


class Recorder:
    """The layer that records. It must be kept as long as SQLite is used."""

    def __init__(self, recording: BinaryIO) -> None:
        self._recording = recording
        self._lock = threading.Lock()
        self._paths: dict[int, bytes] = {}  # by the address of the open file
        self._wrapped: dict[int, _Methods] = {}  # by the address of the methods they wrap
        self._sqlite = ctypes.CDLL("libsqlite3.so.0")
        self._sqlite.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._default = self._sqlite.sqlite3_vfs_find(None)
        self._vfs = _Vfs.from_buffer_copy(self._default.contents)
        self._vfs.zName = b"recorded"
        self._vfs.xOpen = _OPEN(self._open)
        self._vfs.xDelete = _DELETE(self._delete)

    def install(self) -> None:
        """Afterwards every connection of this process goes through it."""
        if self._sqlite.sqlite3_vfs_register(byref(self._vfs), 1) != 0:
            raise OSError("SQLite took no file system layer")

    def _open(self, _: int, path: bytes | None, file: int, flags: int, flags_out: int) -> int:
        code = int(self._default.contents.xOpen(ctypes.addressof(self._default.contents), path, file, flags, flags_out))
        if code == 0 and path is not None:
            self._paths[file] = path
            opened = ctypes.cast(file, POINTER(_File)).contents
            opened.pMethods = ctypes.pointer(self._recorded(opened.pMethods.contents))
        return code

    def _recorded(self, methods: _Methods) -> _Methods:
        address = ctypes.addressof(methods)
        if address not in self._wrapped:
            mine = _Methods.from_buffer_copy(methods)

            def write(file: int, data: int, size: int, offset: int) -> int:
                self._note(WRITE, self._paths[file], offset, ctypes.string_at(data, size))
                return int(methods.xWrite(file, data, size, offset))

            def truncate(file: int, size: int) -> int:
                self._note(TRUNCATE, self._paths[file], size)
                return int(methods.xTruncate(file, size))

            def sync(file: int, flags: int) -> int:
                code = int(methods.xSync(file, flags))
                self._note(SYNC, self._paths[file])  # what was written before is on the disk from here on
                return code

            mine.xWrite, mine.xTruncate, mine.xSync = _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)
            self._wrapped[address] = mine
        return self._wrapped[address]

    def _delete(self, _: int, path: bytes, sync_folder: int) -> int:
        self._note(DELETE, path)
        return int(self._default.contents.xDelete(ctypes.addressof(self._default.contents), path, sync_folder))

    def _note(self, kind: int, path: bytes, offset: int = 0, content: bytes = b"") -> None:
        name = path.rpartition(b"/")[2]
        with self._lock:
            self._recording.write(struct.pack(HEAD, kind, len(name), offset, len(content)) + name + content)


def _app() -> None:
    app(standalone_mode=False)


def main(run: Callable[[], None] = _app) -> None:
    """Runs the command of the command line, or what else runs with its words, recorded."""
    recording, *words = sys.argv[1:]
    connection.CHECKPOINT_PAGES = OFTEN
    log_file._CHECKPOINT_PAGES = OFTEN
    with Path(recording).open("wb") as file:
        recorder = Recorder(file)
        recorder.install()
        sys.argv[1:] = words
        run()


if __name__ == "__main__":
    main()
