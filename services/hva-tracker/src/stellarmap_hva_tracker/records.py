"""What was last recorded of each account, at each threshold as if it were the only one."""

from collections.abc import Collection, Mapping, Sequence

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import ChangeType, HeldBalance, Standing, StandingStep, Yardstick
from stellarmap_hva_tracker.rules import NEVER, change_due, rank_down_at, rank_up_at

RecordedAt = Mapping[int, dict[Address, Standing]]  # threshold in XLM -> account -> its last record there
Due = Mapping[ChangeType, Sequence[StandingStep]]  # by what has become of an account


class Records:
    """An account has a record at a threshold from its ENTERED until its EXITED there."""

    def __init__(self, yardstick: Yardstick, recorded: RecordedAt) -> None:
        """`recorded` may hold thresholds by which nobody ranks any more: nothing is large enough for them."""
        thresholds_xlm, self._board_size = yardstick.thresholds_xlm, yardstick.board_size
        retired = [(xlm, NEVER, recorded[xlm]) for xlm in sorted(recorded) if xlm not in thresholds_xlm]
        live = [(xlm, xlm * STROOPS_PER_XLM, recorded.get(xlm, {})) for xlm in thresholds_xlm]
        self._at = (*retired, *live)
        self._recorded = {xlm: at for xlm, _, at in self._at}

    def due(self, account: Address, balance_stroops: int, rank: int) -> Due:
        """What is to be told, at each threshold, of an account that has this balance and rank now."""
        due: dict[ChangeType, list[StandingStep]] = {}
        for xlm, limit_stroops, recorded in self._at:
            before = recorded.get(account)
            if balance_stroops >= limit_stroops:
                change = change_due(before, balance_stroops, rank, self._board_size)
            elif before is not None:
                change = ChangeType.EXITED
            elif limit_stroops != NEVER:
                break  # nor does it, or did, at any higher one
            else:
                continue
            if change:
                due.setdefault(change, []).append(StandingStep(threshold_xlm=xlm, before=before))
        return due

    def record(self, account: Address, now: Standing, due: Due) -> None:
        """Afterwards that is what was recorded last where something was due."""
        for change, steps in due.items():
            for step in steps:
                recorded = self._recorded[step.threshold_xlm]
                if change is ChangeType.EXITED:
                    del recorded[account]
                else:
                    recorded[account] = now

    def last_at(self, account: Address, thresholds_xlm: Collection[int]) -> list[StandingStep]:
        """What was recorded of it last at those of the thresholds where anything was, lowest first."""
        return [
            StandingStep(threshold_xlm=xlm, before=recorded[account])
            for xlm, _, recorded in self._at
            if xlm in thresholds_xlm and account in recorded
        ]

    def told_at(self, account: Address) -> tuple[int, int]:
        """The ranks from which a rise, and a fall, of the account is due at one threshold at least."""
        ranks = [recorded[account].rank for _, _, recorded in self._at if account in recorded]
        if not ranks:
            return 0, NEVER
        return rank_up_at(max(ranks), self._board_size), rank_down_at(min(ranks), self._board_size)

    def unsettled(self, held: Mapping[Address, HeldBalance]) -> list[Address]:
        """Accounts that stand where nothing is recorded, or have a record where nobody stands: thresholds have changed."""
        found: dict[Address, None] = {}
        for _, limit_stroops, recorded in self._at:
            if limit_stroops == NEVER:
                found |= dict.fromkeys(recorded)
            else:
                entering = (each for each in held.values() if each.balance_stroops >= limit_stroops)
                found |= dict.fromkeys(each.account for each in entering if each.account not in recorded)
        return sorted(found)

    def of_the_board(self) -> set[Address]:
        """Accounts that were recorded with a rank of the board."""
        size = self._board_size
        return {account for _, _, recorded in self._at for account, last in recorded.items() if last.rank <= size}
