"""Who waits for a run, and whether any of them asks for more."""

from collections.abc import Iterable

from stellarmap_common.lineage.run_rules import asks_more
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_common.ports.run_store import Run, RunRef
from stellarmap_common.ports.stores import Stores


class Waiting:
    """Reads interest, and the requests behind it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def ids(self, ref: RunRef) -> tuple[str, ...]:
        """The requests that wait now, read serially."""
        return tuple(interest.request_id for interest in await self._stores.runs.waiting_for(ref))

    async def first_asking(self, run: Run, own: Request | None, waiting: Iterable[str]) -> Request | None:
        """The first request, `own` before the others, that is not cancelled and asks for more than the run has read."""
        if own and asks_more(run, run.ref, own):
            return own
        for request_id in waiting:
            if own and request_id == own.ref.request_id:
                continue
            other = await self._stores.requests.request(RequestRef(run.ref.account.network, request_id))
            if other and asks_more(run, run.ref, other):
                return other
        return None
