"""A Stellar Expert, as raw records."""

from urllib.parse import quote

from stellarmap_common.adapters.stellar.source import HttpSource
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.horizon import Record


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
