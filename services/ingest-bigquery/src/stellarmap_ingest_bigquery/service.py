"""The ingest service of the BigQuery route: what it reads, and the loops that keep its books."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Route
from stellarmap_common.errors import CostLimitExceeded, SourceRejected, SourceUnavailable
from stellarmap_common.events.topics import INGEST_BIGQUERY
from stellarmap_common.lineage.routes import RouteOf
from stellarmap_common.runtime.ingest import Ingest, Taking
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Loop, Service
from stellarmap_ingest_bigquery.handlers import SharedPages
from stellarmap_ingest_bigquery.increments import Increments
from stellarmap_ingest_bigquery.reader import NetworkReader, open_reader
from stellarmap_ingest_bigquery.seeding.seeder import Seeder
from stellarmap_ingest_bigquery.seeding.seeds import Seeds
from stellarmap_ingest_bigquery.settings import IngestBigQuerySettings

log = structlog.get_logger(__name__)

AT_ONCE = 4_000
"""Steps: a thousand may wait for a query of creators, as many for one of children, and next hops come after."""
TAKING = Taking(
    records=AT_ONCE,
    at_once=AT_ONCE,
    makes_way=False,  # its steps wait for queries that they share: who comes later pays for another one
)
SETTLE_S = 30.0
INCREMENT_S = 600.0
SEED_S = 5.0  # a person who wishes for one waits


@asynccontextmanager
async def open_service(resources: Resources) -> AsyncIterator[Service]:
    """One reader a network; nothing is asked of Google before a step is."""
    settings = IngestBigQuerySettings.load()
    ingest = Ingest(resources, Route.BIGQUERY, INGEST_BIGQUERY)
    async with AsyncExitStack() as opened:
        readers: dict[NetworkKey, NetworkReader] = {
            network.key: await opened.enter_async_context(open_reader(network, resources, settings))
            for network in resources.networks
            if network.bigquery_project
        }
        pages = SharedPages(
            readers,
            ingest.lineage.imported,
            ingest.routing,
            networks=resources.networks,
            config=resources.config,
            metrics=resources.metrics,
            now=resources.clock.now,
        )
        books = Books(readers, ingest.route_of)
        increments = Increments(
            {key: reader.rows_of for key, reader in readers.items()},
            resources.stores,
            resources.networks,
            resources.clock,
            route_of=ingest.route_of,
            folder=resources.settings.process.data_dir,
        )
        seeds = Seeds(
            {
                key: Seeder(key, reader.seed_rows, resources.stores, resources.publisher, resources.clock)
                for key, reader in readers.items()
            },
            resources.stores,
            resources.networks,
            resources.config,
            resources.clock,
        )

        yield Service(
            name=INGEST_BIGQUERY,
            subscriptions=ingest.subscriptions(pages, TAKING),
            loops=(
                Loop(name="books", run_once=books.look, interval_s=SETTLE_S),
                Loop(name="increments", run_once=increments.look, interval_s=INCREMENT_S),
                Loop(name="seeds", run_once=seeds.look, interval_s=SEED_S),
            ),
            alone=INGEST_BIGQUERY,  # two would ask, and pay, for the same accounts
        )


class Books:
    """Jobs that were begun and not settled: at first they are gone on with, later settled by themselves.

    A network that is not read from BigQuery now is left alone: nothing leaves the host for it.
    """

    def __init__(self, readers: Mapping[NetworkKey, NetworkReader], route_of: RouteOf) -> None:
        self._readers = readers
        self._route_of = route_of
        self._begun: set[NetworkKey] = set()

    async def look(self) -> None:
        """Afterwards every job that has ended is settled, or is being waited for."""
        for key, reader in self._readers.items():
            if self._route_of(key) is Route.API:
                continue
            try:
                await self._look_at(key, reader)
            except (CostLimitExceeded, SourceRejected, SourceUnavailable) as error:
                log.warning("books_wait", network=key, told=str(error))  # one network's trouble is not another's

    async def _look_at(self, key: NetworkKey, reader: NetworkReader) -> None:
        if key in self._begun:
            await reader.settle_left()
            return
        await reader.go_on()
        await reader.check_tables()
        self._begun.add(key)
