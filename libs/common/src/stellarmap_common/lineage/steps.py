"""The events of steps, as the ingest service of each route takes them: take the run, read one page, record it.

What is a route's own, it says by `Pages`. What is hard about the rest stands in the other parts of `lineage`.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from stellarmap_common.errors import CostLimitExceeded
from stellarmap_common.events.requests import AccountRequested, ChildDiscovered, StepEvent, step_request
from stellarmap_common.lineage.core import Lineage
from stellarmap_common.lineage.routes import Routing, Way
from stellarmap_common.ports.sources import SourcePage
from stellarmap_common.ports.subscription import DeadLetter


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The other route is to be asked."""

    reason: str
    page: SourcePage | None = None  # what is known already: it is true, and not all


class Pages(Protocol):
    """What the ingest service of one route does with a step of its own."""

    def at_work(self, step: AccountRequested) -> AbstractAsyncContextManager[None]:
        """Entered before the step's run is taken, and left when all who wait for it are settled."""
        ...

    async def page_of(self, step: AccountRequested) -> SourcePage | Elsewhere:
        """The page that the step asks for, or why the other route is asked, which takes its run over.

        Raises: SourceUnavailable, RateLimited, SourceRejected, and CostLimitExceeded where no other route may be asked.
        """
        ...


class StepHandlers:
    """One method for each event, and the hooks for those that are set aside, and come back."""

    def __init__(self, pages: Pages, lineage: Lineage, routing: Routing) -> None:
        self._pages = pages
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
        step = step_request(event)
        if self._routing.way_of(step) is Way.NOT_OURS:
            return
        async with self._pages.at_work(step):
            try:
                await self._handle(event)
            except CostLimitExceeded as refused:
                # It is the answer, not a defect of the record: nothing is set aside, and whoever waits is told.
                await self.before_dead_letter(event, DeadLetter(reason=str(refused), attempts=1, refused=True))

    async def _handle(self, event: StepEvent) -> None:
        async with self._lineage.runs.turn(event) as turn:
            if turn is None:
                return
            if self._routing.way_of(turn.event) is Way.ELSEWHERE:
                await self._routing.send_elsewhere(turn.event)
                return
            page = await self._pages.page_of(turn.event)
            if isinstance(page, SourcePage):
                await self._lineage.recorder.record(turn, page, self._routing.source_of(turn.event))
                return
            if page.page is not None:
                await self._lineage.recorder.store(turn, page.page)
            await self._routing.send_elsewhere(turn.event, page.reason)
