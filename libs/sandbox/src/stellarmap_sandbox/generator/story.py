"""The rules of the ledger: what an operation does to accounts, and the row it leaves."""

from typing import Final, Protocol

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox import rows
from stellarmap_sandbox.columns import Typecode
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.rows import NO_NOTE, NONE, Column, Note, Values

ALIVE: Final = 1
CREATOR: Final = 2  # planned to create others, or part of a scene: nothing happens to it by chance
SPECIAL: Final = 4  # its state says more than its balance: sponsored, sponsoring or bumped
DOMAIN: Final = 8  # it has set a home domain

TOTAL_COINS: Final = 10**18
LEAST_BALANCE: Final = 2 * XLM
MOST_TRANSACTIONS: Final = 60  # in one ledger; sequence numbers leave room for so many
ACCOUNT_COLUMNS: Final[dict[str, Typecode]] = {"balance": "q", "born": "i", "flags": "B"}
"""The columns of the accounts: stroops now, row of the latest creation, and the bits above."""


class Accounts:
    """The accounts as they are now, by number."""

    def __init__(self, columns: dict[str, Column]) -> None:
        self.balance, self.born, self.flags = (columns[name] for name in ACCOUNT_COLUMNS)

    def __len__(self) -> int:
        return len(self.flags)

    def alive(self, number: int) -> bool:
        """True while the account exists."""
        return bool(self.flags[number] & ALIVE)

    def idle(self, number: int) -> bool:
        """True for an existing account that chance may do things to."""
        return self.flags[number] & (ALIVE | CREATOR) == ALIVE


class Sink(Protocol):
    """Where rows go, in order."""

    def add(self, values: Values, note: Note) -> int:
        """Keeps the row, and gives its number."""
        ...


class Story:
    """Writes operations, one after another, and keeps the accounts as they leave them."""

    def __init__(self, accounts: Accounts, sink: Sink) -> None:
        self.accounts = accounts
        self.ledger = 0
        self._sink = sink
        self._transactions = 0
        self._operation = 0

    def begin(self, ledger: int) -> None:
        """Goes on in that ledger, or in the present one where that is later."""
        if ledger > self.ledger:
            self.ledger, self._transactions = ledger, 0

    def transaction(self) -> None:
        """What follows is a transaction of its own: in this ledger, or in the next one when this one is full."""
        if self._transactions >= MOST_TRANSACTIONS:
            self.begin(self.ledger + 1)
        self._transactions += 1
        self._operation = self.ledger << 32 | self._transactions << 12

    def open_account(self, flags: int = 0) -> int:
        """The number of the next account; it exists once it is created."""
        accounts = self.accounts
        accounts.balance.append(0)
        accounts.born.append(NONE)
        accounts.flags.append(flags)
        return len(accounts) - 1

    def create(self, funder: int, amount: int, account: int | None = None, note: Note = NO_NOTE) -> int:
        """`funder` has created the account, a new one if none is named; gives its number."""
        return self._born(rows.CREATE, funder, amount, account, note)

    def create_by_call(self, sender: int, amount: int, caller: int, account: int | None = None) -> int:
        """A contract call of `caller` has moved XLM of `sender`, an account or a contract, and so created the account."""
        return self._born(rows.CALL_CREATE, sender, amount, account, Note(source=caller))

    def transfer_by_call(self, sender: int, to: int, amount: int, caller: int) -> None:
        """The same to an account that exists."""
        self._move(sender, to, amount)
        self._add(rows.CALL_TRANSFER, sender, to, amount, Note(source=caller))

    def same_operation(self) -> None:
        """The next row is one more transfer of the contract call just written."""
        self._operation -= 1

    def merge(self, account: int, into: int) -> None:
        """The account is gone, all it had is `into`'s."""
        accounts = self.accounts
        amount = accounts.balance[account]
        self._move(account, into, amount)
        accounts.flags[account] &= CREATOR
        self._add(rows.MERGE, account, into, amount)

    def pay(self, sender: int, to: int, amount: int) -> None:
        """XLM have moved."""
        self._move(sender, to, amount)
        self._add(rows.PAYMENT, sender, to, amount)

    def pay_asset(self, sender: int, to: int, amount: int) -> None:
        """Some asset has moved; XLM balances are as before."""
        self._add(rows.ASSET_PAYMENT, sender, to, amount)

    def set_home_domain(self, account: int) -> None:
        """The account names a domain."""
        self.accounts.flags[account] |= DOMAIN
        self._add(rows.SET_OPTIONS, account, NONE, 0)

    def bump_sequence(self, account: int, to: int) -> None:
        """The account's sequence number is `to`, which names any ledger it likes."""
        self.accounts.flags[account] |= SPECIAL
        self._add(rows.BUMP, account, NONE, to)

    def create_sponsored(self, funder: int, amount: int, sponsor: int, transaction_source: int) -> int:
        """Created with a reserve that `sponsor` pays, in a transaction of a third."""
        account = self.open_account()
        self._add(rows.BEGIN_SPONSORING, sponsor, account, 0, Note(transaction_source=transaction_source))
        self.create(funder, amount, account, Note(sponsor=sponsor))
        self._add(rows.END_SPONSORING, account, sponsor, 0)
        for party in (account, sponsor):
            self.accounts.flags[party] |= SPECIAL
        return account

    def fail_payment(self, sender: int, to: int, amount: int) -> None:
        """A payment that failed: it has a row, and no effect."""
        self._add(rows.PAYMENT | rows.FAILED, sender, to, amount)

    def fail_creation(self, funder: int, amount: int, account: int) -> None:
        """A creation that failed: the account does not exist, at least not by this."""
        self._add(rows.CREATE | rows.FAILED, funder, account, amount)

    def _born(self, kind: int, funder: int, amount: int, account: int | None, note: Note) -> int:
        number = self.open_account() if account is None else account
        self._move(funder, number, amount)
        accounts = self.accounts
        accounts.born[number] = self._add(kind, funder, number, amount, note)
        accounts.flags[number] |= ALIVE
        return number

    def _move(self, sender: int, to: int, amount: int) -> None:
        balance = self.accounts.balance
        if sender >= GENESIS:  # a contract's balance is nobody's business here
            balance[sender] -= amount
        balance[to] += amount

    def _add(self, kind: int, a: int, b: int, amount: int, note: Note = NO_NOTE) -> int:
        self._operation += 1
        return self._sink.add((self._operation, kind, a, b, amount), note)
