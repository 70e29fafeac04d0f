"""The creator step, for many accounts at once: where their lives lie, and what began and ended them.

Nearly every account was created once, in the ledger that its sequence number tells: its creation is found on one day. Of
the others every day since their first creation is read. Where that would cost too much, the cheap query tells who created
them, and their sequence numbers when: such creations are provisional.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.toid import Ledger, ledger_of
from stellarmap_common.errors import CostLimitExceeded, SourceRejected
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.answers import rows_of
from stellarmap_ingest_bigquery.client import Row
from stellarmap_ingest_bigquery.days import FIRST_DAY, day_of
from stellarmap_ingest_bigquery.found import Found, Hints, hints_of, merged_later, page_of, sent_first, unknown_page
from stellarmap_ingest_bigquery.guard import Check, Refused
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

_OF_SIZE = frozenset({Check.SIZE, Check.PRICE, Check.DAY, Check.MONTH})  # a smaller query may pass these


class Creators:
    """Answers the creator step of one network's accounts."""

    def __init__(self, network: NetworkKey, jobs: Jobs) -> None:
        self._network = network
        self._jobs = jobs

    async def lives_of(self, accounts: Sequence[Address]) -> Mapping[Address, SourcePage]:
        """All lives of the accounts, which are in order. Raises: as `Jobs.run`."""
        hints = await self._hints(accounts)
        known = [account for account in accounts if account in hints]
        found: defaultdict[Address, Found] = defaultdict(Found)
        if known:
            await self._find(accounts, known, hints, found)
            await self._complete(accounts, known, hints, found)
        return {
            account: page_of(hints[account], found[account]) if account in hints else unknown_page()
            for account in accounts
        }

    async def _hints(self, accounts: Sequence[Address]) -> dict[Address, Hints]:
        rows = await rows_of(await self._jobs.run(query.account_ledgers(accounts)))
        return {Address(row["account_id"]): hints_of(row) for row in rows}

    async def _find(
        self,
        about: Sequence[Address],
        known: Sequence[Address],
        hints: Mapping[Address, Hints],
        found: defaultdict[Address, Found],
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
        found: defaultdict[Address, Found],
    ) -> None:
        """Adds what lies on other days than their rows tell, or is no operation of theirs.

        By one query; where both together may not be read, by one for each: what may be read is not held up by the other.
        Raises: SourceUnavailable: what is not known now is not unknown.
        """
        merged = merged_later(known, hints, found)
        sent = sent_first(known, hints, found, frozenset(merged))
        if merged and sent:
            try:
                await self._add_completions(about, merged, sent, hints, found)
            except (CostLimitExceeded, SourceRejected) as refused:
                log.info("completed_apart", network=self._network, told=str(refused))
            else:
                return
        await self._add_merges(about, merged, hints, found)
        if sent:
            try:
                await self._add_completions(about, {}, sent, hints, found)
            except (CostLimitExceeded, SourceRejected) as refused:
                self._note_not_read(sent_first(sent, hints, found), found, refused)

    async def _add_merges(
        self,
        about: Sequence[Address],
        merged: Mapping[Address, Ledger],
        hints: Mapping[Address, Hints],
        found: defaultdict[Address, Found],
    ) -> None:
        """Adds the merges of these. Every day since the first of them is read: where that is too much, without the older half."""
        while merged:
            try:
                await self._add_completions(about, merged, {}, hints, found)
            except (CostLimitExceeded, SourceRejected) as refused:
                smaller = isinstance(refused, Refused) and refused.check in _OF_SIZE
                later = _later_half(merged, hints) if smaller else {}
                self._note_not_read(merged.keys() - later.keys(), found, refused)
                merged = later
            else:
                return

    async def _add_completions(
        self,
        about: Sequence[Address],
        merged: Mapping[Address, Ledger],
        sent: Mapping[Address, Ledger],
        hints: Mapping[Address, Hints],
        found: defaultdict[Address, Found],
    ) -> None:
        days = {hints[account].closes[ledger].date() for account, ledger in sent.items()}
        began = min(_days_of_change(merged, hints).values(), default=FIRST_DAY)
        asked = query.completions(about, query.OnDays(sorted(sent), days), list(merged), began)
        rows = await rows_of(await self._jobs.run(asked))
        told = {end.end_op for account in merged for end in found[account].ends}  # of lives before, on the same day
        ends = [row for row in rows if row["creator"] is None and row["op_id"] not in told]
        for row in ends:
            with row_left_out(self._network, row):
                found[Address(row["account"])].ends.append(end_of_row(self._network, row))
        lacking = sent_first(sent, hints, found)  # of ends that are known now
        for row in rows:
            account = Address(row["account"])
            if row["creator"] is not None and ledger_of(row["op_id"]) == lacking.get(account):
                with row_left_out(self._network, row):
                    found[account].creations.append(contract_creation_of(self._network, row))

    def _add(self, rows: Iterable[Row], found: defaultdict[Address, Found]) -> None:
        for row in rows:
            with row_left_out(self._network, row):
                if row["funder"] is not None:
                    found[Address(row["account"])].creations.append(creation_of_row(self._network, row))
                else:
                    found[Address(row["account"])].ends.append(end_of_row(self._network, row))

    def _note_not_read(
        self,
        accounts: Collection[Address],
        found: defaultdict[Address, Found],
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
        self, rows: Iterable[Row], hints: Mapping[Address, Hints], found: defaultdict[Address, Found]
    ) -> None:
        """Creations with the ledgers that the hints tell. Of several nobody knows which came first, nor when merges were.

        One may be of several, too: of what a contract created no operation tells.
        """
        made: dict[Address, list[Row]] = defaultdict(list)
        for row in rows:
            if row["funder"] is not None:
                made[Address(row["account"])].append(row)
        for account, lives in made.items():
            first = hints[account].first
            with row_left_out(self._network, lives[0]):
                if len(lives) == 1 and hints[account].one_ledger:
                    closed_at = hints[account].closes.get(first)
                    found[account].creations.append(provisional_creation(self._network, lives[0], first, closed_at))
                else:
                    found[account].unplaced += [unplaced_creation(self._network, row) for row in lives]


def _days_of_change(merged: Mapping[Address, Ledger], hints: Mapping[Address, Hints]) -> dict[Address, datetime]:
    """The days on which these were changed last, before they were merged."""
    return {account: day_of(hints[account].closes.get(ledger, FIRST_DAY)) for account, ledger in merged.items()}


def _later_half(merged: Mapping[Address, Ledger], hints: Mapping[Address, Hints]) -> dict[Address, Ledger]:
    """Those of the later half of the days; none where all are of one day."""
    days = _days_of_change(merged, hints)
    in_order = sorted(set(days.values()))
    later = frozenset(in_order[(len(in_order) + 1) // 2 :])
    return {account: ledger for account, ledger in merged.items() if days[account] in later}
