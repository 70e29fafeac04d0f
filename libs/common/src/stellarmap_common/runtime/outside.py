"""The sources of an installation without the rest of it, for checks. Its calls count like any other's, in a store of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.adapters.stellar.retries import ONCE
from stellarmap_common.adapters.stellar.sources import Access, Sources, open_sources
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.networks import Networks
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.config import config_of
from stellarmap_common.runtime.networks import networks_of
from stellarmap_common.runtime.settings import Settings


@asynccontextmanager
async def open_outside(settings: Settings) -> AsyncIterator[tuple[Networks, Sources]]:
    """The networks and their sources, each call made once."""
    networks = networks_of(settings)
    async with (
        open_database(":memory:", inline=True) as database,
        open_sources(
            networks,
            Access(config=config_of(settings), retries=ONCE),
            usage=open_stores(database).usage,
            clock=SystemClock(),
            metrics=open_metrics(CollectorRegistry()),
        ) as sources,
    ):
        yield networks, sources
