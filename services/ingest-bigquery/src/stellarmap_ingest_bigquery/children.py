"""The children step, for many creators at once: one query, whose answer is then read page by page, for nothing.

The answer holds each creator's rows together and in order. Where they begin is found once; a cursor tells it, so that a
page is read by its place. A cursor of the other route, or of an answer that is not kept any more, tells an operation: its
place is searched for.

A cheap answer begins with the children whose ledger is not known. They are read first whatever the cursor tells: no other
route would find them by it, and to hear of one twice changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.toid import Ledger, last_toid, ledger_of, provisional_toid
from stellarmap_common.errors import CostLimitExceeded
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.sources import SourcePage, page_cursor
from stellarmap_common.ports.stores import Stores
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.answers import page_of
from stellarmap_ingest_bigquery.client import BigQueryApi, Row
from stellarmap_ingest_bigquery.days import FIRST_DAY, first_day_of
from stellarmap_ingest_bigquery.jobs import Answer, Jobs
from stellarmap_ingest_bigquery.mapping import (
    creation_of_row,
    end_of_row,
    provisional_creation,
    row_left_out,
    unplaced_creation,
)

log = structlog.get_logger(__name__)

KEPT_ROWS = 10_000  # of one answer, for creators whose rows were passed on the way
_OF_A_LEDGER = 100_000  # operations: it has not more
_NOWHERE = 0  # the position of a child whose ledger is not known: before all others


@dataclass(frozen=True, slots=True)
class Place:
    """Where a creator's rows lie in an answer."""

    job_id: str
    start: int
    total: int
    rows: Sequence[Row] | None = None  # all of them, where they are few

    def cursor(self, after: int, rank: int) -> str:
        """The cursor that goes on after that operation, which so many rows come before."""
        return page_cursor(after, f"{self.job_id}.{self.start}.{self.total}.{rank}")


def place_in(hint: str) -> tuple[Place, int] | None:
    """The place, and how many rows of it were read; None for a hint of another route."""
    job_id, *numbers = hint.split(".")
    if len(numbers) != 3 or not all(number.isascii() and number.isdigit() for number in numbers):  # noqa: PLR2004 - as `cursor` writes
        return None
    start, total, rank = map(int, numbers)
    return Place(job_id, start, total), rank


