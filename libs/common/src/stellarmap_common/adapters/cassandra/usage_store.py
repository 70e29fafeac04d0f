"""Token blocks, and what each process last saw of a source."""

from datetime import datetime, timedelta

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.adapters.cassandra.turns import Turns
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.usage_store import SourceStatus

STATUS_KEPT = timedelta(minutes=2)
TRIES = 20
WINDOWS_REMEMBERED = 1_000
_LIVE = "live"  # the one partition of statuses

_FIRST = Statement("tokens first", "INSERT INTO token_block (source, span, taken) VALUES (?, ?, ?) IF NOT EXISTS")
_MORE = Statement("tokens more", "UPDATE token_block SET taken = ? WHERE source = ? AND span = ? IF taken = ?")
_TAKEN = Statement("tokens taken", "SELECT taken FROM token_block WHERE source = ? AND span = ?")

_PUT_STATUS = Statement(
    "status put",
    "INSERT INTO source_status (scope, source, process, status) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
)
_STATUSES = Statement("statuses", "SELECT status FROM source_status WHERE scope = ?")

_status = msgspec.json.Decoder(SourceStatus)


class CassandraUsageStore:
    """Usage in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._turns = Turns()
        self._taken: dict[tuple[str, int], int] = {}  # as far as this process knows; it never falls

    async def lease_tokens(self, source: str, window: int, wanted: int, limit: int) -> int:
        place = source, window
        async with self._turns.at(place):
            for _ in range(TRIES):
                taken = self._taken.get(place)
                leased = max(0, min(wanted, limit - (taken or 0)))
                if not leased or await self._take(place, taken, leased):
                    return leased
        raise StoreUnavailable(f"Others took tokens of {source} {TRIES} times meanwhile. They are asked for again.")

    async def put_status(self, status: SourceStatus) -> None:
        text = msgspec.json.encode(status).decode()
        await self._session.execute(_PUT_STATUS, _LIVE, status.source, status.process, text, micros(status.at))

    async def statuses(self, since: datetime) -> tuple[SourceStatus, ...]:
        told = [_status.decode(status) for (status,) in await self._session.rows(_STATUSES, _LIVE)]
        newest = max((status.at for status in told), default=since)
        return tuple(status for status in told if status.at >= max(since, newest - STATUS_KEPT))

    async def _take(self, place: tuple[str, int], taken: int | None, leased: int) -> bool:
        """One conditional write. Of one whose outcome is unknown nobody has the tokens, but they may well be taken."""
        after = (taken or 0) + leased
        write = (_FIRST, (*place, after)) if taken is None else (_MORE, (after, *place, taken))
        if await self._session.applied(write[0], *write[1]):
            self._remember(place, after)
            return True
        rows = await self._session.rows(_TAKEN, *place, serial=True)
        if rows:
            self._remember(place, rows[0][0])
        else:
            self._taken.pop(place, None)  # it has lapsed: the window is days ago
        return False

    def _remember(self, place: tuple[str, int], taken: int) -> None:
        self._taken[place] = taken
        if len(self._taken) > WINDOWS_REMEMBERED:
            del self._taken[next(iter(self._taken))]
