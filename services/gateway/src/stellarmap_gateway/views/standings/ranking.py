"""The board of a network as every answer about standings begins with it, also while none was published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import Yardstick, default_threshold, thresholds_stood_at
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.standing_store import Board, BoardRow
from stellarmap_common.ports.standing_store import ThresholdFigures as Counted
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import unprocessable
from stellarmap_gateway.schemas.standings import Coverage, RankedOf, StorageCheck, ThresholdFigures


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is ranked in a network now. Thresholds are those of the board: what it does not tell cannot be answered."""

    board: Board | None  # None: nothing was ranked yet
    config: Config
    current: bool = True  # False: of an epoch that is over, whose board stays as it is

    @property
    def moment(self) -> tuple[int, datetime] | None:
        """Which of the network's boards it is: no two have the same."""
        return (self.board.number, self.board.as_of) if self.board else None

    @property
    def rows(self) -> tuple[BoardRow, ...]:
        """By rank."""
        return self.board.rows if self.board else ()

    @property
    def figures(self) -> tuple[Counted, ...]:
        """Of every threshold, lowest first."""
        if self.board:
            return self.board.figures
        return tuple(Counted(threshold_xlm=each, accounts=0, total_stroops=0) for each in self.yardstick.thresholds_xlm)

    @property
    def yardstick(self) -> Yardstick:
        """By what accounts are ranked."""
        return self.board.yardstick if self.board else self.config.yardstick

    @property
    def rebuilding(self) -> bool:
        """True while accounts are being ranked by another yardstick than the board's."""
        return self.current and self.yardstick != self.config.yardstick

    @property
    def ladder(self) -> tuple[int, ...]:
        """The balances at ranks 100, 200, 300 and so on."""
        return self.board.ladder if self.board else ()

    @property
    def thresholds(self) -> tuple[int, ...]:
        """By which accounts are ranked, lowest first."""
        return self.yardstick.thresholds_xlm

    @property
    def default(self) -> int:
        """The threshold that is meant where none is named."""
        return default_threshold(self.config.hva_threshold, self.thresholds)

    def at(self, threshold_xlm: int) -> Counted:
        """How many stand there, and with how much."""
        return next(each for each in self.figures if each.threshold_xlm == threshold_xlm)

    def standing_at(self, threshold_xlm: int) -> Sequence[BoardRow]:
        """The rows of those who stand there: a stretch from the top."""
        least = threshold_xlm * STROOPS_PER_XLM
        return tuple(takewhile(lambda row: row.balance_stroops >= least, self.rows))

    def row_of(self, account: Address) -> BoardRow | None:
        """The account's row; None outside of the board."""
        return next((row for row in self.rows if row.account == account), None)

    def seen_at(self, balance_stroops: int) -> int:
        """The threshold at which an account of its own is looked at: the default, or the lowest where it does not stand there."""
        stood_at = thresholds_stood_at(balance_stroops, self.thresholds)
        return self.default if self.default in stood_at else self.thresholds[0]

    def chosen(self, threshold_xlm: int | None) -> int:
        """The threshold that is asked for. Raises: ApiProblem, with the list, if there is no such."""
        if threshold_xlm is None:
            return self.default
        self.check(threshold_xlm)
        return threshold_xlm

    def check(self, threshold_xlm: int) -> None:
        """Raises: ApiProblem, with the list, if accounts are not ranked by this threshold."""
        if threshold_xlm not in self.thresholds:
            raise unprocessable(
                "unsupported-threshold",
                f"Accounts are ranked by these thresholds, in XLM: {', '.join(map(str, self.thresholds))}.",
                advice="Ask for one of them, or leave `threshold` out.",
                where="query.threshold",
            )

    def coverage(self) -> Coverage:
        """Of what accounts are ranked."""
        ledger = self.board.coverage.ledger if self.board else None
        return Coverage(
            of=RankedOf.MAPPED if ledger is None else RankedOf.NETWORK,
            ledger=ledger,
            accounts=self.board.ranked if self.board else 0,
            rebuilding=self.rebuilding,
        )

    def storage(self) -> StorageCheck | None:
        """What its changes took in a store, and what snapshots of it would have taken; None while nothing was ranked."""
        if self.board is None:
            return None
        written = self.board.written
        hours, rows = len(written.hours), written.rows
        size = self.yardstick.board_size
        snapshots = hours * len(self.figures) * size
        return StorageCheck(
            hours=hours,
            rows=rows.total,
            change_rows=rows.changes,
            closing_rows=rows.closings,
            balance_rows=rows.balances,
            snapshot_rows=snapshots,
            standing_snapshot_rows=hours * sum(min(each.accounts, size) for each in self.figures),
            ratio=snapshots / rows.total if rows.total else None,
        )

    def figures_view(self) -> list[ThresholdFigures]:
        """How many stand at each threshold."""
        return [
            ThresholdFigures(
                threshold_xlm=each.threshold_xlm, accounts=each.accounts, total_stroops=str(each.total_stroops)
            )
            for each in self.figures
        ]


async def ranking_of(gateway: Gateway, network: NetworkKey) -> Ranking:
    """What is ranked in the network now."""
    known = gateway.resources.networks.of(network)
    board = await gateway.stores.standings.board_of(network)
    return Ranking(board, gateway.resources.config(), current=known is not None and known.current)
