"""A step that was given up comes again: what its dead letter closed is asked for anew, as a retry by the same people would."""

from dataclasses import replace

from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.events.base import derived_id
from stellarmap_common.events.requests import AccountRequested, StepEvent, step_request
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.run_rules import asks_more, is_fruitless, pages_wanted, wants_more
from stellarmap_common.lineage.turn import run_ref
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_common.ports.run_store import Run
from stellarmap_common.ports.stores import Stores


class Replaying:
    """Gives a replayed step something to do: a request is never reopened, and the rows of its own are closed."""

    def __init__(self, stores: Stores, requests: Requests) -> None:
        self._stores = stores
        self._requests = requests

    async def before_replay(self, event: StepEvent, dead_letter: str) -> None:
        """Afterwards a request waits for what the step is for: its own, or a new one with a retry; none if it is done.

        The new one's id is made from the dead letter: replayed twice, it is the same request.
        """
        step = step_request(event)
        request = await self._stores.requests.request(RequestRef(step.network, step.request_id or step.id))
        if request is None or request.cancelled:
            return  # the event opens its request, is refused again, or nobody wants it
        run = await self._stores.runs.run_of(run_ref(step))
        if asks_more(run, run_ref(step), request) or _is_done(run, step, request):
            return
        ask = _again(step, request)
        await self._requests.ask(replace(ask, request_id=derived_id(step.id, AccountRequested.type, dead_letter)))


def _again(step: AccountRequested, request: Request) -> Ask:
    """What the dead letter cost its request: the chain of the asked account, or what is below the step's own."""
    if step.step is Step.CREATOR:
        ask = Ask(account=request.asked, budget=0, depth=0, pages=request.pages)
    else:
        own = step.account == request.account
        ask = Ask(
            account=step.ref,
            budget=request.budget - request.used,
            depth=request.depth if own else max(step.depth_left, 0),
            pages=pages_wanted(request, step.account),
        )
    return replace(ask, retry=True, lane=Lane.QUEUED)


def _is_done(run: Run | None, step: AccountRequested, request: Request) -> bool:
    """True when the step has been done since, for whomever."""
    if run is None or is_fruitless(run):
        return False
    return not wants_more(run, pages_wanted(request, step.account))
