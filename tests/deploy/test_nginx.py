"""What nginx does with requests: which service they go to, as whose, under which names."""

import asyncio
import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stellarmap_common.runtime.front import SECURITY_HEADERS, Front
from stellarmap_common.runtime.http import bound_socket, serving
from stellarmap_gateway.routers import MAX_BODY_BYTES
from tests.support.deployment import compose_services
from tests.support.nginx import SOURCES, Nginx, running, version
from tests.support.servers.secured import made_certificate
from tests.support.settings import settings_of

STREAM = "/api/v1/events"


def conf(name: str) -> str:
    return (SOURCES / name).read_text()


def test_each_upstream_is_a_service_at_the_port_it_listens_on() -> None:
    services = compose_services()
    found = set(re.findall(r"server ([a-z]+):(\d+) resolve", conf("nginx.conf")))
    ports = {name: services[name]["environment"]["STELLARMAP_HTTP_PORT"] for name in ("gateway", "web", "sandbox")}
    assert found == set(ports.items())


def test_what_is_published_is_what_it_listens_on() -> None:
    published = {port.rpartition(":")[2] for port in compose_services()["nginx"]["ports"]}
    listened = set(re.findall(r"listen (\d+)[ ;]", "".join(conf(file.name) for file in SOURCES.glob("*.conf"))))
    assert published == listened


def test_no_header_of_an_answer_is_its_own() -> None:
    text = "".join(conf(file.name) for file in SOURCES.glob("*.conf"))
    assert not re.search(r"\b(add_header|proxy_hide_header|proxy_ignore_headers)\b", text)
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text


def test_a_body_may_be_as_large_as_the_gateway_allows() -> None:
    assert f"client_max_body_size {MAX_BODY_BYTES // 1024}k;" in conf("nginx.conf")


def test_its_log_tells_no_query() -> None:
    text = conf("nginx.conf")
    (told,) = re.findall(r"log_format asked ([^;]+);", text)
    assert "$uri" in told
    assert not re.search(r"\$(request|request_uri|args|query_string|arg_\w+|is_args)\b", told)
    assert re.findall(r"access_log (\S+(?: \w+)?);", "".join(conf(file.name) for file in SOURCES.glob("*.conf"))) == [
        "/dev/stdout asked",
        "off",
    ]


@dataclass(slots=True)
class Behind:
    """The services behind it: each says what it was asked."""

    ports: dict[str, int] = field(default_factory=dict)
    second_event: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
async def behind() -> AsyncIterator[Behind]:
    require_nginx()
    found = Behind()
    async with AsyncExitStack() as opened:
        for name in ("gateway:8400", "web:8400", "sandbox:8401"):
            found.ports[name] = await opened.enter_async_context(serves(name.partition(":")[0], found.second_event))
        yield found


