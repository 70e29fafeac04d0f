"""What has been decided and stands in no journal row yet."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import Closing, Coverage, JournalRow, Movement, StandingChange, Yardstick
from stellarmap_common.domain.written import NO_ROWS, Rows, Written

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # nothing is told of any earlier time
HOUR = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Draft:
    """Becomes the next row of a journal."""

    network: NetworkKey
    number: int
    epoch: int
    at: datetime
    yardstick: Yardstick
    coverage: Coverage
    written: Written  # up to the hour that goes on, and without what of that stands in no row yet
    told: bool = False  # there is something to journal
    movements: list[Movement] = field(default_factory=list)
    changes: list[StandingChange] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    _counted: Rows = NO_ROWS  # of what is in it, that is in `written` already
    hour_ends: datetime = field(init=False)  # that of `at`

    def __post_init__(self) -> None:
        self.hour_ends = _next_hour(self.at)

    def advance(self, at: datetime) -> None:
        """What comes next is of that time. Rows count for the hour they are decided in, wherever rows of the journal end."""
        if at >= self.hour_ends:
            if self.hour_ends != _FIRST_HOUR_ENDS:
                self._count(self._decided())
            self.hour_ends = _next_hour(at)
        self.at = at

    def row(self) -> JournalRow | None:
        """What was decided since the last one, as it will stand for ever; None if nothing was."""
        if not self.told:
            return None
        row = self._decided()
        self._count(row)
        self.number += 1
        self.told, self.movements, self.changes, self.closings, self._counted = False, [], [], [], NO_ROWS
        return replace(row, written=self.written)

    def _count(self, decided: JournalRow) -> None:
        rows = decided.rows
        self.written = self.written.until(self.at, rows.beyond(self._counted))
        self._counted = rows

    def _decided(self) -> JournalRow:
        return JournalRow(
            network=self.network,
            number=self.number,
            epoch=self.epoch,
            at=self.at,
            thresholds_xlm=self.yardstick.thresholds_xlm,
            board_size=self.yardstick.board_size,
            coverage=self.coverage,
            movements=tuple(self.movements),
            changes=tuple(self.changes),
            closings=tuple(self.closings),
        )


def _next_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + HOUR


_FIRST_HOUR_ENDS = _next_hour(BEGINNING)
"""Before it, nothing happened."""
