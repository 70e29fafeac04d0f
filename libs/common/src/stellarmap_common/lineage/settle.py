"""Settling: a request gets what the stored facts allow. Safe at any time, by anybody, any number of times.

In this order, because each part relies on the one before: grant children, close the row, announce what is granted, ask for
the next creator, complete the request.
"""

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.lineage.completion import Completion
from stellarmap_common.lineage.events import child_discovered
from stellarmap_common.lineage.run_rules import GRANTED_PAGES, is_answered, is_served, row_outcome
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Attempt, Request, RequestRef, RequestRow, RowState, Standing
from stellarmap_common.ports.run_store import Run
from stellarmap_common.ports.stores import Stores

GRANTED_TOGETHER = 100


class Settler:
    """Settles requests."""

    def __init__(self, stores: Stores, publisher: EventPublisher, clock: Clock, completion: Completion) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._completion = completion

    async def settle(self, run: Run, request_id: str) -> None:
        """Afterwards the request has what the run, as it was read after the latest write to it, allows."""
        account = run.ref.account
        ref = RequestRef(account.network, request_id)
        standing = await self._stores.requests.standing(ref, account.address)
        if standing is None or standing.request.completed:
            await self._stores.runs.forget(run.ref, request_id)
            return
        if run.ref.step is Step.CHILDREN and not standing.request.cancelled:
            standing = await self._expand(run, standing)
        ended = standing.request.cancelled or not standing.open_rows
        if ended or (run.ref.step is Step.CREATOR and is_answered(run)):
            await self._completion.conclude(standing.request, open_rows=standing.open_rows)
        failpoint("after_settle")
        if standing.request.cancelled or is_served(run, standing.request):
            await self._stores.runs.forget(run.ref, request_id)

    async def close(self, run: Run, request_id: str) -> None:
        """Afterwards the request's row of this account is closed as failed, whatever the run says, and it is settled."""
        ref = RequestRef(run.ref.account.network, request_id)
        await self._stores.requests.close_row(ref, run.ref.account.address, RowState.FAILED)
        await self.settle(run, request_id)

    async def _expand(self, run: Run, standing: Standing) -> Standing:
        """Grants, closes and announces; how the account stands after that, read serially."""
        account = run.ref.account
        if await self._grant(run, standing):
            standing = await self._stand(standing, account)
        outcome = row_outcome(run, standing.request)
        if outcome and standing.row and standing.row.state is RowState.OPEN:
            await self._stores.requests.close_row(standing.request.ref, account.address, outcome)
            failpoint("after_close_row")
            standing = await self._stand(standing, account)
        while standing.unannounced:
            await self._announce(standing.request, account, standing.unannounced)
            standing = await self._stand(standing, account)
        return standing

    async def _stand(self, before: Standing, account: AccountRef) -> Standing:
        after = await self._stores.requests.standing(before.request.ref, account.address)
        return after or before

    async def _grant(self, run: Run, standing: Standing) -> bool:
        """Grants the children that are read, in operation order, while budget and depth last. True if any was new."""
        row, left = standing.row, standing.request.budget - standing.request.used
        if row is None or row.state is not RowState.OPEN or row.depth_left <= 0:
            return False
        granted_any = False
        after: ChildKey | None = None
        while left > 0 and run.progress.last_op >= max(standing.granted_to, 1):
            # The latest granted operation is looked at again: it may have created more accounts than one grant holds.
            within = ChildRange(after, since=standing.granted_to or None, up_to=run.progress.last_op)
            children = await self._stores.creations.children_of(run.ref.account, within, GRANTED_TOGETHER)
            if not children:
                break
            rows = [_row(child, row) for child in children]
            granted = await self._stores.requests.grant(standing.request.ref, row.account, rows)
            failpoint("after_grant")
            granted_any = granted_any or granted > 0
            left -= granted
            after = ChildKey(children[-1].created_op, children[-1].account)
            if len(children) < GRANTED_TOGETHER:
                break
        return granted_any

    async def _announce(self, request: Request, account: AccountRef, rows: tuple[RequestRow, ...]) -> None:
        now = self._clock.now()
        await self._stores.attempts.note(
            [
                Attempt(
                    network=account.network,
                    account=row.account,
                    step=Step.CHILDREN,
                    request_id=request.ref.request_id,
                    at=now,
                )
                for row in rows
            ]
        )
        failpoint("after_note")
        await self._publisher.publish(*(child_discovered(request, row, account, GRANTED_PAGES) for row in rows))
        failpoint("after_announce")
        await self._stores.requests.mark_announced(request.ref, [row.account for row in rows])


def _row(child: Creation, parent: RequestRow) -> RequestRow:
    return RequestRow(
        account=child.account,
        parent=parent.account,
        depth_left=parent.depth_left - 1,
        operation_id=child.created_op,
    )