@asynccontextmanager
async def serves(name: str, second_event: asyncio.Event) -> AsyncIterator[int]:
    async def tell(request: Request) -> Response:
        peer = request.client.host if request.client else ""
        body = len(await request.body())
        told = {"service": name, "path": request.url.path, "headers": dict(request.headers), "peer": peer, "body": body}
        return JSONResponse(told)

    async def stream(_: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "data: first\n\n"
            await second_event.wait()
            yield "data: second\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    app = Starlette(routes=[Route(STREAM, stream), Route("/{path:path}", tell, methods=["GET", "POST"])])
    with bound_socket(settings_of(http_port=0).process) as bound:
        async with serving(Front(app, None), bound):
            yield bound.getsockname()[1]


@pytest.fixture
async def nginx(behind: Behind, tmp_path: Path) -> AsyncIterator[Nginx]:
    async with running(Nginx(tmp_path, behind.ports, names="map.example, other.example")) as started:
        yield started


def require_nginx() -> None:
    if not version():
        pytest.skip("there is no nginx on this machine: its configuration is read here, not run")


async def asked(url: str, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        return await client.request(more.pop("method", "GET"), url, **more)


async def test_each_path_has_its_service(nginx: Nginx) -> None:
    for path, service in {
        "/": "web",
        "/sandbox/accounts/GABC": "web",
        "/sandbox": "web",
        "/sandbox/faults": "sandbox",
        "/sandbox/horizon/accounts": "sandbox",
        "/api/v1/health": "gateway",
        "/apiary": "web",
    }.items():
        told = (await asked(f"http://127.0.0.1:{nginx.http}{path}")).json()
        assert (path, told["service"], told["path"]) == (path, service, path)


async def test_what_orchestrators_ask_is_not_there_for_everybody(nginx: Nginx) -> None:
    for path in ("/metrics", "/livez", "/readyz"):
        assert (await asked(f"http://127.0.0.1:{nginx.http}{path}")).status_code == httpx.codes.NOT_FOUND


async def test_it_answers_under_its_names_alone(nginx: Nginx) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "map.example", "other.example"):
        told = await asked_as(nginx, f"{host}:{nginx.http}")
        assert told.json()["headers"]["host"] == f"{host}:{nginx.http}"
    for host in ("evil.example", "evil.example:80", "localhost.evil.example"):
        assert (await asked_as(nginx, host)).status_code == httpx.codes.MISDIRECTED_REQUEST


async def test_with_a_star_it_answers_under_any_name(behind: Behind, tmp_path: Path) -> None:
    async with running(Nginx(tmp_path, behind.ports, names="*")) as nginx:
        assert (await asked_as(nginx, "whatever.example")).status_code == httpx.codes.OK


async def asked_as(nginx: Nginx, host: str) -> httpx.Response:
    return await asked(f"http://127.0.0.1:{nginx.http}/api/v1/health", headers={"host": host})


async def test_who_asks_is_who_connected_whatever_they_write(nginx: Nginx) -> None:
    forged = {"x-forwarded-for": "203.0.113.7, 10.0.0.1", "x-forwarded-proto": "https"}
    headers = (await asked(f"http://127.0.0.1:{nginx.http}/api/v1/health", headers=forged)).json()["headers"]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"


async def test_headers_of_security_pass_as_they_are(nginx: Nginx) -> None:
    answer = await asked(f"http://127.0.0.1:{nginx.http}/")
    told = [(name.lower(), value) for name, value in answer.headers.raw]
    for header in SECURITY_HEADERS:
        assert told.count(header) == 1


async def test_events_go_out_one_by_one(nginx: Nginx, behind: Behind) -> None:
    url = f"http://127.0.0.1:{nginx.http}{STREAM}"
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client, client.stream("GET", url) as answer:
        chunks = answer.aiter_text()
        assert await anext(chunks) == "data: first\n\n"  # the second is not sent yet
        behind.second_event.set()
        assert await anext(chunks) == "data: second\n\n"


async def test_a_body_that_the_gateway_takes_comes_through_and_a_larger_one_does_not(nginx: Nginx) -> None:
    url = f"http://127.0.0.1:{nginx.http}/api/v1/sandbox/requests"
    taken = await asked(url, method="POST", content=b"x" * MAX_BODY_BYTES)
    assert taken.json()["body"] == MAX_BODY_BYTES
    refused = await asked(url, method="POST", content=b"x" * (MAX_BODY_BYTES + 1))
    assert refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


async def test_with_a_certificate_it_speaks_tls_and_leads_there(behind: Behind, tmp_path: Path) -> None:
    prepared = Nginx(tmp_path, behind.ports)
    for made, name in zip(made_certificate(tmp_path), ("tls.crt", "tls.key"), strict=True):
        made.rename(prepared.tls / name)
    trusting = ssl.create_default_context(cafile=prepared.tls / "tls.crt")
    async with running(prepared):
        led = await asked(f"http://127.0.0.1:{prepared.http}/a?b=c")
        async with httpx.AsyncClient(trust_env=False, verify=trusting) as client:
            told = await client.get(f"https://127.0.0.1:{prepared.https}/api/v1/health")
            stranger = await client.get(f"https://127.0.0.1:{prepared.https}/", headers={"host": "evil.example"})
    assert (led.status_code, led.headers["location"]) == (308, f"https://127.0.0.1:{prepared.https}/a?b=c")
    assert told.json()["headers"]["x-forwarded-proto"] == "https"
    assert stranger.status_code == httpx.codes.MISDIRECTED_REQUEST


def test_a_name_that_is_none_is_refused_before_it_starts(tmp_path: Path) -> None:
    prepared = Nginx(tmp_path, {}, names="map.example; return 200")
    done = subprocess.run(prepared.start, env=prepared.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SERVER_NAMES" in done.stderr
