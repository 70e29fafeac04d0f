"""Events that ask for work, and the one that says a request is done."""

from typing import ClassVar

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Lane, PipelineSource, Route, Step
from stellarmap_common.events.base import AccountEvent, Event


class AccountRequested(AccountEvent, frozen=True, kw_only=True):
    """One step of an account is wanted. Only network and account are required: the rest has the default request."""

    type: ClassVar[str] = "stellarmap.account.requested.v1"

    step: Step = Step.CREATOR
    route: Route = Route.API
    request_id: str = ""  # empty: the first step opens a request whose id is this event's
    lane: Lane = Lane.USER
    cursor: str = ""  # read after this; the source's own cursor, opaque to everyone else
    pages_to: int = 0  # absolute page number of the run to read up to; 0 = the installation's default
    depth_left: int = -1  # generations of children still to expand below this account; -1 = the default
    takes_over: str = ""  # id of the predecessor whose run this event may take
    retry: bool = False  # may reopen a FAILED run, once per request
    pipeline_source: PipelineSource = PipelineSource.API
    refusal: str = ""  # why BigQuery did not answer it, where the API reads it instead
    reroutes: int = 0  # how often it was published again for the other route

    @property
    def correlation_id(self) -> str:
        return self.request_id or self.id


class AccountQueued(AccountRequested, frozen=True, kw_only=True):
    """The same, without hurry: later pages, bulk, recovery."""

    type: ClassVar[str] = "stellarmap.account.queued.v1"

    lane: Lane = Lane.QUEUED


class ChildDiscovered(AccountEvent, frozen=True, kw_only=True):
    """A child was granted to a request: it re-enters the queue and its own children are read."""

    type: ClassVar[str] = "stellarmap.child.discovered.v1"

    creator: Address
    operation_id: int
    request_id: str
    depth_left: int
    pages_to: int = 1
    route: Route = Route.API
    retry: bool = False
    pipeline_source: PipelineSource = PipelineSource.API

    @property
    def correlation_id(self) -> str:
        return self.request_id


class RequestCompleted(Event, frozen=True, kw_only=True):
    """A request has its answer: the walk to genesis has ended and every granted account is read or failed."""

    type: ClassVar[str] = "stellarmap.request.completed.v1"

    network: NetworkKey
    request_id: str
    account: Address
    used: int  # children granted
    failed: int  # granted accounts whose step failed
    cancelled: bool = False

    @property
    def key(self) -> str:
        return f"{self.network}:{self.request_id}"

    @property
    def correlation_id(self) -> str:
        return self.request_id


StepEvent = AccountRequested | AccountQueued | ChildDiscovered


def step_request(event: StepEvent) -> AccountRequested:
    """The step an event asks for; a discovered child asks for its first page of children."""
    if isinstance(event, AccountRequested):
        return event
    return AccountQueued(
        id=event.id,
        network=event.network,
        account=event.account,
        step=Step.CHILDREN,
        route=event.route,
        request_id=event.request_id,
        lane=Lane.GROWTH,
        pages_to=event.pages_to,
        depth_left=event.depth_left,
        retry=event.retry,
        pipeline_source=event.pipeline_source,
    )
