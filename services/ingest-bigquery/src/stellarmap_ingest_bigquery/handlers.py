"""The steps of the BigQuery route: read one page, record it; what BigQuery does not tell goes by API, where the mode allows."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.errors import CostLimitExceeded, SourceRejected, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested, ChildDiscovered, StepEvent, step_request
from stellarmap_common.lineage.core import Lineage
from stellarmap_common.lineage.routes import Routing, Way
from stellarmap_common.lineage.turn import Turn
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.sources import SourcePage, page_after
from stellarmap_common.ports.subscription import DeadLetter
from stellarmap_ingest_bigquery.guard import Refused, require_on
from stellarmap_ingest_bigquery.reader import NetworkReader

log = structlog.get_logger(__name__)

YOUNG = timedelta(days=2)  # an import is kept whole day by day: Hubble itself would tell little more


class IngestHandlers:
    """One method for each event, and the hooks for those that are set aside, and come back."""

    def __init__(  # noqa: PLR0913, PLR0917 - what they stand on
        self,
        readers: Mapping[NetworkKey, NetworkReader],
        lineage: Lineage,
        routing: Routing,
        networks: Networks,
        config: Configured,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._readers = readers
        self._lineage = lineage
        self._routing = routing
        self._networks = networks
        self._config = config
        self._metrics = metrics
        self._now = now

    async def on_account_requested(self, event: AccountRequested) -> None:
        """One page of the step is read and recorded, if somebody waits for it and nobody else reads it."""
        await self._step(event)

    async def on_child_discovered(self, event: ChildDiscovered) -> None:
        """The same, for the first page of what a granted child created."""
        await self._step(event)

    async def before_dead_letter(self, event: StepEvent, letter: DeadLetter) -> None:
        """Whoever waited for the step is told that it failed."""
        await self._lineage.giving_up.before_dead_letter(event, letter)

    async def before_replay(self, event: StepEvent, dead_letter: str) -> None:
        """What its dead letter closed is asked for anew."""
        await self._lineage.replaying.before_replay(event, dead_letter)

    async def _step(self, event: StepEvent) -> None:
        step = step_request(event)
        way = self._routing.way_of(step)
        if way is Way.NOT_OURS:
            return
        reader = self._readers.get(step.network)
        asks = way is Way.READ and step.step is Step.CHILDREN and not page_after(step.cursor)[1]
        if asks and reader and not await self._lineage.imported.begins(step):
            await reader.patience.wait(step.ref)
            way = self._routing.way_of(step)  # that may have taken a while
        with reader.at_work(step.step) if reader else nullcontext():
            await self._handle(event, way, reader)

    async def _handle(self, event: StepEvent, way: Way, reader: NetworkReader | None) -> None:
        try:
            async with self._lineage.runs.turn(event) as turn:
                if turn is None:
                    return
                if way is Way.ELSEWHERE:
                    await self._routing.send_elsewhere(turn.event)
                    return
                await self._read(turn, reader)
        except CostLimitExceeded as refused:
            # It is the answer, not a defect of the record: nothing is set aside, and whoever waits is told.
            letter = DeadLetter(reason=str(refused), attempts=1, refused=True)
            await self._lineage.giving_up.before_dead_letter(event, letter)

    async def _read(self, turn: Turn, reader: NetworkReader | None) -> None:
        """Records the page, or hands the step to the API with the reason.

        Raises: CostLimitExceeded and SourceUnavailable where the mode has no API.
        """
        step = turn.event
        try:
            page = await self._page(step, reader)
        except (CostLimitExceeded, SourceUnavailable, SourceRejected) as error:
            if not self._routing.falls_back:
                raise
            await self._fall_back(step, str(error))
            return
        if self._routing.falls_back and _tells_too_little(page):
            # What it does tell is true, and may be more than Horizon knows, whose history is cut.
            await self._lineage.recorder.store(turn, page)
            await self._fall_back(step, page.creator_unknown_reason or "")
            return
        await self._lineage.recorder.record(turn, page, self._routing.source_of(step))

    async def _page(self, step: AccountRequested, reader: NetworkReader | None) -> SourcePage:
        if imported := await self._lineage.imported.page_of(step, whole_from=self._now() - YOUNG):
            return imported
        self._require_on(step)
        assert reader is not None  # noqa: S101 - every network that BigQuery can be asked about has one
        if step.step is Step.CREATOR:
            return await reader.creations_of(step.ref)
        return await reader.children_page(step.ref, step.cursor)

    def _require_on(self, step: AccountRequested) -> None:
        """Raises: Refused, before anybody waits for a query."""
        try:
            require_on(self._networks.of(step.network), self._config())
        except Refused as refused:
            self._metrics.cost_guard_refusals.labels(refused.check).inc()
            raise

    async def _fall_back(self, step: AccountRequested, reason: str) -> None:
        log.info("handed_to_api", network=step.network, step=step.step, request_id=step.request_id, reason=reason)
        await self._routing.send_elsewhere(step, reason)


def _tells_too_little(page: SourcePage) -> bool:
    """True when Horizon may know more: the account is younger than the latest load, or was created as Hubble does not tell."""
    return page.creator_unknown_reason is not None
