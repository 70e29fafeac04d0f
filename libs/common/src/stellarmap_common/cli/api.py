"""The API as the commands of this folder use it: what is imported for it is so when one of them is called."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stellarmap_common.cli.output import err

if TYPE_CHECKING:
    from stellarmap_common.runtime.running import LocalApi
    from stellarmap_common.runtime.settings import Settings


@asynccontextmanager
async def open_api(settings: "Settings", *, admin: bool = False, else_refuse: str = "") -> "AsyncIterator[LocalApi]":
    """As `runtime.api` opens it; what that tells goes to stderr. Raises: NotFound."""
    from stellarmap_common.runtime.api import open_api as opened

    async with opened(settings, err.print, admin=admin, else_refuse=else_refuse) as api:
        yield api
