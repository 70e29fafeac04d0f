"""One socket, several apps behind it."""

import asyncio
import json
import socket
from typing import Any

import httpx
import pytest

from stellarmap_common.runtime import http
from stellarmap_common.runtime.http import Part, PortBusy, bound_socket, compose, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings


def on_port(port: int) -> ProcessSettings:
    return ProcessSettings.model_validate({"http_port": port})


def telling(name: str) -> Any:
    """An app that answers with its name, its root path and the path it was asked for."""

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - ASGI
        told = f"{name} {scope.get('root_path', '')} {scope['path']}"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": told.encode()})

    return app


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v1/x", "gateway  /api/v1/x"),
        ("/api", "gateway  /api"),
        ("/apis", "web  /apis"),
        ("/sandbox/horizon/", "sandbox /sandbox /sandbox/horizon/"),
        ("/sandbox/account", "web  /sandbox/account"),
        ("/", "web  /"),
    ],
)
async def test_each_path_has_one_app(path: str, answer: str) -> None:
    parts = [Part("/sandbox/horizon", telling("sandbox"), root="/sandbox"), Part("/api", telling("gateway"))]
    transport = httpx.ASGITransport(compose(parts, telling("web")))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get(path)).text == answer


async def test_what_is_served_is_reached_at_the_url_that_is_told() -> None:
    with bound_socket(on_port(0)) as bound:
        async with serving(telling("web"), bound), httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url_of(bound)}/x")).text == "web  /x"


def test_no_answer_waits_for_the_clients_kernel() -> None:
    with bound_socket(on_port(0)) as bound:
        assert bound.proto == socket.IPPROTO_TCP  # what asyncio goes by


def test_a_busy_port_names_the_setting_that_changes_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = on_port(other.getsockname()[1])
        with pytest.raises(PortBusy, match="STELLARMAP_HTTP_PORT"), bound_socket(settings):
            pytest.fail("two processes listen on one port")


def test_a_port_is_ours_from_the_moment_it_is_bound() -> None:
    with bound_socket(on_port(0)) as bound:
        settings = on_port(bound.getsockname()[1])
        with pytest.raises(PortBusy), bound_socket(settings):
            pytest.fail("two processes listen on one port")


def test_a_host_that_is_no_address_here_names_the_setting_that_changes_it() -> None:
    settings = ProcessSettings.model_validate({"http_host": "no.such.host.invalid", "http_port": 0})
    with pytest.raises(PortBusy, match="STELLARMAP_HTTP_HOST"), bound_socket(settings):
        pytest.fail("there is no such host")


async def test_a_server_that_cannot_start_ends_what_needs_it() -> None:
    closed = socket.socket()
    closed.close()
    began = False
    with pytest.raises(OSError, match="Bad file descriptor"):
        async with serving(telling("web"), closed):
            began = True
    assert not began


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nX: ", b"GET /", b"GET / HTTP/1.1\r\n"])
async def test_a_head_without_an_end_is_refused(head: bytes) -> None:
    more = b"X: a\r\n" * 10_000 if head.endswith(b"\n") else b"a" * 60_000
    with bound_socket(on_port(0)) as bound:
        async with serving(telling("web"), bound):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            writer.write(head)
            await writer.drain()
            with pytest.raises(ConnectionError):
                await _pour(more, writer)
            writer.transport.abort()
            assert reader.at_eof() or reader.exception()


async def _pour(more: bytes, writer: asyncio.StreamWriter) -> None:
    for _ in range(1_000):
        writer.write(more)
        await writer.drain()


async def test_a_body_may_be_larger_than_a_head() -> None:
    with bound_socket(on_port(0)) as bound:
        async with serving(telling("web"), bound), httpx.AsyncClient(trust_env=False) as client:
            for _ in range(2):
                assert (await client.post(f"{url_of(bound)}/x", content=b"a" * 200_000)).status_code == 200


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nX: ", b"G"])
async def test_a_head_that_is_late_is_refused_as_a_problem(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_S", 0.05)
    with bound_socket(on_port(0)) as bound:
        async with serving(telling("web"), bound):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            writer.write(head)
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n")
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (problem["type"], problem["advice"].startswith("Send a whole HTTP/1.1 request")) == ("bad-request", True)


async def test_a_connection_over_which_nothing_comes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_S", 0.05)
    with bound_socket(on_port(0)) as bound:
        async with serving(telling("web"), bound):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()


async def test_a_connection_that_is_kept_is_not_late_with_its_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_S", 0.05)
    with bound_socket(on_port(0)) as bound:
        async with serving(telling("web"), bound), httpx.AsyncClient(trust_env=False) as client:
            for _ in range(2):
                answer = await client.get(f"{url_of(bound)}/x")
                assert answer.status_code == 200
                await asyncio.sleep(0.1)  # longer than a head may take
