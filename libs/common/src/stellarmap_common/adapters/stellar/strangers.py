"""Hosts of strangers, asked over https at public addresses only, for little, and for a short time."""

import asyncio
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from stellarmap_common.adapters.stellar.guard import Resolver, public_address, system_resolver
from stellarmap_common.adapters.stellar.http import Answer, AnswerTooLong, LimitedHttp, NoAnswer
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused, DomainUnavailable

SOURCE = "home-domains"
LONGEST_BYTES = 100 * 1024
TIMEOUT_S = 5.0
MOST_REDIRECTS = 3
_SERVER_ERRORS = 500
_REDIRECTS = (301, 302, 303, 307, 308)
_HTTPS_PORT = 443


class Strangers:
    """Asks them. Every request passes the guard: https, public addresses, no other host."""

    def __init__(self, http: LimitedHttp, resolve: Resolver = system_resolver) -> None:
        self._http = http
        self._resolve = resolve

    async def get(self, url: str) -> Answer:
        """The answer, after redirects within its host, in at most 5 s. Raises: DomainRefused, DomainUnavailable."""
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
                        raise _elsewhere(f"{host} redirects to another host; that one is not asked")
        except AnswerTooLong as error:
            raise DomainRefused(DomainFault.TOO_LARGE, f"{host} answers more than is read ({error})") from error
        except NoAnswer as error:
            raise DomainUnavailable(DomainFault.SILENT, f"{host} does not answer ({error})") from error
        except TimeoutError as error:
            told = f"{host} did not answer within {TIMEOUT_S:.0f} s"
            raise DomainUnavailable(DomainFault.TIMEOUT, told) from error
        raise _elsewhere(f"{host} redirects in a circle")


def must_be_ok(answer: Answer, url: str, instead_of: str) -> None:
    """Raises: DomainRefused, DomainUnavailable, unless it is an answer."""
    told = f"{urlsplit(url).hostname} answers {answer.status} instead of {instead_of}"
    if answer.status >= _SERVER_ERRORS or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise DomainUnavailable(DomainFault.FAILING, told)
    if answer.status != HTTPStatus.OK:
        raise DomainRefused(DomainFault.REFUSING, told)


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _elsewhere("a stranger's host has an address that is no URL") from error
    if parts.scheme != "https" or not host or port not in (None, _HTTPS_PORT) or parts.username is not None:
        raise _elsewhere(f"only https addresses without port and user are asked, which {parts.hostname}'s is not")
    return host


def _elsewhere(told: str) -> DomainRefused:
    return DomainRefused(DomainFault.ELSEWHERE, told)
