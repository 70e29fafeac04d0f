"""Asking for a lineage: is it answered by what is stored; if not, a request is stored and its first two steps published."""

from dataclasses import dataclass
from uuid import uuid4

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, Route, Step
from stellarmap_common.errors import InvalidEvent, NetworkReset
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.events import step_wanted
from stellarmap_common.lineage.routes import RouteOf
from stellarmap_common.lineage.run_rules import wants_more
from stellarmap_common.lineage.stages import Stages
from stellarmap_common.lineage.status import Statuses
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Attempt, Request, RequestRef
from stellarmap_common.ports.run_store import RunRef, RunState
from stellarmap_common.ports.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody wants to know of an account."""

    account: AccountRef
    budget: int  # children that may be granted
    depth: int  # generations of children to expand
    pages: int  # pages of the account's children to read
    retry: bool = False  # what failed may be tried once more
    client: str = ""  # who asks, for limits; "" = an internal service
    request_id: str = ""  # "" = a new one
    lane: Lane = Lane.USER  # a client with many open requests is put into the second lane


def ask_of(event: AccountRequested, config: Config) -> Ask:
    """The request that an event opens which names none; its id is the event's, so a redelivery opens the same one."""
    return Ask(
        account=event.ref,
        budget=config.request_budget,
        depth=config.request_depth if event.depth_left < 0 else event.depth_left,
        pages=event.pages_to or config.request_pages,
        retry=event.retry,
        request_id=event.id,
        lane=event.lane,
    )


class Requests:
    """Where requests begin, and are cancelled."""

    def __init__(  # noqa: PLR0913 - shared with whoever asks
        self,
        stores: Stores,
        publisher: EventPublisher,
        clock: Clock,
        networks: Networks,
        walker: Walker,
        *,
        open_requests: int,
        route_of: RouteOf,
    ) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._networks = networks
        self._walker = walker
        self._open_requests = open_requests
        self._route_of = route_of
        self._statuses = Statuses(stores, clock)
        self._stages = Stages(stores, publisher, clock)

    async def answered(self, ask: Ask) -> bool:
        """True when the store holds the answer: the walk has ended, and what is asked below is read."""
        run = await self._stores.runs.run_of(RunRef(ask.account, Step.CHILDREN))
        if run is None or run.state is RunState.OPEN or wants_more(run, ask.pages):
            return False
        if not await self._is_expanded(ask):
            return False
        return (await self._walker.walk(ask.account)).pending is None

    async def ask(self, ask: Ask) -> Request:
        """Afterwards the request is stored and its steps are published. The same request id again is the same request.

        Raises: InvalidEvent (this installation has no such network), NetworkReset (its epoch is over).
        """
        network = self._networks.of(ask.account.network)
        if network is None:
            raise InvalidEvent(f"This installation has no network {ask.account.network}.")
        if not network.current:
            raise NetworkReset(f"{network.over}: what is stored of it can be read, and nothing more is mapped.")
        request = await self._request(ask)
        # What recovery goes by stands before anything that could be left alone.
        await self._stores.attempts.note(
            [
                Attempt(
                    network=ask.account.network,
                    account=ask.account.address,
                    step=step,
                    request_id=request.ref.request_id,
                    at=request.created_at,
                )
                for step in Step
            ]
        )
        failpoint("after_ask_noted")
        if not await self._stores.requests.open(request):
            request = await self._stores.requests.request(request.ref) or request
            if request.completed:
                return request
        failpoint("after_ask_opened")
        await self._stages.asked(request)
        await self._statuses.asked(request)
        failpoint("after_ask_shown")
        await self._publisher.publish(*(self._first(request, step) for step in Step))
        return request

    async def cancel(self, ref: RequestRef) -> bool:
        """Afterwards the request waits for nothing more. False: unknown, or already completed."""
        request = await self._stores.requests.request(ref)
        if request is None or request.completed:
            return False
        await self._stores.requests.finish(ref, cancelled=True)
        # Its steps may be far back in a queue; this one finds it cancelled and completes it.
        await self._publisher.publish(self._first(request, Step.CREATOR))
        return True

    async def _is_expanded(self, ask: Ask) -> bool:
        """True when nothing would be granted, or the latest request about the account has granted as much."""
        if (
            ask.budget == 0
            or ask.depth == 0
            or not await self._stores.creations.count_children(ask.account, ChildRange())
        ):
            return True
        state = await self._stores.accounts.state_of(ask.account)
        if state is None or not state.request_id:
            return False
        latest = await self._stores.requests.request(RequestRef(ask.account.network, state.request_id))
        return (
            latest is not None
            and latest.asked == ask.account
            and latest.completed
            and not latest.cancelled
            and (latest.budget >= ask.budget and latest.depth >= ask.depth and latest.pages >= ask.pages)
        )

    async def _request(self, ask: Ask) -> Request:
        return Request(
            ref=RequestRef(ask.account.network, ask.request_id or str(uuid4())),
            account=ask.account.address,
            budget=ask.budget,
            depth=ask.depth,
            pages=ask.pages,
            lane=Lane.QUEUED if await self._has_many_open(ask) else ask.lane,
            route=Route.API if ask.retry else self._route_of(ask.account.network),
            retry=ask.retry,
            client=ask.client,
            created_at=self._clock.now(),
        )

    async def _has_many_open(self, ask: Ask) -> bool:
        """True when the client has as many in the user lane as it may; those of other lanes are in nobody's way."""
        if not ask.client or ask.lane is not Lane.USER:
            return False
        found = await self._stores.requests.open_requests(
            ask.account.network, client=ask.client, lane=Lane.USER, limit=self._open_requests
        )
        return len(found) >= self._open_requests

    def _first(self, request: Request, step: Step) -> AccountRequested:
        pages = request.pages if step is Step.CHILDREN else 0
        depth = request.depth if step is Step.CHILDREN else 0
        return step_wanted(request, request.asked, step, pages_to=pages, depth_left=depth)
