"""What an orchestrator and Prometheus ask of a process: `/livez`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stellarmap_common.errors import StellarmapError
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.stores import Stores

PATIENCE_S = 3.0
TURNED_WITHIN_S = 60.0
NO_STORE = {"cache-control": "no-store"}


class Probes:
    """Live while its loops turn, whatever the servers do; ready while it can work and is not about to stop."""

    paths = ("/livez", "/readyz", "/metrics")

    def __init__(
        self, networks: Networks, stores: Stores, joined: Callable[[], bool], metrics: Metrics, clock: Clock
    ) -> None:
        self._networks = networks
        self._stores = stores
        self._joined = joined  # its consumers are members of their groups
        self._metrics = metrics
        self._clock = clock
        self._turned_at = clock.monotonic()
        self._stopping = False
        self.app = Starlette(
            routes=[
                Route("/livez", self._livez),
                Route("/readyz", self._readyz),
                Route("/metrics", self._told_metrics),
            ]
        )

    def stop(self) -> None:
        """Afterwards it is not ready: whoever sends it work sends it to others, while it finishes what it has."""
        self._stopping = True

    async def turn(self) -> None:
        """To be called by a loop of this process, again and again."""
        self._turned_at = self._clock.monotonic()

    async def _livez(self, _: Request) -> Response:
        still_s = self._clock.monotonic() - self._turned_at
        checks = {"loops": None if still_s < TURNED_WITHIN_S else f"No loop has turned for {still_s:.0f} s."}
        return _answer(checks)

    async def _readyz(self, _: Request) -> Response:
        checks = {
            "running": "It is stopping." if self._stopping else None,
            "store": await _told(self._store),
            "consumers": None if self._joined() else "They have not joined yet.",
        }
        return _answer(checks)

    async def _told_metrics(self, _: Request) -> Response:
        text = await asyncio.to_thread(generate_latest, self._metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST, headers=NO_STORE)

    async def _store(self) -> None:
        network = next(iter(self._networks))
        await self._stores.accounts.state_of(network.genesis)


async def _told(probe: Callable[[], Awaitable[None]]) -> str | None:
    """What is wrong; None if nothing is."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await probe()
    except StellarmapError as error:
        return str(error)
    except TimeoutError:
        return f"No answer within {PATIENCE_S:.0f} s."
    return None


def _answer(checks: dict[str, str | None]) -> Response:
    well = not any(checks.values())
    told = {name: {"ok": wrong is None, "detail": wrong} for name, wrong in checks.items()}
    status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ok": well, "checks": told}, status, headers=NO_STORE)
