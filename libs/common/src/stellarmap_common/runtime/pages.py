"""The pages of the web UI for themselves: behind a proxy that sends `/api` to the gateways."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.responses import JSONResponse

from stellarmap_common.runtime.front import Front, allowed_hosts
from stellarmap_common.runtime.http import Part, bound_socket, compose, serving, url_of
from stellarmap_common.runtime.members import web_app
from stellarmap_common.runtime.settings import Settings


@asynccontextmanager
async def serving_pages(settings: Settings) -> AsyncIterator[str]:
    """While open, the pages are served at the URL that is given. Raises: PortBusy, MissingMember."""
    hosts = allowed_hosts(settings.process)
    alive = JSONResponse({"ok": True, "checks": {}})  # it depends on nothing: who answers is live, and ready
    parts = [Part(path, Front(alive, hosts)) for path in ("/livez", "/readyz")]
    with bound_socket(settings.process) as bound:
        async with serving(compose(parts, Front(web_app(), hosts)), bound):
            yield url_of(bound)
