"""Hosts of strangers for tests: each answers at the address that the resolver gave, and only there."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx

from stellarmap_common.ports.federation import FederationRecord
from tests.support.sources import opened_sources

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Internet(httpx.AsyncBaseTransport):
    """Hosts by name, each reached at the address that the resolver gave, and only there."""

    hosts: dict[str, Answer]
    addresses: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # by name, one answer after another
    reached: list[tuple[str, str]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    async def resolve(self, host: str) -> tuple[str, ...]:
        answers = self.addresses.get(host, [("93.184.216.34",)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        name = request.headers["host"]
        self.reached.append((name, request.url.host))
        assert request.extensions["sni_hostname"] == name
        answer = self.hosts[name](request)
        packed = {"content-encoding": "gzip"} if "content-encoding" in answer.headers else {}
        location = {"location": answer.headers["location"]} if "location" in answer.headers else {}
        return httpx.Response(answer.status_code, headers={**packed, **location}, content=_streamed(answer.content))

    async def look_up(self, name: str) -> FederationRecord | None:
        async with opened_sources(self, resolve=self.resolve) as opened:
            return await opened.sources.federation.resolve(name)

    async def toml(self, domain: str) -> str:
        async with opened_sources(self, resolve=self.resolve) as opened:
            return await opened.sources.home_domains.toml_of(domain)


async def _streamed(content: bytes) -> AsyncIterator[bytes]:
    """As it comes over a network: in parts, of a length not known before."""
    for start in range(0, len(content), 1_000):
        yield content[start : start + 1_000]
