"""The BigQuery route's handlers between a replica's store and the simulated network's BigQuery; its bus is a list."""

from collections.abc import Sequence

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import PipelineSource, Route, Step
from stellarmap_common.events.base import Event
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.core import open_lineage
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.routes import Routing, rerouted, routes_in_force
from stellarmap_common.lineage.steps import StepHandlers
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.run_store import Run, RunRef
from stellarmap_ingest_bigquery.handlers import SharedPages
from tests.support.guarded import Guarded, Hubble
from tests.support.publishing import Queue


class Ingesting:
    """A replica that handles steps, one at a time, when a test says so."""

    def __init__(self, one: Guarded, hubble: Hubble) -> None:
        networks, clock = Networks((one.network,)), hubble.clock
        route_of = routes_in_force(networks, lambda: one.config)
        self.queue = Queue()
        self._one = one
        self._requests = Requests(
            one.stores,
            self.queue,
            clock,
            networks,
            Walker(one.stores, networks),
            open_requests=10,
            route_of=route_of,
        )
        lineage = open_lineage(
            one.stores,
            self.queue,
            clock,
            networks,
            self.queue,
            group="ingest-bigquery",
            config=lambda: one.config,
            open_requests=10,
        )
        routing = Routing(Route.BIGQUERY, route_of, lambda: one.config, self.queue, clock.sleep)
        pages = SharedPages(
            {one.network.key: hubble.reader(one)},
            lineage.imported,
            routing,
            networks=networks,
            config=lambda: one.config,
            metrics=one.metrics,
            now=clock.now,
        )
        self._handlers = StepHandlers(pages, lineage, routing)

    def ref(self, address: Address) -> AccountRef:
        return AccountRef(self._one.network.key, address)

    async def handled(self, address: Address, step: Step, *, retry: bool = False) -> Sequence[Event]:
        """What was published as the account was asked for, and that step of it, and no other, was handled."""
        before = len(self.queue.published)
        await self._requests.ask(Ask(account=self.ref(address), budget=0, depth=0, pages=1, retry=retry))
        asked = self.queue.published[before:]
        (event,) = [each for each in asked if isinstance(each, AccountRequested) and each.step is step]
        if event.route is Route.API:  # a retry; the other service sends it on
            event = rerouted(event, Route.BIGQUERY, PipelineSource.BIGQUERY)
        await self._handlers.on_account_requested(event)
        return self.queue.published[before + len(asked) :]

    async def run_of(self, address: Address, step: Step) -> Run:
        run = await self._one.stores.runs.run_of(RunRef(self.ref(address), step))
        assert run
        return run

    async def stage(self, address: Address, stage: int) -> StageExecuted:
        """How the stage of the latest request stands."""
        (found,) = [each for each in await self._one.stores.stages.stages_of(self.ref(address)) if each.stage == stage]
        return found
