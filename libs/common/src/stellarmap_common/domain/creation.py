"""Creations, ends and incarnations: the facts everything else is derived from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

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
        return ledger_of(self.end_op) * 10 + (0 if is_provisional(self.end_op) else _PRECISION[self.source])


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One life of an address: from its creation to its merge, or until now."""

    creation: Creation
    end: AccountEnd | None = None

    def began_before(self, operation_id: int, *, by_ledger: bool = False) -> bool:
        """True when this life began before `operation_id`; by ledger (inclusive) where either id is provisional."""
        if by_ledger:
            return self.creation.ledger <= ledger_of(operation_id)
        return _may_precede(self.creation.created_op, operation_id)


def incarnations(creations: Iterable[Creation], ends: Iterable[AccountEnd]) -> tuple[Incarnation, ...]:
    """All lives of one account in order. Each life is closed by the first merge between its creation and the next."""
    lives = sorted(creations, key=lambda creation: creation.created_op)
    free = sorted(ends, key=lambda end: end.end_op)
    found = []
    for life, following in zip_longest(lives, lives[1:]):
        closing = next((end for end in free if _closes(end, life, following)), None)
        if closing:
            free.remove(closing)  # where only ledgers are known, one merge could close two lives
        found.append(Incarnation(life, closing))
    return tuple(found)


def lives_begun(
    begun: Sequence[Creation], creations: Iterable[Creation], ends: Iterable[AccountEnd]
) -> tuple[Incarnation, ...]:
    """Each life that `begun` began, with the merge that closed it; the rest is all that is known of accounts with merges."""
    merges, made = defaultdict(list), defaultdict(list)
    for end in ends:
        merges[end.account].append(end)
    for creation in creations:
        made[creation.account].append(creation)
    lives = (life for account, merged in merges.items() for life in incarnations(made[account], merged))
    closed = {(life.creation.created_op, life.creation.account): life.end for life in lives}
    return tuple(Incarnation(one, closed.get((one.created_op, one.account))) for one in begun)


def _closes(end: AccountEnd, life: Creation, following: Creation | None) -> bool:
    in_time = following is None or _may_precede(end.end_op, following.created_op)
    return in_time and _may_precede(life.created_op, end.end_op)


def _may_precede(first: int, second: int) -> bool:
    """True when `first` came before `second`, or may have: of the same ledger, and one of them is provisional."""
    if is_provisional(first) or is_provisional(second):
        return ledger_of(first) <= ledger_of(second)
    return first < second


def creator_incarnation(
    creation: Creation, lives: Sequence[Incarnation], walked: Collection[Creation] = ()
) -> Incarnation | None:
    """The life of the creator that made this creation: its latest one begun before it.

    `lives` is in operation order; `walked` are the creations of the chain so far. No life is its own ancestor, so one
    that is walked already, or that this very account made in the same ledger, is taken last: with it chains end even
    where only ledgers are known. None when known history does not hold the life: too late, or merged away before.
    """
    earlier = [life for life in lives if life.began_before(creation.created_op) and life.creation not in walked]
    surely = [life for life in earlier if not _may_be_child_of(life.creation, creation)]
    fitting = surely or earlier
    return fitting[-1] if fitting and not _ended_before(fitting[-1], creation) else None


def _may_be_child_of(life: Creation, creation: Creation) -> bool:
    return life.creator == creation.account and _may_precede(creation.created_op, life.created_op)


def _ended_before(life: Incarnation, creation: Creation) -> bool:
    return life.end is not None and not _may_precede(creation.created_op, life.end.end_op)
