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
        self._retired = [(xlm, recorded[xlm]) for xlm in sorted(recorded) if xlm not in thresholds_xlm]
        self._live = [(xlm, xlm * STROOPS_PER_XLM, recorded.get(xlm, {})) for xlm in thresholds_xlm]
        self._recorded = {**dict(self._retired), **{xlm: at for xlm, _, at in self._live}}

    def due(self, held: HeldBalance, before: HeldBalance | None, rank: int) -> Due:
        """What is to be told, at each threshold, of an account that has this balance and rank now, and had the one before."""
        account, balance_stroops = held.account, held.balance_stroops
        # Above what it has and had it neither stands nor stood, so nothing is recorded: it need not be looked up.
        highest = balance_stroops if before is None else max(balance_stroops, before.balance_stroops)
        due: dict[ChangeType, list[StandingStep]] = {}
        for xlm, recorded in self._retired:
            if account in recorded:
                due.setdefault(ChangeType.EXITED, []).append(StandingStep(threshold_xlm=xlm, before=recorded[account]))
        for xlm, limit_stroops, recorded in self._live:
            if highest < limit_stroops:
                break
            last = recorded.get(account)
            if balance_stroops >= limit_stroops:
                change = change_due(last, balance_stroops, rank, self._board_size)
            else:
                change = ChangeType.EXITED if last is not None else None
            if change:
                due.setdefault(change, []).append(StandingStep(threshold_xlm=xlm, before=last))
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
            for xlm, recorded in self._recorded.items()
            if xlm in thresholds_xlm and account in recorded
        ]

    def told_at(self, account: Address) -> tuple[int, int]:
        """The ranks from which a rise, and a fall, of the account is due at one threshold at least."""
        ranks = [recorded[account].rank for recorded in self._recorded.values() if account in recorded]
        if not ranks:
            return 0, NEVER
        return rank_up_at(max(ranks), self._board_size), rank_down_at(min(ranks), self._board_size)

    def unsettled(self, held: Mapping[Address, HeldBalance]) -> list[Address]:
        """Accounts that stand where nothing is recorded, or have a record where nobody stands: thresholds have changed."""
        found: dict[Address, None] = {}
        for _, recorded in self._retired:
            found |= dict.fromkeys(recorded)
        for _, limit_stroops, recorded in self._live:
            entering = (each for each in held.values() if each.balance_stroops >= limit_stroops)
            found |= dict.fromkeys(each.account for each in entering if each.account not in recorded)
        return sorted(found)

    def of_the_board(self) -> set[Address]:
        """Accounts that were recorded with a rank of the board."""
        size = self._board_size
        return {account for at in self._recorded.values() for account, last in at.items() if last.rank <= size}
