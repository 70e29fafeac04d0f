"""Asks BigQuery for a network's rows: what that would cost first, then, once that is confirmed, the rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry

from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.config import config_of, live_config
from stellarmap_common.runtime.settings import Settings
from stellarmap_ingest_bigquery.client import BigQueryApi
from stellarmap_ingest_bigquery.estimates import open_network
from stellarmap_ingest_bigquery.guard import price_usd
from stellarmap_ingest_bigquery.importing.hubble import HubbleRows, RowsOf, confirmed, rows_query
from stellarmap_ingest_bigquery.jobs import Jobs
from stellarmap_ingest_bigquery.query import Query


@dataclass(frozen=True, slots=True)
class Asking:
    """A query for the rows of a network, estimated."""

    network: Network
    api: BigQueryApi
    query: Query
    since: datetime | None
    estimate: int  # bytes
    config: Config  # what the environment says
    settings: Settings

    @property
    def told(self) -> tuple[str, ...]:
        """What it would cost, for people."""
        price, config = price_usd(self.estimate, self.config), self.config
        cost = f"${price:,.2f} at ${config.price_usd_per_tib} a TiB; the first TiB of a month is free."
        limits = f"past the limits of one query and of a day; that of a month ({config.monthly_limit_gb:,} GiB) stands."
        return (
            f"The query {self.query.name} reads {self.estimate / 1e9:,.2f} GB: {cost}",
            f"It runs in the project {self.network.bigquery_project}, {limits}",
            "It counts in the month, and takes nothing of the day's budget: what else is read from BigQuery goes on.",
        )

    async def rows(self, stores: Stores) -> HubbleRows:
        """The rows. Raises: Refused (the month has no room), SourceUnavailable, SourceRejected, StoreUnavailable."""
        in_force = (await live_config(stores.config, self.settings))()
        config = confirmed(in_force, self.estimate, len(self.query.tables))
        jobs = Jobs(
            self.network.key,
            self.api,
            stores.books,
            networks=Networks((self.network,)),
            config=lambda: config,
            clock=SystemClock(),
            metrics=open_metrics(CollectorRegistry()),
        )
        return await RowsOf(jobs, self.api, confirmed=True)(self.since)


@asynccontextmanager
async def open_asking(settings: Settings, name: str, since: datetime | None) -> AsyncIterator[Asking]:
    """The query for the rows of that network, estimated. Raises: NotToBeAsked, SourceUnavailable, SourceRejected."""
    async with open_network(settings, name) as (network, api):
        query = rows_query(since)
        yield Asking(network, api, query, since, await api.estimate(query), config_of(settings), settings)
