"""Requests, each in one partition with its rows. Conditional writes only."""

from datetime import datetime

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.request_columns import asked_values, head_of, kept_of, place_of, row_values
from stellarmap_common.adapters.cassandra.request_lists import OpenRequestLists
from stellarmap_common.adapters.cassandra.request_rows import CassandraGrantStore
from stellarmap_common.adapters.cassandra.request_statements import CANCEL, COMPLETE, ONE, OPEN, ROW_OF, ROWS
from stellarmap_common.adapters.cassandra.session import CassandraSession
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow


class CassandraRequestStore(CassandraGrantStore):
    """Requests in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        super().__init__(session)
        self._lists = OpenRequestLists(session, self.latest)

    async def open(self, request: Request) -> bool:
        await self._lists.add(request)  # before it is opened: nobody is to look in vain for one that is
        first = RequestRow(account=request.account, parent=None, depth_left=request.depth, announced=True)
        key = request.ref.network, request.ref.request_id
        opened = await self._session.applied_batch(
            [
                (OPEN, (*asked_values(request), *key)),
                (ROW_OF, (*row_values(first, None), *key, first.account)),
            ]
        )
        if not opened:
            await self._lists.check(request)
        return opened

    async def request(self, ref: RequestRef) -> Request | None:
        return await self._read(ref, serial=True)

    async def latest(self, ref: RequestRef) -> Request | None:
        """The request as of the latest write that was answered: for lists, which are a moment old when they are told."""
        return await self._read(ref, serial=False)

    async def rows(self, ref: RequestRef) -> tuple[RequestRow, ...]:
        rows = await self._session.rows(ROWS, ref.network, ref.request_id, serial=True)
        return tuple(sorted((kept_of(account, row).row for account, *row in rows), key=place_of))

    async def finish(self, ref: RequestRef, *, cancelled: bool = False, completed_at: datetime | None = None) -> None:
        request = await self.latest(ref)
        if request is None:
            return
        key = ref.network, ref.request_id
        if cancelled and not request.cancelled:
            await self._session.applied(CANCEL, *key)
        if completed_at is not None:
            if not request.completed:
                await self._session.applied(COMPLETE, micros(completed_at), *key)
            await self._lists.remove(request)

    async def open_requests(  # noqa: PLR0913 - what requests are looked for by
        self,
        network: NetworkKey,
        *,
        client: str | None = None,
        account: Address | None = None,
        lane: Lane | None = None,
        oldest_first: bool = False,
        limit: int = 100,
    ) -> tuple[Request, ...]:
        return await self._lists.open_requests(
            network, client=client, account=account, lane=lane, oldest_first=oldest_first, limit=limit
        )

    async def _read(self, ref: RequestRef, *, serial: bool) -> Request | None:
        rows = await self._session.rows(ONE, ref.network, ref.request_id, serial=serial)
        return head_of(ref, rows[0]).request if rows else None
