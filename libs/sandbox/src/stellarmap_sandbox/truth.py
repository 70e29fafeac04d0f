"""What is true of the network as of its present ledger, read from its rows and not from its answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.strkey import InvalidStrkey
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import CALL_CREATE, CREATE, CREATIONS, MERGE, NONE


@dataclass(frozen=True, slots=True)
class TrueCreation:
    """One life of an account began."""

    account: Address
    operation_id: int
    creator: Address  # a C… address where a contract sent the XLM
    kind: CreationKind
    starting_balance_stroops: int
    transaction_hash: str
    transaction_source: Address
    sponsor: Address | None

    @property
    def ledger(self) -> int:
        """The ledger it happened in."""
        return self.operation_id >> 32


@dataclass(frozen=True, slots=True)
class TrueEnd:
    """One life of an account ended."""

    account: Address
    operation_id: int
    merged_into: Address
    amount_stroops: int
    transaction_hash: str


class Truth:
    """Every question about lineage, answered from the generator's own record."""

    def __init__(self, network: Network, elder_ledger: int = 0) -> None:
        self._network = network
        self._elder_ledger = elder_ledger

    @property
    def ledger(self) -> int:
        """The present ledger."""
        return self._network.ledger

    @property
    def genesis(self) -> Address:
        """The account that nobody created."""
        return self._address(GENESIS)

    def accounts(self) -> Iterator[Address]:
        """Every address that ever existed, genesis first, then in order of creation."""
        for number in range(len(self._network.accounts)):
            yield self._address(number)

    def count(self) -> int:
        """How many addresses ever existed, genesis included."""
        return len(self._network.accounts)

    def address(self, number: int) -> Address:
        """The address of the account that was the `number`th to be created; 0 is genesis."""
        return self._address(number)

    def exists(self, account: Address) -> bool:
        """True while the account exists."""
        number = self._number(account)
        return number is not None and self._network.exists(number)

    def creations(self, account: Address) -> list[TrueCreation]:
        """Its lives in order; genesis, which began with ledger 1, has none."""
        number = self._number(account)
        if number is None or number >= self.count():
            return []
        return [self._creation(row) for row in self._network.creations_of(number)]

    def ends(self, account: Address) -> list[TrueEnd]:
        """The merges that ended its lives, in order."""
        number = self._number(account)
        rows = self._network.rows
        if self.exists(account) and len(self.creations(account)) <= 1:
            return []
        return [self._end(row) for row in self._rows(number) if rows.kind[row] == MERGE and rows.a[row] == number]

    def children(self, account: Address) -> list[TrueCreation]:
        """All creations by it, in order, also of accounts that are gone."""
        number = self._number(account)
        rows = self._network.rows
        return [
            self._creation(row) for row in self._rows(number) if rows.kind[row] in CREATIONS and rows.a[row] == number
        ]

    def chain(self, account: Address) -> list[TrueCreation]:
        """The creation of its present (or last) life, that of the life that created it, and so on to genesis.

        Ends early at a contract: nobody knows who created that. Empty for genesis.
        """
        hops: list[TrueCreation] = []
        before, creator = 1 << 63, account
        while creator.startswith("G"):
            lives = [life for life in self.creations(creator) if life.operation_id < before]
            if not lives:
                break
            hops.append(lives[-1])
            before, creator = lives[-1].operation_id, lives[-1].creator
        return hops

    def outside_history(self, account: Address) -> bool:
        """True when none of its operations is in the retained history, so that Horizon cannot tell its creator."""
        first = self._network.first_row(self._elder_ledger)
        return not any(row >= first for row in reversed(self._rows(self._number(account))))

    def retained(self, creation: TrueCreation) -> bool:
        """True when Horizon's history still holds the creation."""
        return creation.ledger >= self._elder_ledger

    def _rows(self, number: int | None) -> Sequence[int]:
        return () if number is None else self._network.rows_of(number)

    def _number(self, account: Address) -> int | None:
        try:
            return self._network.number_of(account)
        except InvalidStrkey:
            return None

    def _address(self, number: int) -> Address:
        return self._network.keys.address(number)

    def _creation(self, row: int) -> TrueCreation:
        rows = self._network.rows
        sponsor = rows.note(row).sponsor
        return TrueCreation(
            account=self._address(rows.b[row]),
            operation_id=rows.op[row],
            creator=self._address(rows.a[row]),
            kind=_KINDS[rows.kind[row]],
            starting_balance_stroops=rows.amount[row],
            transaction_hash=self._network.keys.transaction_hash(rows.op[row] & ~0xFFF),
            transaction_source=self._address(rows.transaction_source(row)),
            sponsor=None if sponsor == NONE else self._address(sponsor),
        )

    def _end(self, row: int) -> TrueEnd:
        rows = self._network.rows
        return TrueEnd(
            account=self._address(rows.a[row]),
            operation_id=rows.op[row],
            merged_into=self._address(rows.b[row]),
            amount_stroops=rows.amount[row],
            transaction_hash=self._network.keys.transaction_hash(rows.op[row] & ~0xFFF),
        )


_KINDS = {CREATE: CreationKind.CREATE_ACCOUNT, CALL_CREATE: CreationKind.CONTRACT_TRANSFER}
