"""A Horizon, as raw records. Pages are followed by cursor alone: links carry the Host of the request, and never end."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from stellarmap_common.adapters.stellar.source import HttpSource
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.horizon import HORIZON_PAGE, Record


class HorizonClient:
    """The HorizonApi behind one base URL."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    @property
    def base_url(self) -> str:
        return self._source.endpoint.base_url

    async def reserve(self, calls: int, lane: Lane) -> None:
        await self._source.reserve(calls, lane)

    async def root(self, lane: Lane) -> Record:
        answer = await self._source.get("/", lane)
        if answer is None:
            raise self._source.unreadable("there is no Horizon below this URL")
        return self._record(answer)

    async def account(self, address: Address, lane: Lane) -> Record | None:
        answer = await self._source.get(f"/accounts/{quote(address, safe='')}", lane)
        return None if answer is None else self._record(answer)

    async def payments_of(
        self, address: Address, *, cursor: str, lane: Lane, limit: int = HORIZON_PAGE
    ) -> Sequence[Record] | None:
        after = f"&cursor={quote(cursor, safe='')}" if cursor else ""
        path = f"/accounts/{quote(address, safe='')}/payments?order=asc&limit={limit}{after}&join=transactions"
        answer = await self._source.get(path, lane)
        return None if answer is None else self._records(answer)

    async def effects_of(self, operation_id: int, lane: Lane) -> Sequence[Record]:
        answer = await self._source.get(f"/operations/{operation_id}/effects?order=asc&limit={HORIZON_PAGE}", lane)
        return () if answer is None else self._records(answer)

    def _record(self, answer: Any) -> Record:  # noqa: ANN401 - JSON
        if not isinstance(answer, dict):
            raise self._source.unreadable("an object was expected")
        return answer

    def _records(self, answer: Any) -> Sequence[Record]:  # noqa: ANN401 - JSON
        embedded = self._record(answer).get("_embedded")
        records = embedded.get("records") if isinstance(embedded, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise self._source.unreadable("a page of records was expected")
        return records
