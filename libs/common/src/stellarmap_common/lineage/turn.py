"""One step under way."""

from dataclasses import dataclass

from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.run_rules import pages_wanted
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.run_store import Interest, Run, RunRef


@dataclass(slots=True)
class Turn:
    """A run that an event has taken, for its request, to read one page."""

    event: AccountRequested
    request: Request
    run: Run  # as of this step's latest write
    waiting: tuple[str, ...] = ()  # requests that waited when the facts were stored
    reader: Request | None = None  # on whose behalf the next page is read


def run_ref(event: AccountRequested) -> RunRef:
    """The run of the event's step."""
    return RunRef(event.ref, event.step)


def interest_of(event: AccountRequested, request: Request) -> Interest:
    """The event's request as one that waits for its run."""
    return Interest(
        ref=run_ref(event),
        request_id=request.ref.request_id,
        pages_to=pages_wanted(request, event.account),
        depth_left=event.depth_left,
        lane=event.lane,
        retry=request.retry,
    )
