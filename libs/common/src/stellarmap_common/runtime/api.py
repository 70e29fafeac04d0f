"""The API as commands use it: of the running process, or of one that is started for them."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from stellarmap_common.errors import NotFound
from stellarmap_common.runtime.admin import hash_of, presented_token
from stellarmap_common.runtime.installation import open_installation
from stellarmap_common.runtime.running import LocalApi, local_api, running_url
from stellarmap_common.runtime.settings import Mode, Settings

GATEWAY = ("gateway",)


@asynccontextmanager
async def open_api(
    settings: Settings, tell: Callable[[str], None], *, admin: bool = False, else_refuse: str = ""
) -> AsyncIterator[LocalApi]:
    """The API; with the admin token for what only its holder may do.

    If none runs in embedded mode one is started, which drains at the end, and `tell` says so; with `else_refuse` that is
    refused, for this reason. In cluster mode each command has a gateway of its own, on the same servers. Raises: NotFound.
    """
    if settings.process.mode is Mode.CLUSTER:
        async with _own_gateway(settings) as api:
            yield api
        return
    url = running_url(settings.process.data_dir)
    if url:
        async with local_api(url, presented_token(settings.process.data_dir) if admin else "") as api:
            yield api
        return
    if else_refuse:
        raise NotFound(
            f"No StellarMap runs on {settings.process.data_dir}, so {else_refuse}. Start it with `stellarmap up`."
        )
    tell("No StellarMap runs on this data folder: starting one until this is done.")
    async with _started(settings, admin=admin) as api:
        yield api


@asynccontextmanager
async def _started(settings: Settings, *, admin: bool) -> AsyncIterator[LocalApi]:
    async with open_installation(settings) as installation:
        token = presented_token(settings.process.data_dir) if admin else ""  # made by the start of an installation
        async with local_api(installation.url, token) as api:
            await installation.ready()
            yield api


@asynccontextmanager
async def _own_gateway(settings: Settings) -> AsyncIterator[LocalApi]:
    """Whoever may write to the servers is an operator: no token but one made for this gateway is asked for."""
    token = secrets.token_urlsafe()
    chosen = {"http_host": "127.0.0.1", "http_port": 0, "admin_token_sha256": hash_of(token)}
    own = replace(settings, process=settings.process.model_copy(update=chosen))
    # It joins no group: those that run would hand their partitions over to it, for the time of a command.
    opening = open_installation(own, GATEWAY, handles=False)
    async with opening as installation, local_api(installation.url, token) as api:
        yield api
