"""What a disk holds when the power fails: all that was synced, and of the rest nothing, everything, or any part of it."""

import random
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

WRITE, TRUNCATE, SYNC, DELETE = range(4)
HEAD = "<BHqI"  # kind, length of the name, offset or size, length of the content
SECTOR = 512  # a write that was not synced may be there in part, by sectors


class Happened(NamedTuple):
    """One thing that was done to a file."""

    kind: int
    name: str
    offset: int  # of TRUNCATE: the size
    content: bytes


def read_recording(path: Path) -> tuple[Happened, ...]:
    """What happened, in order."""
    return tuple(_happened(path.read_bytes()))


def _happened(recorded: bytes) -> Iterator[Happened]:
    at, head = 0, struct.calcsize(HEAD)
    while at < len(recorded):
        kind, named, offset, size = struct.unpack_from(HEAD, recorded, at)
        content = at + head + named
        yield Happened(kind, recorded[at + head : content].decode(), offset, recorded[content : content + size])
        at = content + size


@dataclass(slots=True)
class _File:
    durable: bytearray | None = None  # None: it is not there
    pending: list[Happened] = field(default_factory=list)
    named: bool = False  # its name is durable, too

    def settle(self) -> None:
        self.durable = _applied(self.durable, self.pending)
        self.pending.clear()


class Disk:
    """The files of one folder while time passes."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def pass_by(self, happened: Happened) -> None:
        """Afterwards it has happened."""
        file = self._files.setdefault(happened.name, _File())
        if happened.kind != SYNC:
            file.named = file.named and happened.kind != DELETE
            file.pending.append(happened)
            return
        file.settle()
        if not file.named and happened.name.endswith(("-wal", "-journal")):
            self._sync_folder()  # SQLite does, with the first sync of such a file
        file.named = True

    def _sync_folder(self) -> None:
        """Names that were taken away do not come back. Whatever was written before is not synced by this."""
        for file in self._files.values():
            if any(each.kind == DELETE for each in file.pending):
                file.settle()

    def left_in(self, folder: Path, chance: random.Random) -> None:
        """Afterwards the folder holds what is left when the power fails now; which of what may be left, is chance."""
        kept = chance.choice((0.0, 0.0, 0.3, 0.7, 0.95, 1.0))
        for name, file in self._files.items():
            content = _applied(file.durable, _survivors(file.pending, kept, chance))
            if content is not None:
                (folder / name).write_bytes(content)


def disks_at(happened: Sequence[Happened], cuts: Iterable[int]) -> Iterator[tuple[int, Disk]]:
    """The disk after each of these numbers of happenings, in order."""
    disk, passed = Disk(), 0
    for cut in sorted(cuts):
        for each in happened[passed:cut]:
            disk.pass_by(each)
        passed = cut
        yield cut, disk


def _survivors(pending: Sequence[Happened], kept: float, chance: random.Random) -> Iterator[Happened]:
    for each in pending:
        if kept == 1.0:
            yield each
        elif kept and each.kind == WRITE:
            for begin in range(0, len(each.content), SECTOR):
                if chance.random() < kept:
                    yield each._replace(offset=each.offset + begin, content=each.content[begin : begin + SECTOR])
        elif kept and chance.random() < kept:
            yield each


def _applied(content: bytearray | None, happened: Iterable[Happened]) -> bytearray | None:
    """A copy of the content after these."""
    after = None if content is None else bytearray(content)
    for each in happened:
        if each.kind == DELETE:
            after = None
        elif each.kind == TRUNCATE:
            after = bytearray((after or b"")[: each.offset].ljust(each.offset, b"\0"))
        else:
            after = bytearray() if after is None else after
            if len(after) < each.offset:
                after.extend(bytes(each.offset - len(after)))
            after[each.offset : each.offset + len(each.content)] = each.content
    return after
