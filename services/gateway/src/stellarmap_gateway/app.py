"""The ASGI app: the routes, every error as a problem, and the guard around them."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from stellarmap_common.runtime.front import allowed_hosts
from stellarmap_gateway.answers import PACKED_BYTES, PACKED_LEVEL
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.guard import Guard
from stellarmap_gateway.problems import install
from stellarmap_gateway.routers import PREFIX, contracts, described_app


def build_app(gateway: Gateway) -> ASGIApp:
    """Answers everything below `/api/v1`."""
    app: FastAPI = described_app()
    app.include_router(contracts.router, prefix=PREFIX)
    app.state.gateway = gateway
    install(app)
    app.add_middleware(GZipMiddleware, minimum_size=PACKED_BYTES, compresslevel=PACKED_LEVEL)
    return Guard(
        app,
        hosts=allowed_hosts(gateway.resources.settings.process),
        clients=gateway.clients,
        clock=gateway.resources.clock,
        metrics=gateway.resources.metrics,
    )
