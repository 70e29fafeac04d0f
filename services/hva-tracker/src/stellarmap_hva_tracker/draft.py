"""What has been decided and stands in no journal row yet."""

from dataclasses import dataclass, field
from datetime import datetime

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import Closing, Coverage, JournalRow, Movement, StandingChange


@dataclass(slots=True, kw_only=True)
class Draft:
    """Becomes the next row of a journal."""

    network: NetworkKey
    number: int
    epoch: int
    at: datetime
    thresholds_xlm: tuple[int, ...]
    coverage: Coverage
    told: bool = False  # there is something to journal
    movements: list[Movement] = field(default_factory=list)
    changes: list[StandingChange] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)

    def row(self) -> JournalRow | None:
        """What was decided since the last one, as it will stand for ever; None if nothing was."""
        if not self.told:
            return None
        row = JournalRow(
            network=self.network,
            number=self.number,
            epoch=self.epoch,
            at=self.at,
            thresholds_xlm=self.thresholds_xlm,
            coverage=self.coverage,
            movements=tuple(self.movements),
            changes=tuple(self.changes),
            closings=tuple(self.closings),
        )
        self.number += 1
        self.told, self.movements, self.changes, self.closings = False, [], [], []
        return row
