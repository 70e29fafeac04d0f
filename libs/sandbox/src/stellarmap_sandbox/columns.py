"""Columns of integers: kept in arrays while they are written, as files afterwards, read by mapping those."""

import mmap
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Literal

Typecode = Literal["B", "i", "I", "q", "Q"]
if TYPE_CHECKING:
    Numbers = memoryview[int]
else:
    Numbers = memoryview  # which has no subscript at run time


def new_column(typecode: Typecode) -> "array[int]":
    """An empty column."""
    return array(typecode)


def write_column(path: Path, column: "array[int]") -> None:
    """The file holds the column."""
    with path.open("wb") as file:
        column.tofile(file)


def map_column(path: Path, typecode: Typecode, *, private: bool = False) -> Numbers:
    """The column in the file, without reading it; a private one may be changed, and the file stays as it is."""
    with path.open("rb") as file:
        access = mmap.ACCESS_COPY if private else mmap.ACCESS_READ
        return memoryview(mmap.mmap(file.fileno(), 0, access=access)).cast("B").cast(typecode)
