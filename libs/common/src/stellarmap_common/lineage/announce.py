"""Tells what a run has stored. A repeat tells it again from the store, under the same id."""

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.transitions import TERMINAL
from stellarmap_common.events.facts import ChildrenRecorded
from stellarmap_common.lineage.events import children_recorded, lineage_recorded
from stellarmap_common.lineage.run_rules import is_answered
from stellarmap_common.lineage.status import Statuses
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.run_store import Run, RunState
from stellarmap_common.ports.stores import Stores

CHILDREN_TOLD = 200  # at most so many in one event
READ_TOGETHER = 5_000
LIVES_TOLD = 12  # the latest: the summary stays under 16 KB


class Announcer:
    """Publishes the facts of a run, and keeps the account's status in step with it."""

    def __init__(self, stores: Stores, publisher: EventPublisher, statuses: Statuses) -> None:
        self._stores = stores
        self._publisher = publisher
        self._statuses = statuses

    async def page_read(
        self, run: Run, request_id: str, children: tuple[Creation, ...], ends: tuple[AccountEnd, ...] = ()
    ) -> None:
        """Afterwards the latest page of the run is published, and, once the run has ended, the account's lineage."""
        if run.ref.step is Step.CHILDREN:
            await self._publisher.send(*_told_of(run, children, ends, request_id))
        if run.state is not RunState.OPEN:
            await self.run_ended(run, request_id)
        failpoint("after_facts_published")

    async def page_repeated(self, run: Run, request_id: str) -> None:
        """The same, of a page that was read before: a crash may have come between its cursor and its telling."""
        children = await self._children_on_page(run) if run.ref.step is Step.CHILDREN else ()
        await self.page_read(run, request_id, children, await self._ends_on_page(run))

    async def _children_on_page(self, run: Run) -> tuple[Creation, ...]:
        found: list[Creation] = []
        after = None
        while True:
            on_it = ChildRange(after=after, since=run.progress.page_op + 1, up_to=run.progress.last_op)
            more = await self._stores.creations.children_of(run.ref.account, on_it, READ_TOGETHER)
            found += more
            if len(more) < READ_TOGETHER:
                return tuple(found)
            after = ChildKey(more[-1].created_op, more[-1].account)

    async def _ends_on_page(self, run: Run) -> tuple[AccountEnd, ...]:
        if run.ref.step is not Step.CHILDREN or not run.progress.page_ends:
            return ()
        network = run.ref.account.network
        accounts = {account: None for account, _ in run.progress.page_ends}
        stored = await self._stores.creations.ends_of(*(AccountRef(network, account) for account in accounts))
        by_place = {(end.account, end.end_op): end for end in stored}
        return tuple(by_place[place] for place in run.progress.page_ends if place in by_place)

    async def run_ended(self, run: Run, request_id: str) -> None:
        """Afterwards the account's status tells of the end, and its lineage is published if that is known by now."""
        state, known = await self._statuses.follow(run.ref.account, request_id)
        await self._tell_lineage(run if run.ref.step is Step.CREATOR else known.creator_run, state, known, run.ref.step)

    async def account_followed(self, account: AccountRef, request_id: str) -> None:
        """Afterwards the account's status is what its runs amount to, and if that is an end, its lineage is published."""
        state, known = await self._statuses.follow(account, request_id)
        await self._tell_lineage(known.creator_run, state, known, Step.CHILDREN)

    async def _tell_lineage(self, creator: Run | None, state: AccountState, known: Known, ended: Step) -> None:
        if creator is None or not is_answered(creator):
            return
        if ended is Step.CHILDREN and state.status not in TERMINAL:
            return
        # Whoever reads the record again finds the run as it is, and tells it again.
        await self._publisher.send(
            lineage_recorded(
                creator, known.creations[-LIVES_TOLD:], known.ends[-LIVES_TOLD:], known.unplaced, state=state
            )
        )


def _told_of(
    run: Run, children: tuple[Creation, ...], ends: tuple[AccountEnd, ...], request_id: str
) -> list[ChildrenRecorded]:
    """The latest page as events, each of a size that a broker takes; an empty page is told too."""
    starts = range(0, max(len(children), len(ends), 1), CHILDREN_TOLD)
    return [
        children_recorded(
            run, children[at : at + CHILDREN_TOLD], ends[at : at + CHILDREN_TOLD], request_id, part=at // CHILDREN_TOLD
        )
        for at in starts
    ]
