"""What is known of accounts while their creator step is answered: hints of where their lives lie, and what was found of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import CostLimitExceeded, SourceRejected
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_bigquery.client import Row

UNKNOWN_ACCOUNT = "Hubble has no such account: it was never created, or after the latest load"
NO_CREATION = "Hubble does not tell of each of its creations"
NO_END = "Hubble does not tell of each of its merges"


@dataclass(frozen=True, slots=True)
class Hints:
    """What an account's row tells of its lives."""

    first: Ledger  # of its first creation; 0: that is not told
    latest: Ledger  # its latest creation cannot be later
    gone_in: Ledger | None  # of its merge, or of the last change before it, if it does not exist now
    closes: Mapping[Ledger, datetime]  # close times of these

    @property
    def one_ledger(self) -> bool:
        """True when it was created in one ledger alone: sequence numbers begin with that, and only grow."""
        return 0 < self.first == self.latest

    @property
    def one_life(self) -> bool:
        """True when that is so, and it is known on which days something happened."""
        return self.one_ledger and all(ledger in self.closes for ledger in self.ledgers)

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledgers in which something is known to have happened, if it has one life."""
        return (self.first,) if self.gone_in is None else (self.first, self.gone_in)

    @property
    def days(self) -> set[date]:
        """The days of these."""
        return {self.closes[ledger].date() for ledger in self.ledgers}


@dataclass(slots=True)
class Found:
    """What was found of an account."""

    creations: list[Creation] = field(default_factory=list)
    ends: list[AccountEnd] = field(default_factory=list)
    unplaced: list[UnplacedCreation] = field(default_factory=list)
    not_read: CostLimitExceeded | SourceRejected | None = None  # what kept something of it from being read

    @property
    def latest_life_ended(self) -> bool:
        """True when the latest thing known of it is its end."""
        if not self.ends:
            return False
        ended = max(end.end_op for end in self.ends)
        return all(creation.created_op < ended for creation in self.creations)


def hints_of(row: Row) -> Hints:
    """What the account's row tells."""
    named = ("first_ledger", "latest_ledger", "last_modified_ledger")
    first, latest, modified = (Ledger(row[name] or 0) for name in named)
    closes = {
        ledger: row[name]
        for ledger, name in (
            (first, "first_closed_at"),
            (latest, "latest_closed_at"),
            (modified, "modified_closed_at"),
        )
        if row[name] is not None
    }
    return Hints(first, latest, modified if row["deleted"] else None, closes)


def merged_later(
    known: Iterable[Address], hints: Mapping[Address, Hints], found: Mapping[Address, Found]
) -> dict[Address, Ledger]:
    """Accounts that are gone and were not merged on the day on which they were last changed, with that ledger.

    Hubble may keep an account as it was before its merge, which then came later. Where it may not be read it is not asked for,
    nor of accounts of several lives: of those every day is read already.
    """
    return {
        account: gone_in
        for account in known
        if (gone_in := hints[account].gone_in) is not None
        and hints[account].one_life
        and found[account].not_read is None
        and not found[account].latest_life_ended
    }


def sent_first(
    known: Iterable[Address],
    hints: Mapping[Address, Hints],
    found: Mapping[Address, Found],
    merged_later: Collection[Address] = (),
) -> dict[Address, Ledger]:
    """Accounts that exist, or did, without having been created: a contract did that, by a transfer, in this ledger.

    Of those that are merged later it is not known yet how many lives they had: each may lack one.
    """
    lacking = {
        account: _ledger_without_creation(hints[account], found[account], ends_unknown=account in merged_later)
        for account in known
    }
    return {account: ledger for account, ledger in lacking.items() if ledger is not None}


def _ledger_without_creation(hints: Hints, found: Found, *, ends_unknown: bool) -> Ledger | None:
    """The ledger of a life whose creation nobody saw; None where every life has one, or its time is not known."""
    if found.unplaced:
        return None
    ledgers = {creation.ledger for creation in found.creations}
    if hints.first not in ledgers:
        return hints.first if hints.first in hints.closes else None
    exists = hints.gone_in is None
    lacks_one = ends_unknown or len(found.ends) + exists > len(found.creations)
    if lacks_one and hints.latest not in ledgers and hints.latest in hints.closes:
        return hints.latest
    return None


def page_of(hints: Hints, found: Found) -> SourcePage:
    """All that is known of the account, as the answer to its creator step."""
    creations = tuple(sorted(found.creations, key=lambda creation: creation.created_op))
    return SourcePage(
        cursor="",
        complete=True,
        creations=creations,
        ends=tuple(sorted(found.ends, key=lambda end: end.end_op)),
        unplaced=tuple(found.unplaced),
        anchors=tuple(hints.closes.items()),
        merged=hints.gone_in is not None,
        creator_unknown_reason=_untold(hints, found),
        refused=isinstance(found.not_read, CostLimitExceeded),
    )


def _untold(hints: Hints, found: Found) -> str | None:
    """Why not all of its lives are told, each with its beginning and its end; None if they are."""
    if found.not_read is not None:
        return str(found.not_read)
    gone = hints.gone_in is not None
    if gone and not found.latest_life_ended:
        return NO_END
    if found.unplaced:
        return None
    begun, lives = len(found.creations), len(found.ends) + (not gone)
    if begun == lives:
        return None
    return NO_CREATION if begun < lives else NO_END


def unknown_page() -> SourcePage:
    """The answer about an account that has no row."""
    return SourcePage(cursor="", complete=True, not_found=True, creator_unknown_reason=UNKNOWN_ACCOUNT)
