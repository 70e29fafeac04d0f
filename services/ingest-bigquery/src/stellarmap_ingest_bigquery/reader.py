"""One network read from BigQuery, as a source of creations: what many ask for is asked for together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from functools import partial

import structlog

from stellarmap_common.domain.network import AccountRef, NetworkName
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.book_store import QueryJob
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.limits import Limiter
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.sources import SourcePage, page_after
from stellarmap_common.runtime.resources import Resources
from stellarmap_ingest_bigquery.children import Children, Place, place_in
from stellarmap_ingest_bigquery.client import BigQueryApi, open_bigquery
from stellarmap_ingest_bigquery.creators import Creators
from stellarmap_ingest_bigquery.importing.hubble import RowsOf
from stellarmap_ingest_bigquery.jobs import Jobs
from stellarmap_ingest_bigquery.patience import Patience
from stellarmap_ingest_bigquery.seeding.rows import SeedRows
from stellarmap_ingest_bigquery.settings import IngestBigQuerySettings
from stellarmap_ingest_bigquery.tables import differences
from stellarmap_ingest_bigquery.together import Together

log = structlog.get_logger(__name__)

OF_CHILDREN = frozenset({"children", "children_cheap"})


class NetworkReader:
    """Answers steps. What is under way is shared by all who ask."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts, put together by `open_reader`
        self,
        network: Network,
        api: BigQueryApi,
        jobs: Jobs,
        children: Children,
        creators_together: Together[SourcePage],
        children_together: Together[Place],
        patience: Patience,
    ) -> None:
        self._network = network
        self._api = api
        self._jobs = jobs
        self._children = children
        self._creators_together = creators_together
        self._children_together = children_together
        self.patience = patience
        self.rows_of = RowsOf(jobs, api)  # the network's, all of them or from a day on
        self.seed_rows = SeedRows(jobs, api)
        self._going_on = asyncio.Lock()
        self._gone_on = False

    async def check_tables(self) -> None:
        """Tells in the log what is not in the tables as our queries rely on."""
        for told in await differences(self._api):
            log.warning("table_differs", network=self._network.key, told=told)

    async def go_on(self) -> None:
        """Afterwards what a process before this one had begun is waited for again: its queries are not paid twice.

        Whom it had asked about together, some of it answered, are asked about together again when one of them is. Once:
        what is begun here is known here.
        """
        async with self._going_on:
            if self._gone_on:
                return
            under_way = await self._jobs.open()
            for job in await self._jobs.answered():
                self._together_of(job).remember(job.accounts)
            for together, accounts in dict.fromkeys((self._together_of(job), job.accounts) for job in under_way):
                if accounts:
                    together.begin(accounts)
            self._gone_on = True

    async def settle_left(self) -> None:
        """Afterwards jobs that ended while nobody waited for them are settled."""
        await self._jobs.settle_left()

    def at_work(self, step: Step) -> AbstractContextManager[None]:
        """To be entered while a step is handled: the end of a creator step lets its creator be asked for, in the next query.

        Nothing follows from a children step that another query would have to wait for.
        """
        return self._creators_together.step() if step is Step.CREATOR else nullcontext()

    async def creations_of(self, account: AccountRef) -> SourcePage:
        """All lives of the account. Raises: Refused, SourceUnavailable, SourceRejected."""
        await self.go_on()
        page = await self._creators_together.ask(account.address)
        if page.refused:
            self._creators_together.ask_anew(account.address)  # tried again, it may be another answer
        return page

    async def children_page(self, account: AccountRef, cursor: str) -> SourcePage:
        """One page of what the account created, after `cursor`. Same errors."""
        after, hint = page_after(cursor)
        found = place_in(hint)
        if found is not None:
            place, rank = found
            if not await self._children.expired(place):
                return await self._children.page(account.address, place, after, rank)
        await self.go_on()
        place = await self._children_together.ask(account.address)
        return await self._children.page(account.address, place, after, None)

    def _together_of(self, job: QueryJob) -> Together[SourcePage] | Together[Place]:
        return self._children_together if job.query in OF_CHILDREN else self._creators_together


@asynccontextmanager
async def open_reader(
    network: Network, resources: Resources, settings: IngestBigQuerySettings
) -> AsyncIterator[NetworkReader]:
    """The reader of one network, with a connection of its own."""
    config, clock = resources.config, resources.clock
    async with open_bigquery(network.bigquery_project, network.bigquery_url) as api:
        jobs = Jobs(
            network.key,
            api,
            resources.stores.books,
            networks=resources.networks,
            config=config,
            clock=clock,
            metrics=resources.metrics,
            trouble=partial(_report, resources.limiter, network.bigquery_source),
        )
        creators = Creators(network.key, jobs)
        children = Children(network.key, jobs, api, resources.stores, lambda: config().children_page_size)
        waits = {"window_s": settings.bigquery_window_s, "patience_s": settings.bigquery_timeout_s}
        creators_together = Together(creators.lives_of, clock, most=lambda: config().batch_size, **waits)
        children_together = Together(children.places_of, clock, most=lambda: config().batch_size, **waits)
        patience = Patience(resources.stores.known, clock, _max_age(network, config))
        try:
            yield NetworkReader(network, api, jobs, children, creators_together, children_together, patience)
        finally:
            await creators_together.stop()
            await children_together.stop()
            patience.stop()


def _report(limiter: Limiter, source: str, trouble: str | None) -> None:
    """Tells the other processes, by the way on which they hear of every source: health is told where nobody asks Google."""
    if trouble is None:
        limiter.answered(source)
    else:
        limiter.failed(source, trouble)


def _max_age(network: Network, config: Configured) -> Callable[[], timedelta | None]:
    """Nobody waits for others in the sandbox: its queries cost nothing."""
    if network.name is NetworkName.SANDBOX:
        return lambda: None
    return lambda: timedelta(days=config().instant_query_max_age_days)
