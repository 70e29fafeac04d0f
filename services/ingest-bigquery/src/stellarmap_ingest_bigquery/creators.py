"""The creator step, for many accounts at once: where their lives lie, and what began and ended them.

Nearly every account was created once, in the ledger that its sequence number tells: its creation is found on one day. Of
the others every day since their first creation is read. Where that would cost too much, the cheap query tells who created
them, and their sequence numbers when: such creations are provisional.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.toid import Ledger, ledger_of
from stellarmap_common.errors import CostLimitExceeded, SourceRejected
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.answers import rows_of
from stellarmap_ingest_bigquery.client import Row
from stellarmap_ingest_bigquery.days import FIRST_DAY, day_of
from stellarmap_ingest_bigquery.jobs import Jobs
from stellarmap_ingest_bigquery.mapping import (
    contract_creation_of,
    creation_of_row,
    end_of_row,
    provisional_creation,
    row_left_out,
    unplaced_creation,
)

log = structlog.get_logger(__name__)

UNKNOWN_ACCOUNT = "Hubble has no such account: it was never created, or after the latest load"
NO_CREATION = "Hubble does not tell of each of its creations"
NO_END = "Hubble says that it is gone, and does not tell of its merge"


@dataclass(frozen=True, slots=True)
class Hints:
    """What an account's row tells of its lives."""

    first: Ledger  # of its first creation
    latest: Ledger  # its latest creation cannot be later
    gone_in: Ledger | None  # of its merge, or of the last change before it, if it does not exist now
    closes: Mapping[Ledger, datetime]  # close times of these

    @property
    def one_life(self) -> bool:
        """True when it was created in one ledger alone: sequence numbers begin with that, and only grow."""
        return self.first == self.latest and all(ledger in self.closes for ledger in self.ledgers)

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledgers in which something is known to have happened, if it has one life."""
        return (self.first,) if self.gone_in is None else (self.first, self.gone_in)

    @property
    def days(self) -> set[date]:
        """The days of these."""
        return {self.closes[ledger].date() for ledger in self.ledgers}


@dataclass(slots=True)
class _Found:
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


class Creators:
    """Answers the creator step of one network's accounts."""

    def __init__(self, network: NetworkKey, jobs: Jobs) -> None:
        self._network = network
        self._jobs = jobs

    async def lives_of(self, accounts: Sequence[Address]) -> Mapping[Address, SourcePage]:
        """All lives of the accounts, which are in order. Raises: as `Jobs.run`."""
        hints = await self._hints(accounts)
        known = [account for account in accounts if account in hints]
        found: defaultdict[Address, _Found] = defaultdict(_Found)
        if known:
            await self._find(accounts, known, hints, found)
            await self._complete(accounts, known, hints, found)
        return {
            account: _page(hints[account], found[account]) if account in hints else _unknown() for account in accounts
        }

    async def _hints(self, accounts: Sequence[Address]) -> dict[Address, Hints]:
        rows = await rows_of(await self._jobs.run(query.account_ledgers(accounts)))
        return {Address(row["account_id"]): _hints_of(row) for row in rows}

    async def _find(
        self,
        about: Sequence[Address],
        known: Sequence[Address],
        hints: Mapping[Address, Hints],
        found: defaultdict[Address, _Found],
    ) -> None:
        """Afterwards what operations tell of these accounts is found, or why it could not be read."""
        try:
            answer = await self._jobs.run(self._exact_query(about, known, hints))
        except CostLimitExceeded as refused:
            log.info("read_cheaply", network=self._network, accounts=len(known), told=str(refused))
            self._add_cheap(await rows_of(await self._jobs.run(query.lives_cheap(about, known))), hints, found)
            gone = [account for account in known if hints[account].gone_in is not None]
            if gone:
                self._note_not_read(gone, found, refused)
            return
        self._add(await rows_of(answer), found)

    async def _complete(
        self,
        about: Sequence[Address],
        known: Sequence[Address],
        hints: Mapping[Address, Hints],
        found: defaultdict[Address, _Found],
    ) -> None:
        """Adds what lies on other days than their rows tell, or is no operation of theirs.

        By one query; where both together may not be read, by one for each: what may be read is not held up by the other.
        Raises: SourceUnavailable: what is not known now is not unknown.
        """
        merged = _merged_later(known, hints, found)
        sent = _sent_first(known, hints, found, frozenset(merged))
        if merged and sent:
            try:
                await self._add_completions(about, merged, sent, hints, found)
            except (CostLimitExceeded, SourceRejected) as refused:
                log.info("completed_apart", network=self._network, told=str(refused))
            else:
                return
        for merges, transfers in ((merged, {}), ({}, sent)):
            if not merges and not transfers:
                continue
            try:
                await self._add_completions(about, merges, transfers, hints, found)
            except (CostLimitExceeded, SourceRejected) as refused:
                self._note_not_read({*merges, *_sent_first(transfers, hints, found)}, found, refused)

    async def _add_completions(
        self,
        about: Sequence[Address],
        merged: Mapping[Address, Ledger],
        sent: Mapping[Address, Ledger],
        hints: Mapping[Address, Hints],
        found: defaultdict[Address, _Found],
    ) -> None:
        days = {hints[account].closes[ledger].date() for account, ledger in sent.items()}
        began = (hints[account].closes.get(ledger, FIRST_DAY) for account, ledger in merged.items())
        asked = query.completions(
            about, query.OnDays(sorted(sent), days), list(merged), day_of(min(began, default=FIRST_DAY))
        )
        rows = await rows_of(await self._jobs.run(asked))
        told = {end.end_op for account in merged for end in found[account].ends}  # of lives before, on the same day
        ends = [row for row in rows if row["creator"] is None and row["op_id"] not in told]
        for row in ends:
            with row_left_out(self._network, row):
                found[Address(row["account"])].ends.append(end_of_row(self._network, row))
        lacking = _sent_first(sent, hints, found)  # of ends that are known now
        for row in rows:
            account = Address(row["account"])
            if row["creator"] is not None and ledger_of(row["op_id"]) == lacking.get(account):
                with row_left_out(self._network, row):
                    found[account].creations.append(contract_creation_of(self._network, row))

    def _add(self, rows: Iterable[Row], found: defaultdict[Address, _Found]) -> None:
        for row in rows:
            with row_left_out(self._network, row):
                if row["funder"] is not None:
                    found[Address(row["account"])].creations.append(creation_of_row(self._network, row))
                else:
                    found[Address(row["account"])].ends.append(end_of_row(self._network, row))

    def _note_not_read(
        self,
        accounts: Collection[Address],
        found: defaultdict[Address, _Found],
        error: CostLimitExceeded | SourceRejected,
    ) -> None:
        """Whoever asked about one of these is told: what is found of it is true, and not all."""
        log.warning("not_all_read", network=self._network, accounts=len(accounts), told=str(error))
        for account in accounts:
            found[account].not_read = error

    def _exact_query(
        self, about: Sequence[Address], known: Sequence[Address], hints: Mapping[Address, Hints]
    ) -> query.Query:
        once = [account for account in known if hints[account].one_life]
        often = [account for account in known if not hints[account].one_life]
        days = {day for account in once for day in hints[account].days}
        began = [hints[account].closes.get(hints[account].first, FIRST_DAY) for account in often]
        return query.lives(about, query.OnDays(once, days), often, day_of(min(began, default=FIRST_DAY)))

    def _add_cheap(
        self, rows: Iterable[Row], hints: Mapping[Address, Hints], found: defaultdict[Address, _Found]
    ) -> None:
        """Creations with the ledgers that the hints tell. Of several nobody knows which came first, nor when merges were."""
        made: dict[Address, list[Row]] = defaultdict(list)
        for row in rows:
            if row["funder"] is not None:
                made[Address(row["account"])].append(row)
        for account, lives in made.items():
            first = hints[account].first
            with row_left_out(self._network, lives[0]):
                if len(lives) == 1:
                    closed_at = hints[account].closes.get(first)
                    found[account].creations.append(provisional_creation(self._network, lives[0], first, closed_at))
                else:
                    found[account].unplaced += [unplaced_creation(self._network, row) for row in lives]


