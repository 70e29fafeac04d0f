"""A Stellar Expert, as raw records."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from stellarmap_common.adapters.stellar.source import HttpSource, records_of
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.horizon import DIRECTORY_PAGE, Record


class ExpertClient:
    """The ExpertApi behind one base URL."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    @property
    def base_url(self) -> str:
        return self._source.endpoint.base_url

    async def account(self, address: Address, lane: Lane) -> Record | None:
        answer = await self._source.get(f"/account/{quote(address, safe='')}", lane)
        if answer is None:
            return None
        # Every answer names its account. One that does not is no "nobody created it", which would be believed for ever.
        if not isinstance(answer, dict) or answer.get("account") != address:
            raise self._source.unreadable("an object about the account was expected")
        return answer

    async def directory(self, addresses: Sequence[Address], lane: Lane) -> Sequence[Record]:
        if not addresses:
            return ()  # without any it would list everybody
        asked = urlencode([("address[]", address) for address in addresses] + [("limit", DIRECTORY_PAGE)])
        answer = await self._source.get(f"/directory?{asked}", lane)
        if answer is None:
            raise self._source.unreadable("there is no directory below this URL")
        return records_of(self._source, answer)
