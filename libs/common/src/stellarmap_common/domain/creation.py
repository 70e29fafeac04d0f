"""Creations, ends and incarnations: the facts everything else is derived from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.toid import Ledger, Toid, is_provisional, ledger_of, provisional_toid


UNPLACED = Toid(0)


class CreationKind(StrEnum):
    """How an account came to be."""

    GENESIS = "genesis"
    CREATE_ACCOUNT = "create_account"
    CONTRACT_TRANSFER = "contract_transfer"


class Source(StrEnum):
    """Where a fact was read."""

    GENESIS = "genesis"  # derived from the passphrase
    HORIZON = "horizon"
    EXPERT = "expert"
    BIGQUERY = "bigquery"


_PRECISION = {Source.GENESIS: 6, Source.HORIZON: 6, Source.BIGQUERY: 3, Source.EXPERT: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One life of an account begins. Its identity is (network, created_op, account)."""

    network: NetworkKey
    account: Address
    created_op: Toid  # provisional while only the ledger is known
    creator: Address | None  # None for genesis alone; a C… address when a contract sent the transfer
    kind: CreationKind
    source: Source
    created_at: datetime | None = None  # close time of the ledger, UTC
    transaction_hash: str | None = None
    transaction_source: Address | None = None
    sponsor: Address | None = None
    starting_balance_stroops: int | None = None

    @property
    def ref(self) -> AccountRef:
        """The account that was created."""
        return AccountRef(self.network, self.account)

    @property
    def ledger(self) -> Ledger:
        """The ledger it happened in."""
        return ledger_of(self.created_op)

    @property
    def exact(self) -> bool:
        """False while the operation within the ledger is unknown."""
        return self.kind is CreationKind.GENESIS or not is_provisional(self.created_op)

    @property
    def placed(self) -> bool:
        """False where not even the ledger is known; only a hop of a chain can be so."""
        return self.created_op != UNPLACED

    @property
    def version(self) -> int:
        """Which of two readings of this creation to keep: the larger. Equal versions carry equal values."""
        return self.ledger * 10 + (_PRECISION[self.source] if self.exact else 0)

    def replaces(self, other: "Creation") -> bool:
        """True when this exact creation is what `other` knew only by ledger and creator."""
        return (
            self.exact
            and not other.exact
            and (self.network, self.account, self.creator, self.ledger)
            == (other.network, other.account, other.creator, other.ledger)
        )


def genesis_creation(account: AccountRef, closed_at: datetime | None = None) -> Creation:
    """The root of a network: exists from ledger 1, made by nobody."""
    return Creation(
        network=account.network,
        account=account.address,
        created_op=provisional_toid(1),
        creator=None,
        kind=CreationKind.GENESIS,
        source=Source.GENESIS,
        created_at=closed_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedCreation:
    """A creator is known, but no ledger yet: shown as "time unknown"."""

    network: NetworkKey
    account: Address
    creator: Address
    source: Source
    created_at: datetime | None = None

    def as_hop(self) -> Creation:
        """The creation as a hop of a chain, with the operation id that says "no ledger known"."""
        return Creation(
            network=self.network,
            account=self.account,
            created_op=UNPLACED,
            creator=self.creator,
            kind=CreationKind.CREATE_ACCOUNT,
            source=self.source,
            created_at=self.created_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEnd:
    """One life of an account ends: it was merged into another. Identity (network, end_op, account)."""

    network: NetworkKey
    account: Address
    end_op: Toid
    merged_into: Address
    source: Source
    ended_at: datetime | None = None
    transaction_hash: str | None = None
    amount_stroops: int | None = None  # a merge record carries none; known only from the destination's effect

    @property
    def version(self) -> int:
        """Which of two readings to keep: the larger."""
        return ledger_of(self.end_op) * 10 + _PRECISION[self.source]


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One life of an address: from its creation to its merge, or until now."""

    creation: Creation
    end: AccountEnd | None = None

    def began_before(self, operation_id: int, *, by_ledger: bool = False) -> bool:
        """True when this life began before `operation_id`; by ledger (inclusive) where either id is provisional."""
        if by_ledger or not self.creation.exact or is_provisional(operation_id):
            return self.creation.ledger <= ledger_of(operation_id)
        return self.creation.created_op < operation_id


def incarnations(creations: Iterable[Creation], ends: Iterable[AccountEnd]) -> tuple[Incarnation, ...]:
    """All lives of one account in order. Each merge closes the latest life begun before it."""
    lives = sorted(creations, key=lambda creation: creation.created_op)
    closing = sorted(ends, key=lambda end: end.end_op)
    return tuple(Incarnation(life, _end_of(life, lives[at + 1 :], closing)) for at, life in enumerate(lives))


def _end_of(life: Creation, later: Sequence[Creation], ends: Sequence[AccountEnd]) -> AccountEnd | None:
    until = later[0].created_op if later else None
    for end in ends:
        if end.end_op > life.created_op and (until is None or end.end_op < until):
            return end
    return None


def creator_incarnation(creation: Creation, lives: Sequence[Incarnation]) -> Incarnation | None:
    """The life of the creator that made this creation: its latest one begun before it.

    `lives` is in operation order. None when history does not reach that far back.
    """
    earlier = [life for life in lives if life.began_before(creation.created_op)]
    return earlier[-1] if earlier else None
