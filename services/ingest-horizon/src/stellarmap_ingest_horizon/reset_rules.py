"""When a Horizon tells of another network than the one we know. Pure."""

from stellarmap_common.ports.epoch_store import Epoch, KeptLedger
from stellarmap_common.ports.horizon import LAG, Record

FIRST_KEPT = 2  # the ledger that every network begins with is the same in all
DAY = 17_280  # ledgers: a Horizon that stands still is behind by hours, and still of the same network


def worth_keeping(root: Record) -> int | None:
    """The number of a ledger to keep; None while there is none.

    A day old, so that a Horizon that is behind has it too; but not near the end of a history that is cut there again and
    again.
    """
    newest, elder = _whole(root.get("history_latest_ledger")), _whole(root.get("history_elder_ledger"))
    if newest < FIRST_KEPT:
        return None
    lasting = (elder + newest) // 2 if elder > FIRST_KEPT else FIRST_KEPT
    return max(lasting, newest - DAY)


def is_out_of_history(kept: KeptLedger, root: Record) -> bool:
    """True when the kept ledger is older than what the Horizon still has."""
    return kept.sequence < _whole(root.get("history_elder_ledger"))


def has_fallen(epoch: Epoch, latest: int) -> bool:
    """True when the latest ledger is further back than load balancers explain: it must be known by its hash then."""
    return latest < epoch.highest - LAG


def floor_of(epoch: Epoch) -> int:
    """Below this latest ledger no Horizon of the epoch is, however long it stood still."""
    old = epoch.highest - DAY
    return (min(old, epoch.kept.sequence) if epoch.kept else old) - LAG


def reset_reason(epoch: Epoch, latest: int, *, known_again: bool | None) -> str | None:
    """Why this must be another network than that of the epoch; None when it may be the same.

    `known_again`: whether the kept ledger has the hash it had; None when it was not asked for, or is not there.
    """
    if known_again:
        return None  # whoever has this ledger is of this epoch, however far it is behind
    if known_again is False and epoch.kept:
        return f"ledger {epoch.kept.sequence} is another one than it was"
    if latest < floor_of(epoch):
        return f"the latest ledger is {latest}, and was {epoch.highest}"
    return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
