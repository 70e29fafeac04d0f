"""Hubble's `accounts_current`: one row for each address that ever existed, as it is now or was at its end.

Of one that is gone the row may be of either form: as its merge left it, or as it was before that, and then its
`last_modified_ledger` is an earlier one. Here every second has the one, every second the other.
"""

from dataclasses import dataclass

from stellarmap_sandbox.bigquery.hubble import Moment, xlm
from stellarmap_sandbox.network import Network
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
    last_modified_ledger: int  # of one that is gone: that of its merge, or the one in which it was changed before
    deleted: bool


def current_account(moment: Moment, number: int) -> CurrentAccount:
    """The row of an account that ever existed."""
    network = moment.network
    # First the ledger: one that closes meanwhile must not lend its number to a balance of before it.
    modified, alive = last_modified_ledger(network, number), network.exists(number)
    return CurrentAccount(
        number=number,
        balance=xlm(network.accounts.balance[number]) if alive else 0.0,
        sequence_number=sequence_of_account(network, number)[0],
        min_sequence_number=_first_ledger(moment, number) << 32,
        home_domain=(home_domain(network, number) or "") if alive else "",
        last_modified_ledger=modified,
        deleted=not alive,
    )


def _first_ledger(moment: Moment, number: int) -> int:
    """The ledger of its first creation, of whatever kind; 0 for genesis, which nobody created."""
    if moment.network.accounts.born[number] == NONE:
        return 0
    return moment.network.rows.op[moment.network.creations_of(number)[0]] >> 32


def last_modified_ledger(network: Network, number: int) -> int:
    """The ledger in which the account was changed last, as its row tells it."""
    if network.exists(number):
        return network.last_ledger(number)
    rows = network.rows
    own = [entry >> 1 for entry in network.entries(number)]
    merge = max((row for row in own if rows.kind[row] == MERGE and rows.a[row] == number), default=NONE)
    if merge == NONE:
        return network.last_ledger(number)
    merged_in = rows.op[merge] >> 32
    if not is_kept_as_before(number):
        return merged_in
    began = network.life_at(number, merge)
    changed = [rows.op[row] >> 32 for row in own if began <= row < merge]
    return max((ledger for ledger in changed if ledger < merged_in), default=merged_in)


def is_kept_as_before(number: int) -> bool:
    """True for an account whose row, once it is gone, is as it was before its merge."""
    return number % 2 == 1
