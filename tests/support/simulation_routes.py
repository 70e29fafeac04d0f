"""The two routes: one reads; the other's source refuses every step, and each is handed over to the first."""

from stellarmap_common.domain.status import PipelineSource, Route
from stellarmap_common.events.requests import AccountRequested, StepEvent, step_request
from stellarmap_common.lineage.core import Lineage
from stellarmap_common.lineage.routes import rerouted
from stellarmap_common.lineage.steps import StepHandlers
from tests.support.simulation_bus import SimulatedPublisher


def handed_over(event: StepEvent) -> AccountRequested:
    """The same step for the other route."""
    return rerouted(step_request(event), Route.API, PipelineSource.BIGQUERY_WITH_API_FALLBACK)


def is_handed_over(event: StepEvent) -> bool:
    """True for a step that came from the other route: it is not handed back."""
    return isinstance(event, AccountRequested) and event.pipeline_source is PipelineSource.BIGQUERY_WITH_API_FALLBACK


class OtherRoute:
    """Takes runs as every ingest service does."""

    def __init__(self, lineage: Lineage, publisher: SimulatedPublisher) -> None:
        self._lineage = lineage
        self._publisher = publisher

    async def on_step(self, event: StepEvent) -> None:
        """Afterwards the step is published for the route that can do it, if its run was to be had."""
        async with self._lineage.runs.turn(event) as turn:
            if turn is not None:
                await self._publisher.publish(handed_over(turn.event))


async def handled(handlers: StepHandlers, event: StepEvent, dead_letter: str | None) -> None:
    """What the bus does with a record; a replayed one has been a dead letter."""
    if dead_letter is not None:
        await handlers.before_replay(event, dead_letter)
    if isinstance(event, AccountRequested):
        await handlers.on_account_requested(event)
    else:
        await handlers.on_child_discovered(event)
