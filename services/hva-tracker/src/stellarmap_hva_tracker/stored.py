"""What a book holds of a network, as its next owner reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import Coverage, HeldBalance, JournalRow, Movement, Yardstick
from stellarmap_common.domain.written import NOTHING_WRITTEN
from stellarmap_hva_tracker.draft import BEGINNING, Draft
from stellarmap_hva_tracker.records import RecordedAt


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A tracker goes on from here; of an empty book, it begins."""

    network: NetworkKey
    epoch: int  # of the owner that goes on
    last: JournalRow | None  # the newest row, applied; all else is as the rows up to it left it
    balances: Sequence[HeldBalance]
    recorded: RecordedAt
    movements: Sequence[Movement]  # at least those of 24 hours, and of the day (UTC) of the newest row; oldest first

    def next_draft(self, yardstick: Yardstick) -> Draft:
        """What will be the next row. Ranked from further down than before, nobody has told all accounts yet."""
        last = self.last
        lower = last is not None and yardstick.thresholds_xlm[0] < last.thresholds_xlm[0]
        return Draft(
            network=self.network,
            number=last.number + 1 if last else 1,
            epoch=self.epoch,
            at=last.at if last else BEGINNING,
            yardstick=yardstick,
            coverage=last.coverage if last and not lower else Coverage(),
            written=last.written if last else NOTHING_WRITTEN,
            told=last is not None and last.yardstick != yardstick,
        )
