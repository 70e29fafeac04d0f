"""Total order ids (SEP-35): `ledger << 32 | transaction << 12 | operation`. The only order creations are compared in."""

from typing import NewType

Toid = NewType("Toid", int)
Ledger = NewType("Ledger", int)

LEDGER_SHIFT = 32
TRANSACTION_SHIFT = 12
_LOW_BITS = (1 << LEDGER_SHIFT) - 1


def toid(ledger: int, transaction: int, operation: int) -> Toid:
    """The id of an operation; transactions and operations of real ids count from 1."""
    if not (0 <= ledger < 1 << 31 and 0 <= transaction < 1 << 20 and 0 <= operation < 1 << 12):
        raise ValueError(f"no such operation: ledger {ledger}, transaction {transaction}, operation {operation}")
    return Toid(ledger << LEDGER_SHIFT | transaction << TRANSACTION_SHIFT | operation)


def ledger_of(operation_id: int) -> Ledger:
    """The ledger an operation belongs to."""
    return Ledger(operation_id >> LEDGER_SHIFT)


def provisional_toid(ledger: int) -> Toid:
    """The id a creation has while only its ledger is known. No real operation has zero low bits."""
    return toid(ledger, 0, 0)


def last_toid(ledger: int) -> Toid:
    """The last id of a ledger: no operation of it has a larger one."""
    return Toid(ledger << LEDGER_SHIFT | _LOW_BITS)


def is_provisional(operation_id: int) -> bool:
    """True when the id names a ledger but no operation in it."""
    return operation_id & _LOW_BITS == 0
