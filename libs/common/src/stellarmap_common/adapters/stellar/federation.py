"""Federation addresses (SEP-2), looked up at a stranger's domain: its stellar.toml names the server, the server the account."""

import asyncio
import tomllib
from http import HTTPStatus
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from stellarmap_common.adapters.stellar.guard import Resolver, public_address, system_resolver
from stellarmap_common.adapters.stellar.http import Answer, AnswerTooLong, LimitedHttp, NoAnswer
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.ports.federation import FederationRecord

SOURCE = "federation"
LONGEST_BYTES = 100 * 1024
TIMEOUT_S = 5.0
MOST_REDIRECTS = 3
_SERVER_ERRORS = 500
_REDIRECTS = (301, 302, 303, 307, 308)
_HTTPS_PORT = 443


class _Answered(msgspec.Struct):
    account_id: str
    memo_type: str | None = None
    memo: str | int | None = None  # a number where the memo is an id, on some servers


class DomainFederation:
    """The Federation of the internet. Every request passes the guard: https, public addresses, no other host."""

    def __init__(self, http: LimitedHttp, resolve: Resolver = system_resolver) -> None:
        self._http = http
        self._resolve = resolve

    async def resolve(self, name: str) -> FederationRecord | None:
        domain = name.rpartition("*")[2].lower()
        server = await self._server_of(domain)
        query = urlencode({"q": name, "type": "name"})
        answer = await self._get(f"{server}{'&' if '?' in server else '?'}{query}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        _must_be_ok(answer, server)
        try:
            found = msgspec.json.decode(answer.body, type=_Answered)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceUnavailable(f"the federation server of {domain} sent something unreadable: {error}") from error
        memo = None if found.memo is None else str(found.memo)
        return FederationRecord(account=found.account_id, memo_type=found.memo_type, memo=memo)

    async def _server_of(self, domain: str) -> str:
        url = f"https://{domain}/.well-known/stellar.toml"
        answer = await self._get(url)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise SourceRejected(f"{domain} publishes no stellar.toml, so it has no federation addresses")
        _must_be_ok(answer, url)
        try:
            server = tomllib.loads(answer.body.decode()).get("FEDERATION_SERVER")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SourceRejected(f"the stellar.toml of {domain} is not TOML: {error}") from error
        if not isinstance(server, str) or not server:
            raise SourceRejected(f"the stellar.toml of {domain} names no FEDERATION_SERVER")
        return server.rstrip("/")

    async def _get(self, url: str) -> Answer:
        """The answer, after redirects within its host, in at most 5 s."""
        host = _host_of(url)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                address = await public_address(host, self._resolve)
                for _ in range(MOST_REDIRECTS + 1):
                    answer = await self._http.get_pinned(url, address, SOURCE, longest=LONGEST_BYTES)
                    if answer.status not in _REDIRECTS:
                        return answer
                    url = urljoin(url, answer.headers.get("location", ""))
                    if _host_of(url) != host:
                        raise SourceRejected(f"{host} redirects to another host; that one is not asked")
        except AnswerTooLong as error:
            raise SourceRejected(f"{host} answers more than is read ({error})") from error
        except NoAnswer as error:
            raise SourceUnavailable(f"{host} does not answer ({error})") from error
        except TimeoutError as error:
            raise SourceUnavailable(f"{host} did not answer within {TIMEOUT_S:.0f} s") from error
        raise SourceRejected(f"{host} redirects in a circle")


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceRejected("a federation server has an address that is no URL") from error
    if parts.scheme != "https" or not host or port not in (None, _HTTPS_PORT) or parts.username is not None:
        raise SourceRejected(f"only https addresses without port and user are asked, which {parts.hostname}'s is not")
    return host


def _must_be_ok(answer: Answer, url: str) -> None:
    told = f"{urlsplit(url).hostname} answers {answer.status} instead of a federation record"
    if answer.status >= _SERVER_ERRORS or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SourceUnavailable(told)
    if answer.status != HTTPStatus.OK:
        raise SourceRejected(told)
