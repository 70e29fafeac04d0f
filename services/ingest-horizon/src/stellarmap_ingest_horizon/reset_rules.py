"""When a Horizon tells of another network than the one we know. Pure."""

from collections.abc import Mapping

from stellarmap_common.ports.epoch_store import Epoch, KeptLedger

LAG = 120  # ledgers, ten minutes: a Horizon behind a load balancer may be a few behind the one that answered before
NEVER_KEPT = 1  # the ledger that every network begins with is the same in all


def latest_ledger(root: Mapping[str, object]) -> int:
    """The latest ledger a Horizon knows of; 0 while it knows none.

    Its core's, if that is ahead: a history that is read in anew has not been reset.
    """
    return max(_whole(root.get("history_latest_ledger")), _whole(root.get("core_latest_ledger")))


def newest_kept(root: Mapping[str, object]) -> int | None:
    """The number of a ledger worth keeping: the latest that the history has; None while there is none."""
    newest = _whole(root.get("history_latest_ledger"))
    return newest if newest > NEVER_KEPT else None


def is_out_of_history(kept: KeptLedger, root: Mapping[str, object]) -> bool:
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
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
