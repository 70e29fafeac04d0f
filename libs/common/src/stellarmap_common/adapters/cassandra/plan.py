"""What is to be written when facts come in beside those that are known. Pure: both are given, nothing is read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.toid import is_provisional, ledger_of

Fact = TypeVar("Fact", Creation, AccountEnd)
_Key = tuple[Address, int]


@dataclass(frozen=True, slots=True)
class Plan(Generic[Fact]):
    """`kept` are written. `outdated` were stored and are known better now; those of them without a successor are `dropped`."""

    kept: tuple[Fact, ...]
    outdated: tuple[Fact, ...]
    dropped: tuple[Fact, ...]


def planned_creations(new: Iterable[Creation], known: Sequence[Creation]) -> Plan[Creation]:
    """Of two readings of one creation the larger version is kept; a provisional one never beside the exact one."""
    standing = {_creation_key(one): one for one in known}
    best = _best(new, standing, _creation_key)
    exact = {
        (one.account, one.creator, one.ledger)
        for one in (*best.values(), *known)
        if one.exact and one.creator is not None
    }

    def replaced(one: Creation) -> bool:
        return not one.exact and (one.account, one.creator, one.ledger) in exact

    kept = tuple(one for one in best.values() if not replaced(one))
    dropped = tuple(one for one in known if replaced(one))
    wrong = (standing[key] for key, one in best.items() if key in standing and standing[key].creator != one.creator)
    return Plan(kept, tuple(dict.fromkeys((*dropped, *wrong))), dropped)


def planned_ends(new: Iterable[AccountEnd], known: Sequence[AccountEnd]) -> Plan[AccountEnd]:
    """The same of ends: same account, same heir, same ledger."""
    best = _best(new, {_end_key(one): one for one in known}, _end_key)
    exact = {_heir_key(one) for one in (*best.values(), *known) if not is_provisional(one.end_op)}

    def replaced(one: AccountEnd) -> bool:
        return is_provisional(one.end_op) and _heir_key(one) in exact

    dropped = tuple(one for one in known if replaced(one))
    return Plan(tuple(one for one in best.values() if not replaced(one)), dropped, dropped)


def _best(new: Iterable[Fact], standing: dict[_Key, Fact], key_of: Callable[[Fact], _Key]) -> dict[_Key, Fact]:
    """Of each new fact the largest version, the first of equal ones, unless a larger one stands already.

    What stands already is kept once more: under some other key it may be missing, if whoever wrote it was killed.
    """
    best: dict[_Key, Fact] = {}
    for one in new:
        key = key_of(one)
        before = best.get(key) or standing.get(key)
        if before is None or one.version > before.version:
            best[key] = one
        elif key not in best and one.version == before.version:
            best[key] = before
    return best


def _creation_key(one: Creation) -> _Key:
    return one.account, one.created_op


def _end_key(one: AccountEnd) -> _Key:
    return one.account, one.end_op


def _heir_key(one: AccountEnd) -> tuple[Address, Address, int]:
    return one.account, one.merged_into, ledger_of(one.end_op)
