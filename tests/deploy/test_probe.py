"""The probe by which an engine knows whether the service of a container answers."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from stellarmap_common.runtime.http import bound_socket, serving
from tests.support.servers.ports import free_ports
from tests.support.settings import settings_of
from tests.support.tree import ROOT


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(
        routes=[
            Route("/livez", lambda _: PlainTextResponse("ok")),
            Route("/readyz", lambda _: PlainTextResponse("Cassandra is away", 503)),
        ]
    )
    with bound_socket(settings_of(http_port=0).process) as bound:
        async with serving(app, bound):
            yield bound.getsockname()[1]


async def probed(port: int, *path: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "deploy/probe.py"),
        *path,
        env={"STELLARMAP_HTTP_PORT": str(port), "http_proxy": "http://127.0.0.1:1"},
        stderr=subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)
    return await process.wait(), said.decode()


async def test_a_service_that_answers_is_well(port: int) -> None:
    assert await probed(port) == (0, "")


async def test_one_that_says_no_is_not_and_the_reason_is_told(port: int) -> None:
    code, said = await probed(port, "/readyz")
    assert code == 1
    assert "Cassandra is away" in said


async def test_one_that_does_not_answer_is_not() -> None:
    (nobody,) = free_ports(1)
    code, said = await probed(nobody)
    assert code == 1
    assert str(nobody) in said
