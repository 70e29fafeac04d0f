"""One socket, several apps behind it."""

import socket
from typing import Any

import httpx
import pytest

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
