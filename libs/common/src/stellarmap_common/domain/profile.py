"""Who an account is: what Horizon and Stellar Expert say of it, each part with the moment it was last read.

What an account, an issuer or a directory calls itself is a stranger's text: it is kept short and printable, shown as text, and
never followed or trusted.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from stellarmap_common.domain.creation import AccountEnd, Creation, Incarnation, incarnations
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.standing import CREATED_UNKNOWN

FRESH_FOR = timedelta(hours=12)  # a profile so young is not read again because an account is met again
LISTED_FOR = timedelta(hours=24)  # so long what the directory said is believed
UNDECIDED_FOR = timedelta(minutes=10)
"""Behind a load balancer one Horizon may be so far behind another: an account it does not know was not merged for that."""

HORIZON_PRECISION = 6
LONGEST_DOMAIN = 32  # what the ledger holds
LONGEST_NAME = 100
LONGEST_TAG = 40
MOST_TAGS = 20


class EnrichmentReason(StrEnum):
    """Why an account is looked at again."""

    REPEAT_SEARCH = "repeat_search"  # somebody asked for it, and what is known has become old
    REFRESH = "refresh"  # somebody asked for just that
    PERIODIC = "periodic"  # it is large, or was looked at lately


class Flag(StrEnum):
    """What an issuer reserves for itself."""

    AUTH_REQUIRED = "auth_required"
    AUTH_REVOCABLE = "auth_revocable"
    AUTH_IMMUTABLE = "auth_immutable"
    AUTH_CLAWBACK_ENABLED = "auth_clawback_enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The weight that signatures need together, by kind of operation."""

    low: int = 0
    medium: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key that may sign for the account."""

    key: str  # G…, T… (pre-authorized transaction), X… (hash) or P… (signed payload)
    kind: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLine:
    """What the account holds of an asset that is not XLM, or of a liquidity pool."""

    kind: str  # credit_alphanum4, credit_alphanum12, liquidity_pool_shares
    balance_stroops: int
    code: str | None = None
    issuer: Address | None = None
    pool: str | None = None
    authorized: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedAsset:
    """An asset of this account."""

    code: str
    kind: str
    holders: int  # accounts that are authorized to hold it
    amount_stroops: int | None = None  # in their hands; None: more than a ledger's amount can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """The assets that the account issues."""

    assets: tuple[IssuedAsset, ...] = ()
    complete: bool = True  # False: there are more than one page of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the directory knows of the account."""

    name: str | None = None
    domain: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The account's own entry in the ledger, as of the ledger it was last changed in; or that there is none any more."""

    exists: bool  # first, so that of two with one version an account that exists is the larger, as text too
    version: int  # ledger x 10 + precision of the source: equal versions carry equal values
    balance_stroops: int = 0
    home_domain: str | None = None
    flags: tuple[Flag, ...] = ()
    thresholds: Thresholds = Thresholds()
    signers: tuple[Signer, ...] = ()
    subentry_count: int = 0
    sequence: int = 0
    sponsor: Address | None = None
    sponsoring: int = 0
    sponsored: int = 0

    @property
    def ledger(self) -> int:
        """The ledger that it is as of."""
        return self.version // 10


