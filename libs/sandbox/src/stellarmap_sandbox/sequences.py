"""Sequence numbers: they begin with the ledger of the creation, and only grow."""

from typing import Final

from stellarmap_sandbox.generator.story import MOST_TRANSACTIONS, SPECIAL
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import BUMP, KIND, NONE

_MOST_STEPS: Final = (1 << 32) - 1
_STEPS_PER_LEDGER: Final = MOST_TRANSACTIONS + 4
_LOOKED_AT: Final = 64  # an account that only received for so long has not sent lately


def sequence_of_transaction(network: Network, source: int, row: int) -> int:
    """The sequence number a transaction of `source` used."""
    operation = network.rows.op[row]
    ledger, transaction = operation >> 32, operation >> 12 & 0xFFFFF
    life = network.life_at(source, row)
    first = 0 if life == NONE else network.rows.op[life] >> 32
    return first << 32 | min((ledger - first) * _STEPS_PER_LEDGER + transaction, _MOST_STEPS)


def sequence_of_account(network: Network, number: int) -> tuple[int, int | None]:
    """The account's sequence number now, and the ledger it was last used in, if it was."""
    born = network.accounts.born[number]
    first = 0 if born == NONE else network.rows.op[born] >> 32
    sent = _last_sent(network, number, born)
    if sent is None:
        return first << 32, None
    ledger = network.rows.op[sent] >> 32
    bumped = _bumped_to(network, number, born) if network.accounts.flags[number] & SPECIAL else None
    return (bumped if bumped is not None else sequence_of_transaction(network, number, sent)), ledger


def _last_sent(network: Network, number: int, born: int) -> int | None:
    rows, entries = network.rows, network.entries(number)
    for position in range(len(entries) - 1, max(len(entries) - 1 - _LOOKED_AT, -1), -1):
        row = entries[position] >> 1
        if row <= born:
            return None
        if rows.transaction_source(row) == number:
            return row
    return None


def _bumped_to(network: Network, number: int, born: int) -> int | None:
    rows = network.rows
    bumps = [rows.amount[row] for row in network.rows_of(number) if row > born and rows.kind[row] & KIND == BUMP]
    return max(bumps, default=None)