class Children:
    """Answers the children step of one network's accounts."""

    def __init__(
        self,
        network: NetworkKey,
        jobs: Jobs,
        api: BigQueryApi,
        stores: Stores,
        page_size: Callable[[], int],
    ) -> None:
        self._network = network
        self._jobs = jobs
        self._api = api
        self._stores = stores
        self._page_size = page_size

    async def places_of(self, creators: Sequence[Address]) -> Mapping[Address, Place]:
        """Where the rows of each creator, who are in order, begin. Raises: as `Jobs.run`."""
        answer = await self._answer(creators)
        places = {creator: Place(answer.job_id, 0, 0, ()) for creator in creators}
        at = kept = 0
        while rows := await page_of(answer, at, self._page_size()):
            passed = 0
            while passed < len(rows):
                total = int(rows[passed]["total"])
                whole = rows[passed : passed + total] if passed + total <= len(rows) else None
                if kept + total > KEPT_ROWS:
                    whole = None
                kept += len(whole or ())
                creator = Address(rows[passed]["creator"])
                places[creator] = Place(answer.job_id, at + passed, total, whole)
                passed += total
            at += passed
        return places

    async def page(self, creator: Address, place: Place, after: int, rank: int | None) -> SourcePage:
        """The page of the creator's rows after that operation. `rank`: how many rows were read, if that is known.

        Raises: SourceUnavailable, StoreUnavailable.
        """
        size = self._page_size()
        rows = await self._rows(place, rank or 0, size + 1)
        if after and rows and _position(rows[0]) == _NOWHERE:
            nowhere = [row for row in rows[:size] if _position(row) == _NOWHERE]
            more = len(rows) > size and _position(rows[size]) == _NOWHERE
            read = (rank or 0) + size if more else await self._rank_after(place, after)
            return self._page_of(place, nowhere, after, read)
        if rank is None:
            rank = await self._rank_after(place, after)
            rows = await self._rows(place, rank, size + 1) if rank else rows
        rows = _whole_ledgers(rows, size)
        return self._page_of(place, await self._without_known(creator, rows, after), after, rank + len(rows))

    async def expired(self, place: Place) -> bool:
        """True when the answer is not kept any more."""
        return place.rows is None and await self._api.rows(place.job_id, place.start, 1) is None

    async def _answer(self, creators: Sequence[Address]) -> Answer:
        began = [await first_day_of(self._stores.known, AccountRef(self._network, creator)) for creator in creators]
        since = min(day or FIRST_DAY for day in began)
        try:
            return await self._jobs.run(query.children(creators, since))
        except CostLimitExceeded as refused:
            log.info("read_cheaply", network=self._network, accounts=len(creators), told=str(refused))
            return await self._jobs.run(query.children_cheap(creators))

    async def _rows(self, place: Place, rank: int, count: int) -> Sequence[Row]:
        count = min(count, place.total - rank)
        if place.rows is not None:
            return place.rows[rank : rank + count]
        return await page_of(Answer(place.job_id, self._api), place.start + rank, count) if count else ()

    async def _rank_after(self, place: Place, after: int) -> int:
        """How many of the creator's rows do not come after that operation."""
        if not after:
            return 0
        low, high = 0, place.total
        while low < high:
            middle = (low + high) // 2
            (row,) = await self._rows(place, middle, 1)
            low, high = (middle + 1, high) if _position(row) <= after else (low, middle)
        return low

    async def _without_known(self, creator: Address, rows: Sequence[Row], after: int) -> Sequence[Row]:
        """The rows but those, of the ledger in which another route stopped, that it has read: they are counted."""
        ledger = ledger_of(after)
        if not after or after == last_toid(ledger) or not any(row.get("ledger") == ledger for row in rows):
            return rows
        read = ChildRange(since=provisional_toid(ledger) + 1, up_to=after)  # exact ones
        known = await self._stores.creations.children_of(AccountRef(self._network, creator), read, _OF_A_LEDGER)
        accounts = {child.account for child in known}
        return [row for row in rows if row.get("ledger") != ledger or row["account"] not in accounts]

    def _page_of(self, place: Place, rows: Sequence[Row], after: int, rank: int) -> SourcePage:
        creations: list[Creation] = []
        ends: list[AccountEnd] = []
        unplaced: list[UnplacedCreation] = []
        for row in rows:
            with row_left_out(self._network, row):
                if "op_id" in row and row["funder"] is None:
                    ends.append(end_of_row(self._network, row))
                elif "op_id" in row:
                    creations.append(creation_of_row(self._network, row))
                elif row["ledger"] is None:
                    unplaced.append(unplaced_creation(self._network, row, creator="creator"))
                else:
                    ledger = Ledger(row["ledger"])
                    creations.append(provisional_creation(self._network, row, ledger, None, creator="creator"))
        return SourcePage(
            cursor=place.cursor(max((after, *map(_position, rows))), rank),
            complete=rank >= place.total,
            creations=tuple(creations),
            ends=tuple(ends),
            unplaced=tuple(unplaced),
            # Operations alone are read: of a contract's transfer nothing but its effects tells that it creates. And a row may
            # have been left out.
            at_least=True,
        )


def _position(row: Row) -> int:
    """The operation of a row, or the last one that it may be."""
    if "op_id" in row:
        return int(row["op_id"])
    return _NOWHERE if row["ledger"] is None else last_toid(Ledger(row["ledger"]))


def _whole_ledgers(rows: Sequence[Row], size: int) -> Sequence[Row]:
    """At most `size` of the rows, so that no ledger is cut in two: by ledger alone another route goes on behind it.

    `rows` has one more, if there are more. A ledger that has more rows than a page is cut all the same.
    """
    if len(rows) <= size:
        return rows
    cut = _position(rows[size])
    end = size
    while end and _position(rows[end - 1]) == cut:
        end -= 1
    return rows[: end or size]
