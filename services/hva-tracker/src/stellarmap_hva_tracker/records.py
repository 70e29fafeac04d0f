"""What was last recorded of each account, at each threshold as if it were the only one."""

from collections.abc import Mapping, Sequence

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import ChangeType, HeldBalance, Standing, StandingStep
from stellarmap_hva_tracker.rules import NEVER, change_due, rank_down_at, rank_up_at

RecordedAt = Mapping[int, dict[Address, Standing]]  # threshold in XLM -> account -> its last record there


class Records:
    """An account has a record at a threshold from its ENTERED until its EXITED there."""

    def __init__(self, thresholds_xlm: Sequence[int], recorded: RecordedAt) -> None:
        """`recorded` may hold thresholds by which nobody ranks any more: nothing is large enough for them."""
        retired = [(xlm, NEVER, recorded[xlm]) for xlm in sorted(recorded) if xlm not in thresholds_xlm]
        live = [(xlm, xlm * STROOPS_PER_XLM, recorded.get(xlm, {})) for xlm in thresholds_xlm]
        self._at = (*retired, *live)

    def record(self, account: Address, now: Standing) -> dict[ChangeType, list[StandingStep]]:
        """Afterwards what had become due at any threshold is recorded there: those steps, by what became of it."""
        due: dict[ChangeType, list[StandingStep]] = {}
        balance_stroops = now.balance_stroops
        for xlm, limit_stroops, recorded in self._at:
            before = recorded.get(account)
            after = now if balance_stroops >= limit_stroops else None
            if before is after:  # neither stood there nor does
                if limit_stroops == NEVER:
                    continue
                break  # nor at any higher one
            change = change_due(before, after)
            if change is None:
                continue
            due.setdefault(change, []).append(StandingStep(threshold_xlm=xlm, before=before))
            if after is None:
                del recorded[account]
            else:
                recorded[account] = after
        return due

    def told_at(self, account: Address) -> tuple[int, int]:
        """The ranks from which a rise, and a fall, of the account is due at one threshold at least."""
        ranks = [recorded[account].rank for _, _, recorded in self._at if account in recorded]
        return (rank_up_at(max(ranks)), rank_down_at(min(ranks))) if ranks else (0, NEVER)

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
