"""The routes, by what they are about."""

from fastapi import APIRouter, FastAPI

from stellarmap_gateway.routers import (
    accounts,
    admin,
    config,
    installation,
    live,
    networks,
    recalculation,
    requests,
    seeds,
    standings,
    stuck,
)

PREFIX = "/api/v1"
MAX_BODY_BYTES = 256 * 1024
ROUTERS: tuple[APIRouter, ...] = (
    accounts.router,
    requests.router,
    networks.router,
    standings.router,
    standings.of_accounts,
    live.router,
    installation.router,
    admin.router,
    config.router,
    stuck.router,
    seeds.router,
    recalculation.router,
)


def described_app() -> FastAPI:
    """An app with every route that the contract describes, and nothing opened behind it."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=MAX_BODY_BYTES,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    return app
