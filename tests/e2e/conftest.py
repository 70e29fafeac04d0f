"""One embedded system for all journeys, one that meets failure, and one browser; a tab of its own for each journey."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.domain.network import PUBLIC_PASSPHRASE
from stellarmap_common.events.topics import ACCOUNT_REQUESTED
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.http import bound_socket, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings
from tests.support.browser import OpenTab, Tab, Theme, open_tab, system_chromium
from tests.support.bus import OpenedBus
from tests.support.explored import Explored, explored
from tests.support.replay import recorded
from tests.support.system import System, running_system

NOWHERE = "http://127.0.0.1:9"  # the port of the discard protocol: nobody listens
EXPECTED = ("404 /api/v1/", "401 /api/v1/admin/")  # nobody mapped that account yet; that is not the token
POISON = (b"no event", b"\xff\xfe\x00 no text", b'{"cursor": 123456789012345678901}')


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The sandbox network, made; and a public one that cannot be reached."""
    folder = tmp_path_factory.mktemp("e2e") / "data"
    settings = {
        "networks": "sandbox,public",
        "horizon_url_public": NOWHERE,
        "sandbox_accounts": 3_000,
        "reads_per_minute": 100_000,
        "searches_per_minute": 100_000,
        "requests_per_minute": 1_000,
    }
    async with running_system(folder, **settings) as running:
        await running.filled()
        yield running


class RefusingHorizon:
    """What was recorded of the public network; while it refuses, it calls every question about an account wrong."""

    def __init__(self) -> None:
        self.refuses = True
        self._recorded = recorded()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers below /horizon."""
        if scope["path"].rstrip("/") == "/horizon":
            root = {"history_elder_ledger": 2, "history_latest_ledger": 60_000_000}
            await _answered(send, 200, {**root, "network_passphrase": PUBLIC_PASSPHRASE})
        elif self.refuses and "/accounts/" in scope["path"]:
            await _answered(send, 400, {"status": 400, "title": "Bad Request"})
        else:
            await self._recorded(scope, receive, send)


async def _answered(send: Any, status: int, body: object) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


@dataclass(slots=True)
class Failing:
    """A system that has met records it cannot read, beside a network that can be told to fail."""

    system: System
    public: RefusingHorizon
    token: str

    async def faults(self, *faults: dict[str, object]) -> None:
        """Afterwards exactly these are on in the sandbox."""
        answer = await self.system.api.put("/sandbox/faults", json={"seed": 7, "faults": faults}, headers=self.admin)
        assert answer.is_success, answer.text

    @property
    def admin(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")  # what one has read no other can see fail
async def failing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Failing]:
    """Public comes first: the sandbox is looked at only by who opens its pages, after its faults are switched on."""
    folder = tmp_path_factory.mktemp("failing") / "data"
    folder.mkdir()
    metrics = open_metrics(CollectorRegistry())
    log = folder / "log.sqlite"
    async with open_embedded_bus(log, clock=SystemClock(), metrics=metrics, accepts=lambda _: True) as bus:
        await bus.apply_topics()
        for value in POISON:
            await OpenedBus(bus, metrics).put(ACCOUNT_REQUESTED, value, ())
    horizon = RefusingHorizon()
    with bound_socket(ProcessSettings.model_validate({"http_port": 0})) as bound:
        settings = {
            "networks": "public,sandbox",
            "horizon_url_public": f"{url_of(bound)}/horizon",
            "expert_url_public": "",
        }
        async with serving(horizon, bound), running_system(folder, **settings) as running:
            await running.filled()
            yield Failing(running, horizon, admin_token_of(running))


def admin_token_of(system: System) -> str:
    """The token that its first start has made."""
    return (system.log.with_suffix("") / "admin-token").read_text().strip()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with system_chromium() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(system: System, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, system.url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def open_failing(failing: Failing, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, failing.system.url) as opened:
        yield opened
    await failing.faults()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Explored]:
    """A frozen network, and the system that reads it; a module that explores another one has a fixture of that name."""
    async with explored(tmp_path_factory.mktemp("explored")) as opened:
        yield opened


@pytest_asyncio.fixture(name="open_tab", loop_scope="session")
async def open_explored(world: Explored, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, world.system.url) as opened:
        yield opened


@asynccontextmanager
async def opened_tabs(browser: Browser, url: str) -> AsyncIterator[OpenTab]:
    """Opens a path in a tab; at the end no tab asked another host, and none complained."""
    tabs: list[Tab] = []
    async with AsyncExitStack() as stack:

        async def opened(
            path: str = "/", *, theme: Theme = "dark", width: int = 1440, first_visit: bool = False
        ) -> Tab:
            opening = open_tab(browser, url, theme=theme, width=width, first_visit=first_visit)
            tab = await stack.enter_async_context(opening)
            tabs.append(tab)
            await tab.goto(path)
            return tab

        yield opened
    assert [url for tab in tabs for url in tab.outside()] == []
    assert [said for tab in tabs for said in tab.complaints] == []
    assert [each for tab in tabs for each in tab.refused if not each.startswith(EXPECTED)] == []
