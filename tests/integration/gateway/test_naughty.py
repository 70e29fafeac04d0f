"""Whatever stands in a parameter, a header or a body, the answer is an answer: never a 5xx, never a seed in it."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest

from stellarmap_gateway.contracts import openapi_text
from tests.support.gateway import Site, address, open_site, seed
from tests.support.streams import streaming

SECRET = seed("a secret")
NAUGHTY = (
    "",
    " ",
    "null",
    "undefined",
    "-1",
    "0",
    "1e309",
    "9" * 400,
    "9" * 5_000,
    "[" * 400,
    "NaN",
    "true",
    "٣",
    "' OR 1=1 --",
    '"); DROP TABLE account; --',
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "%00",
    "\x00",
    "\ud83d\ude00",
    "Ṱ̺̺o͞ i̢n̛vo͢ke",
    "\u202e\u200b",
    "2024-13",
    "2024-W01",
    "20240101",
    "2024-02-30",
    "0000-00",
    "0001-01",
    "9999-12",
    "9999-12-31T23:59:59-23:59",
    "2024-05-31T12:00:00+99:00",
    "A" * 56,
    "G" + "A" * 55,
    "M" + "A" * 68,
    address("a"),
    address("a").lower(),
    SECRET,
    SECRET.lower(),
    f"x{SECRET}",
    f"{SECRET[:28]} {SECRET[28:]}",
    "bmV2ZXI",
    "x" * 5_000,
)
STREAM = "/api/v1/events"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in msgspec.json.decode(openapi_text())["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def filled(path: str, **values: str) -> str:
    return path.format(
        **{"network": "sandbox", "address": address("a"), "id": "a-request", "key": "batch_size", **values}
    )


@dataclass(frozen=True)
class Place:
    """Where a value goes into a request."""

    method: str
    path: str
    place: str
    name: str

    async def answered(self, site: Site, value: str) -> tuple[int, str]:
        """Status and everything that came back."""
        if self.path == STREAM:
            return await streamed(site, self.place, self.name, value)
        sent = value.encode(errors="replace")
        quoted = "".join(f"%{byte:02x}" for byte in sent) or "%20"
        answer = await site.api.request(
            self.method,
            filled(self.path, **{self.name: quoted} if self.place == "path" else {}),
            params={self.name: sent.decode()} if self.place == "query" else {},
            headers=httpx.Headers([(self.name.encode(), sent.replace(b"\0", b""))] if self.place == "header" else []),
            json=None if self.method == "get" else {"text": "x"} if self.path.endswith("/resolve") else {},
        )
        return answer.status_code, answer.text + str(answer.headers)


PLACES = [
    Place(method, path, parameter["in"], parameter["name"])
    for method, path, operation in operations()
    for parameter in operation.get("parameters", ())
]


@pytest.fixture
async def busy() -> AsyncIterator[Site]:
    """The account exists, so that questions get far, and nobody is refused for asking too often."""
    async with open_site(reads_per_minute=10**9, searches_per_minute=10**9, requests_per_minute=10**9) as site:
        (account,) = await site.chain("a")
        await site.children(account, 3)
        yield site


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.method} {place.path} {place.name}")
async def test_no_parameter_breaks_an_answer(busy: Site, place: Place) -> None:
    for value in NAUGHTY:
        status, text = await place.answered(busy, value)
        assert status < 500, (value, text)
        assert '"advice":null' not in text, (value, text)
        assert SECRET not in text.upper()


async def streamed(site: Site, place: str, name: str, value: str) -> tuple[int, str]:
    value = value.encode(errors="replace").decode()
    query = {name: value} if place == "query" else {}
    async with streaming(site.app, STREAM, value if place == "header" else None, **query) as stream:
        return stream.status, stream.body.decode()


@pytest.mark.parametrize("value", [*NAUGHTY, None, 1, -1, 1.5, 10**400, True, [], {}, ["x"], {"a": 1}])
async def test_no_body_breaks_an_answer(busy: Site, value: Any) -> None:
    asking = busy.path(address("a"), "/requests")
    fields = ("budget", "depth", "pages", "retry", "surprise")
    bodies = [("/api/v1/sandbox/resolve", {"text": value}), ("/api/v1/sandbox/resolve", value)]
    for path, body in [*bodies, *((asking, {field: value}) for field in fields)]:
        answer = await busy.api.post(
            path, content=json.dumps(body).encode(), headers={"content-type": "application/json"}
        )
        assert answer.status_code < 500, answer.text
        assert '"advice":null' not in answer.text
        assert SECRET not in (answer.text + str(answer.headers)).upper()


async def test_a_name_of_a_parameter_is_not_repeated_either(busy: Site) -> None:
    answer = await busy.api.get(busy.path(address("a"), "/children"), params={SECRET: "1"})
    assert answer.status_code == 422
    assert SECRET not in answer.text


async def test_a_seed_where_an_address_belongs_is_named_as_what_it_is(busy: Site) -> None:
    answer = await busy.api.get(f"/api/v1/sandbox/accounts/{SECRET}")
    assert (answer.status_code, answer.json()["type"]) == (422, "secret-seed")
