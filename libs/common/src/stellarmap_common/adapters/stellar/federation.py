"""Federation addresses (SEP-2), looked up at a stranger's domain: its stellar.toml names the server, the server the account."""

from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from stellarmap_common.adapters.stellar.strangers import Strangers, must_be_ok
from stellarmap_common.domain.stellar_toml import UnreadableToml, toml_of
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.ports.federation import FederationRecord
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused, HomeDomains


class _Answered(msgspec.Struct):
    account_id: str
    memo_type: str | None = None
    memo: str | int | None = None  # a number where the memo is an id, on some servers


class DomainFederation:
    """The Federation of the internet."""

    def __init__(self, domains: HomeDomains, strangers: Strangers) -> None:
        self._domains = domains
        self._strangers = strangers

    async def resolve(self, name: str) -> FederationRecord | None:
        domain = name.rpartition("*")[2].lower()
        server = await self._server_of(domain)
        query = urlencode({"q": name, "type": "name"})
        answer = await self._strangers.get(f"{server}{'&' if '?' in server else '?'}{query}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        must_be_ok(answer, server, "a federation record")
        try:
            found = msgspec.json.decode(answer.body, type=_Answered)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceUnavailable(f"the federation server of {domain} sent something unreadable: {error}") from error
        memo = None if found.memo is None else str(found.memo)
        return FederationRecord(account=found.account_id, memo_type=found.memo_type, memo=memo)

    async def _server_of(self, domain: str) -> str:
        try:
            server = toml_of(await self._domains.toml_of(domain)).get("FEDERATION_SERVER")
        except DomainRefused as error:
            if error.fault is not DomainFault.MISSING:
                raise
            raise SourceRejected(f"{error}, so it has no federation addresses") from error
        except UnreadableToml as error:
            raise SourceRejected(f"the stellar.toml of {domain} is not TOML: {error}") from error
        if not isinstance(server, str) or not server:
            raise SourceRejected(f"the stellar.toml of {domain} names no FEDERATION_SERVER")
        return server.rstrip("/")
