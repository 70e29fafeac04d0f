"""Lists of requests that are not completed: by lane, by client and lane, and by account.

A list is written before its request is opened and cleared after it is completed. So it may hold too much, never too little,
and readers look at each request itself: of one that is completed the row is removed, late. Lists by lane and client are cut
into hours. Which hours may still have something stands in a list of its own, so a reader looks back as far as the oldest
request that is open, and no further; an hour found empty a day later is dropped.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import time_ns

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.request_store import Request, RequestRef

HOUR = 3_600_000_000  # microseconds
DAY = 24 * HOUR  # nobody who has taken the time is so late with writing it
UNCUT = 0  # in the place of an hour, of lists that are short
LOOKED_AT_TOGETHER = 100

_COLUMNS = "created_at, request_id, account, client, lane"
_LIST = "network = ? AND list = ?"
_ADD = Statement(
    "open request add",
    f"INSERT INTO open_request (network, list, hour, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
)
_REMOVE = Statement(
    "open request remove",
    f"DELETE FROM open_request USING TIMESTAMP ? WHERE {_LIST} AND hour = ? AND created_at = ? AND request_id = ?",
)
_NEWEST = Statement("open requests", f"SELECT {_COLUMNS} FROM open_request WHERE {_LIST} AND hour = ?")
_OLDEST = Statement("open requests oldest", f"{_NEWEST.text} ORDER BY created_at ASC, request_id DESC")
_ADD_HOUR = Statement(
    "open hour add", "INSERT INTO open_request_hour (network, list, hour, listed_at) VALUES (?, ?, ?, ?)"
)
_HOURS = Statement("open hours", f"SELECT hour, WRITETIME(listed_at) FROM open_request_hour WHERE {_LIST}")
_DROP_HOUR = Statement("open hour drop", f"DELETE FROM open_request_hour USING TIMESTAMP ? WHERE {_LIST} AND hour = ?")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list."""

    created_at: int
    request_id: str
    account: Address
    client: str
    lane: str

    @property
    def lists(self) -> tuple[tuple[str, int], ...]:
        """The lists it stands in, and the hours of them."""
        hour = self.created_at // HOUR
        cut = [f"lane {self.lane}", *([f"client {self.lane} {self.client}"] if self.client else [])]
        return (*((name, hour) for name in cut), (f"account {self.account}", UNCUT))


