"""A Horizon, as raw records. Pages are followed by cursor alone: links carry the Host of the request, and never end."""

from collections.abc import Sequence
from typing import Any, TypedDict
from urllib.parse import quote

import msgspec

from stellarmap_common.adapters.stellar.source import Decoder, HttpSource, records_of
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.horizon import HORIZON_PAGE, Record


# What is read of a page of payments. The rest, links and whole transactions with their XDR, is nine tenths of each record
# and would take most of the time of a crawl to turn into objects. Values are not judged here: whoever maps rows does.
class _Transaction(TypedDict, total=False):
    source_account: Any


_Payment = TypedDict(
    "_Payment",
    {
        "id": Any,
        "paging_token": Any,
        "type": Any,
        "transaction_successful": Any,
        "source_account": Any,
        "created_at": Any,
        "transaction_hash": Any,
        "transaction": _Transaction | None,
        "sponsor": Any,
        "funder": Any,
        "account": Any,
        "starting_balance": Any,
        "into": Any,
        "asset_type": Any,
        "from": Any,
        "to": Any,
        "asset_balance_changes": Any,
    },
    total=False,
)


class _Embedded(TypedDict, total=False):
    records: list[_Payment]


class _Page(TypedDict, total=False):
    _embedded: _Embedded


_PAYMENTS: Decoder = msgspec.json.Decoder(_Page)


class HorizonClient:
    """The HorizonApi behind one base URL."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    @property
    def base_url(self) -> str:
        return self._source.endpoint.base_url

    async def reserve(self, calls: int, lane: Lane, whose: str = "") -> None:
        await self._source.reserve(calls, lane, whose)

    async def root(self, lane: Lane) -> Record:
        answer = await self._source.get("/", lane)
        if answer is None:
            raise self._source.unreadable("there is no Horizon below this URL")
        return self._record(answer)

    async def ledger(self, sequence: int, lane: Lane) -> Record | None:
        # As a page: of a single ledger that is older than the history, or newer, Horizon speaks in errors.
        answer = await self._source.get(f"/ledgers?order=asc&limit=1&cursor={(sequence << 32) - 1}", lane)
        records = () if answer is None else self._records(answer)
        return next((record for record in records if record.get("sequence") == sequence), None)

    async def account(self, address: Address, lane: Lane) -> Record | None:
        answer = await self._source.get(f"/accounts/{quote(address, safe='')}", lane)
        return None if answer is None else self._record(answer)

    async def payments_of(
        self, address: Address, *, cursor: str, lane: Lane, limit: int = HORIZON_PAGE
    ) -> Sequence[Record] | None:
        after = f"&cursor={quote(cursor, safe='')}" if cursor else ""
        path = f"/accounts/{quote(address, safe='')}/payments?order=asc&limit={limit}{after}&join=transactions"
        answer = await self._source.get(path, lane, _PAYMENTS)
        return None if answer is None else self._records(answer)

    async def effects_of(self, operation_id: int, lane: Lane) -> Sequence[Record]:
        answer = await self._source.get(f"/operations/{operation_id}/effects?order=asc&limit={HORIZON_PAGE}", lane)
        records = () if answer is None else self._records(answer)
        # Effects of other types are passed over: one without a type could be the creation that is looked for.
        if not all(isinstance(record.get("type"), str) for record in records):
            raise self._source.unreadable("an effect has no type")
        return records

    async def assets_issued_by(self, address: Address, lane: Lane) -> Sequence[Record]:
        path = f"/assets?asset_issuer={quote(address, safe='')}&order=asc&limit={HORIZON_PAGE}"
        answer = await self._source.get(path, lane)
        return () if answer is None else self._records(answer)

    def _record(self, answer: Any) -> Record:  # noqa: ANN401 - JSON
        if not isinstance(answer, dict):
            raise self._source.unreadable("an object was expected")
        return answer

    def _records(self, answer: Any) -> Sequence[Record]:  # noqa: ANN401 - JSON
        return records_of(self._source, answer)
