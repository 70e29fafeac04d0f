"""Whatever stands in a parameter, a header or a body, the answer is an answer: never a 5xx, never a seed in it."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from stellarmap_gateway.contracts import openapi_text
from tests.support.gateway import Site, address, seed
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
    "NaN",
    "true",
    "٣",
    "' OR 1=1 --",
    "\"); DROP TABLE account; --",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "%00",
    "\x00",
    "\ud83d\ude00",
    "Ṱ̺̺o͞ i̢n̛vo͢ke",
    "\u202e\u200b",
    "2024-13",
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
    return path.format(**{"network": "sandbox", "address": address("a"), "id": "a-request", **values})


CASES = [
    pytest.param(method, path, parameter["in"], parameter["name"], id=f"{method} {path} {parameter['name']}")
    for method, path, operation in operations()
    for parameter in operation.get("parameters", ())
]


@pytest.fixture
async def busy(site: Site) -> Site:
    """The account exists, so that questions get far."""
    account = site.ref("a")
    await site.chain("a")
    await site.children(account, 3)
    site.gateway.limits.read = site.gateway.limits.ask = lambda _: None  # type: ignore[method-assign]
    return site


@pytest.mark.parametrize(("method", "path", "place", "name"), CASES)
async def test_no_parameter_breaks_an_answer(busy: Site, method: str, path: str, place: str, name: str) -> None:
    for value in NAUGHTY:
        if path == STREAM:
            status, text = await streamed(busy, place, name, value)
        else:
            status, text = await answered(busy, method, path, place, name, value)
        assert status < 500, (value, text)
        assert SECRET not in text.upper()


async def answered(site: Site, method: str, path: str, place: str, name: str, value: str) -> tuple[int, str]:
    body = {"json": {"text": "x"} if path.endswith("/resolve") else {}} if method == "post" else {}
    if place == "path":
        quoted = "".join(f"%{byte:02x}" for byte in value.encode(errors="replace")) or "%20"
        answer = await site.api.request(method, filled(path, **{name: quoted}), **body)
    elif place == "query":
        value = value.encode(errors="replace").decode()
        answer = await site.api.request(method, filled(path), params={name: value}, **body)
    else:
        headers = {name: value.encode(errors="replace").replace(b"\0", b"")}
        answer = await site.api.request(method, filled(path), headers=headers, **body)
    return answer.status_code, answer.text + str(answer.headers)


async def streamed(site: Site, place: str, name: str, value: str) -> tuple[int, str]:
    value = value.encode(errors="replace").decode()
    query = {name: value} if place == "query" else {}
    async with streaming(site.app, STREAM, value if place == "header" else None, **query) as stream:
        return stream.status, stream.body.decode()


@pytest.mark.parametrize("value", [*NAUGHTY, None, 1, -1, 1.5, 10**400, True, [], {}, ["x"], {"a": 1}])
async def test_no_body_breaks_an_answer(busy: Site, value: Any) -> None:
    bodies = [("/api/v1/sandbox/resolve", {"text": value}), ("/api/v1/sandbox/resolve", value)]
    for field in ("budget", "depth", "pages", "retry", "surprise"):
        bodies.append((busy.path(address("a"), "/requests"), {field: value}))
    for path, body in bodies:
        answer = await busy.api.post(path, content=json.dumps(body).encode(), headers={"content-type": "application/json"})
        assert answer.status_code < 500, answer.text
        assert SECRET not in (answer.text + str(answer.headers)).upper()


async def test_a_name_of_a_parameter_is_not_repeated_either(busy: Site) -> None:
    answer = await busy.api.get(busy.path(address("a"), "/children"), params={SECRET: "1"})
    assert answer.status_code == 422
    assert SECRET not in answer.text


async def test_a_seed_where_an_address_belongs_is_named_as_what_it_is(busy: Site) -> None:
    answer = await busy.api.get(f"/api/v1/sandbox/accounts/{SECRET}")
    assert (answer.status_code, answer.json()["type"]) == (422, "secret-seed")