class OpenRequestLists:
    """The lists; `latest` reads a request itself."""

    def __init__(self, session: CassandraSession, latest: Callable[[RequestRef], Awaitable[Request | None]]) -> None:
        self._session = session
        self._latest = latest

    async def add(self, request: Request) -> None:
        """Afterwards the request is found by all it is looked for by."""
        network, listed = request.ref.network, _listed(request)
        at, columns = listed.created_at, (listed.request_id, listed.account, listed.client, listed.lane)
        # Its time and that of its removal are the request's own, so that no clock brings it back: of two, a removal wins.
        await self._session.gather((_ADD, (network, name, hour, at, *columns, at)) for name, hour in listed.lists)
        # Only then the hour: whoever found it empty meanwhile drops an earlier writing of it.
        await self._session.gather(
            (_ADD_HOUR, (network, name, hour, at)) for name, hour in listed.lists if hour != UNCUT
        )

    async def remove(self, request: Request) -> None:
        """Afterwards the request, which is completed, is in no list."""
        await self._session.gather(_removal(request.ref.network, _listed(request)))

    async def check(self, request: Request) -> None:
        """It had been opened before: what was added now is removed, unless it is that very request, and that is open."""
        stored = await self._latest(request.ref)
        if stored and (stored.completed or _listed(stored) != _listed(request)):
            await self.remove(request)

    async def open_requests(  # noqa: PLR0913 - what requests are looked for by
        self,
        network: NetworkKey,
        *,
        client: str | None,
        account: Address | None,
        lane: Lane | None,
        oldest_first: bool,
        limit: int,
    ) -> tuple[Request, ...]:
        """Those that are open and are what is looked for, in order, as many as are wanted."""
        found: list[Request] = []
        candidates: list[Listed] = []
        lists = [self._list(network, name, oldest_first=oldest_first) for name in _lists_for(client, account, lane)]
        async with aclosing(_merged(lists, oldest_first=oldest_first)) as merged:
            async for listed in merged:
                if (lane and listed.lane != lane.value) or (client is not None and listed.client != client):
                    continue
                candidates.append(listed)
                if len(candidates) == min(limit - len(found), LOOKED_AT_TOGETHER):
                    found += await self._still_open(network, candidates)
                    candidates = []
                    if len(found) == limit:
                        return tuple(found)
        return (*found, *await self._still_open(network, candidates))

    async def _still_open(self, network: NetworkKey, candidates: Sequence[Listed]) -> list[Request]:
        """Those of the candidates that are open; the rows of others are removed."""
        requests = await asyncio.gather(*(self._latest(RequestRef(network, one.request_id)) for one in candidates))
        still_open, over = [], []
        for listed, request in zip(candidates, requests, strict=True):
            if request and not request.completed and _listed(request) == listed:
                still_open.append(request)
            elif request or _is_long_ago(listed.created_at):  # one that is not there may be about to be opened
                over.append(listed)
        await self._session.gather(write for listed in over for write in _removal(network, listed))
        return still_open

    async def _list(self, network: NetworkKey, name: str, *, oldest_first: bool) -> AsyncGenerator[Listed]:
        if name.startswith("account "):
            hours = [(UNCUT, 0)]
        else:
            hours = [(hour, at) for hour, at in await self._session.rows(_HOURS, network, name)]
        for hour, listed_at in reversed(hours) if oldest_first else hours:
            is_empty = True
            async for listed in self._hour(network, name, hour, _OLDEST if oldest_first else _NEWEST):
                is_empty = False
                yield listed
            if is_empty and hour != UNCUT and _is_long_ago((hour + 1) * HOUR):
                await self._session.execute(_DROP_HOUR, listed_at, network, name, hour)

    async def _hour(self, network: NetworkKey, name: str, hour: int, statement: Statement) -> AsyncIterator[Listed]:
        """Its rows in order of their times, those of one moment by request."""
        together: list[Listed] = []
        async for rows in self._session.pages(statement, network, name, hour, fetch=LOOKED_AT_TOGETHER):
            for row in rows:
                listed = Listed(*row)
                if together and together[0].created_at != listed.created_at:
                    for one in sorted(together, key=lambda one: one.request_id):
                        yield one
                    together = []
                together.append(listed)
        for one in sorted(together, key=lambda one: one.request_id):
            yield one


async def _merged(lists: Sequence[AsyncGenerator[Listed]], *, oldest_first: bool) -> AsyncGenerator[Listed]:
    """The rows of all lists in the order that each of them has."""
    firsts: list[tuple[int, str, int, Listed]] = []

    async def advance(number: int) -> None:
        listed = await anext(lists[number], None)
        if listed:
            at = listed.created_at if oldest_first else -listed.created_at
            heapq.heappush(firsts, (at, listed.request_id, number, listed))

    await asyncio.gather(*map(advance, range(len(lists))))
    while firsts:
        *_, number, listed = heapq.heappop(firsts)
        yield listed
        await advance(number)


def _lists_for(client: str | None, account: Address | None, lane: Lane | None) -> list[str]:
    """The shortest lists that have all that is looked for."""
    if account is not None:
        return [f"account {account}"]
    lanes = [lane] if lane else list(Lane)
    return [f"client {one.value} {client}" if client else f"lane {one.value}" for one in lanes]


def _listed(request: Request) -> Listed:
    return Listed(
        micros(request.created_at), request.ref.request_id, request.account, request.client, request.lane.value
    )


def _removal(network: NetworkKey, listed: Listed) -> Iterator[Write]:
    at = listed.created_at
    for name, hour in listed.lists:
        yield _REMOVE, (at, network, name, hour, at, listed.request_id)


def _is_long_ago(moment: int) -> bool:
    return moment < time_ns() // 1_000 - DAY
