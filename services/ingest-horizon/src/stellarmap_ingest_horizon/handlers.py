"""The steps: read one page, record it. What is hard about that stands in `lineage`."""

from collections.abc import Callable

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountRequested, ChildDiscovered, StepEvent, step_request
from stellarmap_common.lineage.core import Lineage
from stellarmap_common.lineage.routes import Routing, Way
from stellarmap_common.ports.sources import CreationSource, SourcePage
from stellarmap_common.ports.subscription import DeadLetter


class IngestHandlers:
    """One method for each event, and the hooks for those that are set aside, and come back."""

    def __init__(self, source_of: Callable[[NetworkKey], CreationSource], lineage: Lineage, routing: Routing) -> None:
        self._source_of = source_of
        self._lineage = lineage
        self._routing = routing

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
        way = self._routing.way_of(step_request(event))
        if way is Way.NOT_OURS:
            return
        async with self._lineage.runs.turn(event) as turn:
            if turn is None:
                return
            if way is Way.ELSEWHERE:
                await self._routing.send_elsewhere(turn.event)
                return
            page = await self._lineage.imported.page_of(turn.event) or await self._read(turn.event)
            await self._lineage.recorder.record(turn, page, self._routing.source_of(turn.event))

    async def _read(self, event: AccountRequested) -> SourcePage:
        source = self._source_of(event.network)
        await source.admit(event.ref, event.step, event.lane, event.request_id)
        # The event's cursor, not the run's: a redelivery must read the same page and publish the same ids.
        if event.step is Step.CREATOR:
            return await source.creations_of(event.ref, event.cursor, event.lane)
        return await source.children_page(event.ref, event.cursor, event.lane)
