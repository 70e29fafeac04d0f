"""What an import will take, told before it begins. The figures are of docs/import.md."""

from dataclasses import dataclass

from stellarmap_common.runtime.settings import Mode

_ROWS_A_SECOND = {Mode.EMBEDDED: 45_000, Mode.CLUSTER: 4_000}
_BYTES_A_ROW = {Mode.EMBEDDED: 180, Mode.CLUSTER: 400}


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of rows that are still to be read."""

    rows: int
    seconds: float
    disk: int  # bytes that the store will take


def estimate_of(rows: int, mode: Mode) -> Estimate:
    """About what so many rows take."""
    return Estimate(rows, rows / _ROWS_A_SECOND[mode], rows * _BYTES_A_ROW[mode])
