"""The one HTTP client of the process. Nothing goes out that has not passed the limiter."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

import httpx

from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.limits import Limiter

USER_AGENT = f"StellarMap/{version('stellarmap-common')}"
CONNECT_S, READ_S = 5.0, 10.0

# How many steps run at once bounds the calls. A pool that is too small for them would let one slow host hold up the others.
_LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=32, keepalive_expiry=20.0)
_TIMEOUT = {"timeout": {"connect": CONNECT_S, "read": READ_S, "write": CONNECT_S, "pool": READ_S}}
_HEADERS = [(b"Accept", b"application/json"), (b"Accept-Encoding", b"gzip"), (b"User-Agent", USER_AGENT.encode())]
# A proxy of the environment leads outside; this machine is reached directly.
_DIRECT: dict[str, httpx.AsyncBaseTransport | None] = {
    "all://127.0.0.1": None,
    "all://localhost": None,
    "all://[::1]": None,
}


class NoAnswer(Exception):
    """The request brought no whole answer: no connection, a timeout, a broken one. It may succeed later."""


class AnswerTooLong(Exception):
    """The answer is longer than was asked to be read, or packed, so that its length is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LimitedHttp:
    """Asks over HTTP, one permission of the limiter a request. Redirects are answers like any other."""

    def __init__(self, client: httpx.AsyncClient, limiter: Limiter) -> None:
        self._client = client
        self._limiter = limiter

    async def get(self, url: str, source: str, lane: Lane) -> Answer:
        """The answer of a source. Raises: RateLimited, NoAnswer."""
        await self._limiter.acquire(source, lane)
        try:
            response = await self._client.send(httpx.Request("GET", url, headers=_HEADERS, extensions=_TIMEOUT))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(_told(error)) from error
        return Answer(response.status_code, response.headers, response.content)

    async def get_pinned(self, url: str, address: str, source: str, *, longest: int) -> Answer:
        """The answer of a stranger's host, asked at `address` and nowhere else, at most `longest` bytes of it.

        Raises: RateLimited, NoAnswer, AnswerTooLong.
        """
        await self._limiter.acquire(source, Lane.USER)
        try:
            # A connection belongs to an address and a name: kept open, it would serve other names at that address.
            named = httpx.URL(url)
            headers = {"Host": named.netloc.decode(), "User-Agent": USER_AGENT, "Connection": "close"}
            request = httpx.Request(
                "GET",
                named.copy_with(host=address),
                headers={**headers, "Accept-Encoding": "identity"},
                extensions={**_TIMEOUT, "sni_hostname": named.host},
            )
            response = await self._client.send(request, stream=True)
            try:
                return Answer(response.status_code, response.headers, await _bounded(response, longest))
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(_told(error)) from error


@asynccontextmanager
async def open_http(limiter: Limiter, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[LimitedHttp]:
    """The client of the process; tests bring a transport of their own."""
    _remember_that_sniffio_is_missing()
    mounts = _DIRECT if transport is None else {}
    async with httpx.AsyncClient(
        transport=transport, mounts=mounts, limits=_LIMITS, trust_env=transport is None
    ) as client:
        yield LimitedHttp(client, limiter)


def _remember_that_sniffio_is_missing() -> None:
    """At each lock httpcore looks for it, and Python searches every path anew: a quarter of what a request costs."""
    if find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # "not there", as the import system writes it


async def _bounded(response: httpx.Response, longest: int) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLong("it is packed, though it was asked not to be")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > longest:
            raise AnswerTooLong(f"it is longer than {longest:,} bytes")
    return bytes(body)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