class _Dated(Protocol):
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The trust lines, which change without the account's entry."""

    at: datetime
    held: tuple[TrustLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedAt:
    """The issued assets as they were at a moment."""

    at: datetime
    issued: Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAt:
    """What the directory said at a moment; None: nothing."""

    at: datetime
    listing: Listing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What of a profile was published last: whatever differs from it is news."""

    at: datetime
    digest: str
    balance: tuple[int, int, str | None] | None = None  # stroops, operation that began its life, home domain
    places: tuple[str, ...] = ()  # where it was put to be found


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All that is known of who an account is. One answer of a source is a profile that has that part alone."""

    account: AccountRef
    entry: Entry | None = None
    entry_at: datetime | None = None  # when Horizon was last asked for it
    lines: Lines | None = None
    issued: IssuedAt | None = None
    listed: ListedAt | None = None
    told: Told | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """What the directory calls it."""
        listing = self.listed.listing if self.listed else None
        return listing.tags if listing else ()

    def is_fresh(self, now: datetime, within: timedelta = FRESH_FOR) -> bool:
        """True when Horizon was asked for all of it that recently."""
        if self.entry_at is None or self.lines is None or self.issued is None:
            return False
        age = now - min(self.entry_at, self.lines.at, self.issued.at)
        return max(age, timedelta()) < within  # by a clock that is behind it is read just now, not before

    @property
    def read_at(self) -> datetime | None:
        """When the latest of its parts was read."""
        parts = (self.lines, self.issued, self.listed)
        return max(filter(None, (self.entry_at, *(part.at for part in parts if part))), default=None)


def merge(one: Profile, other: Profile) -> Profile:
    """Both together: of each part the newer one. In whatever order, and however often, parts are merged: it is the same."""
    if one.account != other.account:
        raise ValueError(f"profiles of two accounts: {one.account} and {other.account}")
    return replace(
        one,
        entry=max(
            filter(None, (one.entry, other.entry)), key=lambda entry: (entry.version, entry.exists), default=None
        ),
        entry_at=max(filter(None, (one.entry_at, other.entry_at)), default=None),
        lines=_later(one.lines, other.lines),
        issued=_later(one.issued, other.issued),
        listed=_later(one.listed, other.listed),
        told=_later(one.told, other.told),
    )


D = TypeVar("D", bound=_Dated)


def _later(one: D | None, other: D | None) -> D | None:
    # Of two of one moment the one whose text is greater: any rule does, if it is the same in every order.
    return max(filter(None, (one, other)), key=lambda part: (part.at, repr(part)), default=None)


def gone(
    known: Profile | None, creations: Iterable[Creation], ends: Iterable[AccountEnd], now: datetime
) -> Entry | None:
    """The entry of an account that Horizon does not have. None: nobody knows of it, or that may be a Horizon that is behind.

    Its version is that of the merge that ended its last life. Where that is not known it is later than all that is: by a
    ledger, and less precise than anything that is ever read.
    """
    lives = incarnations(creations, ends)
    last = lives[-1] if lives else None
    entry = known.entry if known else None
    if last and last.end and not (entry and entry.version > last.end.version):
        return Entry(exists=False, version=last.end.version)
    if entry is None:
        return Entry(exists=False, version=last.creation.ledger * 10) if last else None
    if not entry.exists:
        return entry
    seen_at = known.entry_at if known else None
    if seen_at is not None and now - seen_at < UNDECIDED_FOR:
        return None
    return Entry(exists=False, version=(entry.ledger + 1) * 10)


def began_with(creations: Iterable[Creation], ends: Iterable[AccountEnd]) -> int:
    """The operation that began the present life, or the last one; CREATED_UNKNOWN where none is known."""
    lives: tuple[Incarnation, ...] = incarnations(creations, ends)
    return int(lives[-1].creation.created_op) if lives else CREATED_UNKNOWN


def began_by(creations: Iterable[Creation], ends: Iterable[AccountEnd]) -> Address | None:
    """Who began the present life, or the last one; None for genesis, and where none is known."""
    lives = incarnations(creations, ends)
    return lives[-1].creation.creator if lives else None


def horizon_version(ledger: int) -> int:
    """The version of what Horizon says of an entry that was last changed in that ledger."""
    return ledger * 10 + HORIZON_PRECISION


def printable(text: object, most: int) -> str | None:
    """A stranger's text as it may be kept: one line of at most so many characters, none of them without a shape of its own."""
    if not isinstance(text, str):
        return None
    # Categories C…: controls, and what turns the direction of text or is not seen at all.
    kept = "".join(letter for letter in text[: 4 * most] if unicodedata.category(letter)[0] != "C")
    return " ".join(kept.split())[:most].strip() or None