def _hints_of(row: Row) -> Hints:
    first, latest, modified = (Ledger(row[name]) for name in ("first_ledger", "latest_ledger", "last_modified_ledger"))
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


def _merged_later(
    known: Iterable[Address], hints: Mapping[Address, Hints], found: Mapping[Address, _Found]
) -> dict[Address, Ledger]:
    """Accounts that are gone and were not merged on the day on which they were last changed, with that ledger.

    Hubble may keep an account as it was before its merge, which then came later. Where it may not be read it is not asked for.
    """
    return {
        account: gone_in
        for account in known
        if (gone_in := hints[account].gone_in) is not None
        and found[account].not_read is None
        and not found[account].latest_life_ended
    }


def _sent_first(
    known: Iterable[Address],
    hints: Mapping[Address, Hints],
    found: Mapping[Address, _Found],
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


def _ledger_without_creation(hints: Hints, found: _Found, *, ends_unknown: bool) -> Ledger | None:
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


def _page(hints: Hints, found: _Found) -> SourcePage:
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


def _untold(hints: Hints, found: _Found) -> str | None:
    """Why not all of its lives are told, each with its beginning and its end; None if they are."""
    if found.not_read is not None:
        return str(found.not_read)
    gone = hints.gone_in is not None
    if gone and not found.latest_life_ended:
        return NO_END
    lives = len(found.ends) + (not gone)
    return NO_CREATION if not found.unplaced and lives > len(found.creations) else None


def _unknown() -> SourcePage:
    return SourcePage(cursor="", complete=True, not_found=True, creator_unknown_reason=UNKNOWN_ACCOUNT)
