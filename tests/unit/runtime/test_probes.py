"""What an orchestrator is told: live while loops turn, ready while work can be done, and what stands in the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.networks import build_networks
from stellarmap_common.runtime.probes import TURNED_WITHIN_S, Probes
from tests.support.settings import settings_of
from tests.support.stores import SqliteInline


class SetClock:
    """It stands where a test puts it."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.s

    async def sleep(self, seconds: float) -> None:
        self.s += seconds
        await asyncio.sleep(0)


class Asked:
    """Probes, as an orchestrator asks them."""

    def __init__(self, stores: Stores, clock: SetClock, *, joined: bool = True) -> None:
        networks = build_networks(settings_of(), genesis_of, "")
        self.metrics = open_metrics(CollectorRegistry())
        self.probes = Probes(networks, stores, lambda: joined, self.metrics, clock)

    async def get(self, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.probes.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(path)

    async def wrong(self, path: str) -> dict[str, Any]:
        """The checks that do not hold, with why."""
        answer = await self.get(path)
        found = {name: check["detail"] for name, check in answer.json()["checks"].items() if not check["ok"]}
        assert answer.is_success == answer.json()["ok"] == (not found)
        return found


@asynccontextmanager
async def asked(**options: Any) -> AsyncIterator[tuple[Asked, SetClock]]:
    clock = SetClock()
    async with SqliteInline().at(":memory:") as stores:
        yield Asked(stores, clock, **options), clock


async def test_a_process_is_live_while_its_loops_turn_and_no_longer() -> None:
    async with asked() as (process, clock):
        assert await process.wrong("/livez") == {}
        clock.s += TURNED_WITHIN_S + 1
        assert await process.wrong("/livez") == {"loops": "No loop has turned for 61 s."}
        await process.probes.turn()
        assert await process.wrong("/livez") == {}


async def test_a_process_is_ready_until_it_is_to_stop() -> None:
    async with asked() as (process, _):
        assert await process.wrong("/readyz") == {}
        process.probes.stop()
        assert await process.wrong("/readyz") == {"running": "It is stopping."}
        assert await process.wrong("/livez") == {}


async def test_a_process_whose_consumers_have_not_joined_is_not_ready_and_live() -> None:
    async with asked(joined=False) as (process, _):
        assert await process.wrong("/readyz") == {"consumers": "They have not joined yet."}
        assert await process.wrong("/livez") == {}


async def test_metrics_are_told_in_the_form_of_prometheus() -> None:
    async with asked() as (process, _):
        process.metrics.events_retried.labels("tested", "a topic").inc()
        answer = await process.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert 'stellarmap_events_retried_total{group="tested",topic="a topic"} 1.0' in answer.text
