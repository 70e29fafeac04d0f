"""When a Horizon tells of another network than the one we know. Pure."""

from stellarmap_common.ports.epoch_store import Epoch, KeptLedger
from stellarmap_common.ports.horizon import LAG, Record

NEVER_KEPT = 1  # the ledger that every network begins with is the same in all


def newest_kept(root: Record) -> int | None:
    """The number of a ledger worth keeping: the latest that the history has; None while there is none."""
    newest = _whole(root.get("history_latest_ledger"))
    return newest if newest > NEVER_KEPT else None


def is_out_of_history(kept: KeptLedger, root: Record) -> bool:
    """True when the kept ledger is older than what the Horizon still has."""
    return kept.sequence < _whole(root.get("history_elder_ledger"))


def has_fallen(epoch: Epoch, latest: int) -> bool:
    """True when the latest ledger is further back than any lag explains."""
    return latest < epoch.highest - LAG


def reset_reason(epoch: Epoch, latest: int, *, known_again: bool | None) -> str | None:
    """Why this must be another network than that of the epoch; None when it may be the same.

    `known_again`: whether the kept ledger has the hash it had; None when it was not asked for, or is not there.
    """
    if known_again:
        return None  # whoever has this ledger is of this epoch, however far it is behind
    if known_again is False and epoch.kept:
        return f"ledger {epoch.kept.sequence} is another one than it was"
    if has_fallen(epoch, latest):
        return f"the latest ledger is {latest}, and was {epoch.highest}"
    return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
