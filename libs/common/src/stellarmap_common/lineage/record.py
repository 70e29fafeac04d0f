"""Recording a page: facts, then cursor and counts on condition that the run is still ours, then the telling of it."""

from dataclasses import replace

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import PipelineSource
from stellarmap_common.errors import RunLost, SourceUnavailable
from stellarmap_common.lineage.announce import Announcer
from stellarmap_common.lineage.events import next_id
from stellarmap_common.lineage.progress import advanced
from stellarmap_common.lineage.run_rules import ended, handed_over
from stellarmap_common.lineage.turn import Turn
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.creation_store import LedgerAnchor
from stellarmap_common.ports.run_store import RunState
from stellarmap_common.ports.sources import SourcePage
from stellarmap_common.ports.stores import Stores


class Recorder:
    """Records what a step has read."""

    def __init__(self, stores: Stores, clock: Clock, *, waiting: Waiting, announcer: Announcer, walker: Walker) -> None:
        self._stores = stores
        self._clock = clock
        self._waiting = waiting
        self._announcer = announcer
        self._walker = walker

    async def record(self, turn: Turn, page: SourcePage, source: PipelineSource = PipelineSource.API) -> None:
        """Afterwards the page is stored, counted once, and told; the run has ended, or waits for the turn's next event.

        Raises: RunLost (another event has advanced the run: the facts are stored, the record is read again).
        """
        failpoint("after_fetch")
        if not page.complete and page.cursor == turn.event.cursor:
            raise SourceUnavailable(
                f"The source of {turn.event.ref} does not go on after {page.cursor or 'its start'}."
            )
        await self.store(turn, page)
        failpoint("after_store")
        await self._move_cursor(turn, page, source)
        failpoint("after_cursor")
        await self._announcer.page_read(turn.run, turn.request.ref.request_id, page.creations, page.ends)

    async def store(self, turn: Turn, page: SourcePage) -> None:
        """Afterwards the facts of the page are stored; the run stands where it stood, and nothing is told."""
        await self._stores.creations.record(page.creations, page.ends, page.unplaced)
        anchors = [LedgerAnchor(*anchor) for anchor in page.anchors]
        if anchors:
            await self._stores.ledgers.record_anchors(turn.event.network, anchors)
        for account in {made.account for made in page.creations} | {end.account for end in page.ends}:
            self._walker.forget(AccountRef(turn.event.network, account))

    async def _move_cursor(self, turn: Turn, page: SourcePage, source: PipelineSource) -> None:
        """The one write that counts the page: it is conditional on nothing having happened to the run since it was taken."""
        read = replace(turn.run, progress=advanced(turn.run.progress, page, source, turn.event.refusal))
        # Interest is read after the facts are stored: who comes later finds them, and the run after this write.
        turn.waiting = await self._waiting.ids(read.ref)
        turn.reader = await self._waiting.first_asking(read, turn.request, turn.waiting)
        now = self._clock.now()
        if turn.reader:
            new = handed_over(read, next_id(turn.event.id, read.progress.pages), now)
        else:
            new = ended(read, RunState.FINISHED, turn.event.id, now)
        if not await self._stores.runs.swap(new, turn.run.revision):
            raise RunLost(f"Another event has advanced the run {read.ref}; this one is read again.")
        turn.run = new
