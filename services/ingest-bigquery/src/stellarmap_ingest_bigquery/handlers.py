"""What is the BigQuery route's own of a step: it is read together with others; what is not told goes by API, if allowed."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.errors import CostLimitExceeded, SourceRejected, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.imported import Imported
from stellarmap_common.lineage.routes import Routing, Way
from stellarmap_common.lineage.steps import Elsewhere
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.sources import SourcePage, page_after, page_unasked
from stellarmap_ingest_bigquery.guard import Refused, require_on
from stellarmap_ingest_bigquery.reader import NetworkReader

log = structlog.get_logger(__name__)

YOUNG = timedelta(days=2)  # an import is kept whole day by day: Hubble itself would tell little more


class SharedPages:
    """Pages of answers that many share. What is imported is not asked for."""

    def __init__(  # noqa: PLR0913 - what it stands between
        self,
        readers: Mapping[NetworkKey, NetworkReader],
        imported: Imported,
        routing: Routing,
        *,
        networks: Networks,
        config: Configured,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._readers = readers
        self._imported = imported
        self._routing = routing
        self._networks = networks
        self._config = config
        self._metrics = metrics
        self._now = now

    @asynccontextmanager
    async def at_work(self, step: AccountRequested) -> AsyncIterator[None]:
        """Old accounts wait for each other first; then those at work hold the next query open for each other."""
        reader = self._readers.get(step.network)
        if reader is None:
            yield
            return
        reads = self._routing.way_of(step) is Way.READ and step.step is Step.CHILDREN
        if reads and not page_after(step.cursor)[1] and not await self._imported.begins(step):
            await reader.patience.wait(step.ref)
        with reader.at_work(step.step):
            yield

    async def page_of(self, step: AccountRequested) -> SourcePage | Elsewhere:
        """The page, or why the API is to be asked.

        Raises: CostLimitExceeded, SourceUnavailable and SourceRejected where the mode has no API.
        """
        try:
            page = await self._read(step)
        except (CostLimitExceeded, SourceUnavailable, SourceRejected) as error:
            if not self._routing.falls_back:
                raise
            return self._handed_over(step, str(error))
        if page.creator_unknown_reason is not None and self._routing.falls_back:
            # Horizon may know more: it is younger than the latest load, or was created as Hubble does not tell. What this
            # does tell is true, and may be more than Horizon knows, whose history is cut.
            return self._handed_over(step, page.creator_unknown_reason, page)
        return page

    async def _read(self, step: AccountRequested) -> SourcePage:
        if imported := await self._imported.page_of(step, whole_from=self._now() - YOUNG):
            return imported
        network = self._networks.of(step.network)
        if network and (known := page_unasked(step.ref, step.step, step.cursor, network.genesis)):
            return known
        self._require_on(network)
        reader = self._readers[step.network]  # every network that BigQuery can be asked about has one
        if step.step is Step.CREATOR:
            return await reader.creations_of(step.ref)
        return await reader.children_page(step.ref, step.cursor)

    def _require_on(self, network: Network | None) -> None:
        """Raises: Refused, before anybody waits for a query."""
        try:
            require_on(network, self._config())
        except Refused as refused:
            self._metrics.cost_guard_refusals.labels(refused.check).inc()
            raise

    def _handed_over(self, step: AccountRequested, reason: str, page: SourcePage | None = None) -> Elsewhere:
        log.info("handed_to_api", network=step.network, step=step.step, request_id=step.request_id, reason=reason)
        return Elsewhere(reason, page)
