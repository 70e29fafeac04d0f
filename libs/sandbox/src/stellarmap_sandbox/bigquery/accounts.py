"""Hubble's `accounts_current`: one row for each address that ever existed, as it is now or was at its end."""

from dataclasses import dataclass

from stellarmap_sandbox.bigquery.hubble import Moment, xlm
from stellarmap_sandbox.profiles import home_domain
from stellarmap_sandbox.rows import MERGE, NONE
from stellarmap_sandbox.sequences import sequence_of_account


@dataclass(frozen=True, slots=True)
class CurrentAccount:
    """One row."""

    number: int
    balance: float
    sequence_number: int
    min_sequence_number: int
    home_domain: str  # "" without one, as the loader writes it
    last_modified_ledger: int  # of one that is gone: that of its merge
    deleted: bool


def current_account(moment: Moment, number: int) -> CurrentAccount:
    """The row of an account that ever existed."""
    network = moment.network
    alive = network.exists(number)
    return CurrentAccount(
        number=number,
        balance=xlm(network.accounts.balance[number]) if alive else 0.0,
        sequence_number=sequence_of_account(network, number)[0],
        min_sequence_number=_first_ledger(moment, number) << 32,
        home_domain=(home_domain(network, number) or "") if alive else "",
        last_modified_ledger=network.last_ledger(number) if alive else _merged_in(moment, number),
        deleted=not alive,
    )


def _first_ledger(moment: Moment, number: int) -> int:
    """The ledger of its first creation, of whatever kind; 0 for genesis, which nobody created."""
    if moment.network.accounts.born[number] == NONE:
        return 0
    return moment.network.rows.op[moment.network.creations_of(number)[0]] >> 32


def _merged_in(moment: Moment, number: int) -> int:
    network = moment.network
    rows, entries = network.rows, network.entries(number)
    for position in range(len(entries) - 1, -1, -1):
        row = entries[position] >> 1
        if rows.kind[row] == MERGE and rows.a[row] == number:
            return rows.op[row] >> 32
    return network.last_ledger(number)
