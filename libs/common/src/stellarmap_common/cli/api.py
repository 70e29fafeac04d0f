"""The API of the running process, for commands that ask or change; if none runs, of one that is started for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stellarmap_common.cli.output import err

if TYPE_CHECKING:
    from stellarmap_common.runtime.running import LocalApi
    from stellarmap_common.runtime.settings import Settings


@asynccontextmanager
async def open_api(settings: "Settings", *, admin: bool = False) -> AsyncIterator["LocalApi"]:
    """The API; with the admin token for what only its holder may do. A process started for it drains at the end."""
    from stellarmap_common.runtime.admin import presented_token
    from stellarmap_common.runtime.embedded import open_installation  # only if none runs
    from stellarmap_common.runtime.running import local_api, running_url

    url = running_url(settings.process.data_dir)
    if url:
        async with local_api(url, presented_token(settings.process.data_dir) if admin else "") as api:
            yield api
        return
    err.print("No StellarMap runs on this data folder: starting one until this is done.")
    async with open_installation(settings) as installation:
        token = presented_token(settings.process.data_dir) if admin else ""  # made by the start of an installation
        async with local_api(installation.url, token) as api:
            await installation.ready()
            yield api
