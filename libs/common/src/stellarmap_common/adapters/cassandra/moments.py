"""Moments as they stand in columns: microseconds since 1970, UTC. The database's own type keeps milliseconds only."""

from datetime import UTC, datetime, timedelta
from typing import overload

MICROSECOND = timedelta(microseconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def micros(moment: datetime) -> int: ...
@overload
def micros(moment: datetime | None) -> int | None: ...
def micros(moment: datetime | None) -> int | None:
    """An aware moment as it is stored."""
    return None if moment is None else (moment - _BEGINNING) // MICROSECOND


@overload
def moment_of(stored: int) -> datetime: ...
@overload
def moment_of(stored: int | None) -> datetime | None: ...
def moment_of(stored: int | None) -> datetime | None:
    """The moment, UTC, that a column holds."""
    return None if stored is None else _BEGINNING + timedelta(microseconds=stored)
