"""The ingest service of one route, put together but for what it reads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stellarmap_common.domain.status import Lane, Route
from stellarmap_common.events.topics import ACCOUNT_QUEUED, ACCOUNT_REQUESTED, CHILD_DISCOVERED, Topic
from stellarmap_common.lineage.core import Lineage, open_lineage
from stellarmap_common.lineage.routes import RouteOf, Routing, routes_in_force
from stellarmap_common.lineage.steps import Pages, StepHandlers
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """How many steps a service takes."""

    records: int  # in one batch, at most
    at_once: int = 32  # of these, handled together at most
    makes_way: bool = True  # for a higher lane that has something to do


class Ingest:
    """What the service of every route stands on."""

    def __init__(self, resources: Resources, route: Route, group: str) -> None:
        self._group = group
        self._epochs = Epochs(resources.networks, resources.stores.epochs)
        self.lineage = lineage_on(resources, group)
        self.route_of: RouteOf = routes_in_force(resources.networks, resources.config)
        self.routing = Routing(route, self.route_of, resources.config, resources.publisher, resources.clock.sleep)

    def subscriptions(self, pages: Pages, taking: Taking) -> tuple[Subscription, ...]:
        """The events of steps, each in its lane."""
        handlers, epochs = StepHandlers(pages, self.lineage, self.routing), self._epochs

        def on(topic: Topic, handler: Callable[..., Awaitable[None]], lane: Lane) -> Subscription:
            return Subscription(
                topic=topic,
                handler=epochs.of_current(handler),
                group=self._group,
                lane=lane,
                records=taking.records,
                at_once=taking.at_once,
                makes_way=taking.makes_way,
                before_dead_letter=epochs.unless_over(handlers.before_dead_letter),
                before_replay=epochs.of_current(handlers.before_replay),
            )

        return (
            on(ACCOUNT_REQUESTED, handlers.on_account_requested, Lane.USER),
            on(ACCOUNT_QUEUED, handlers.on_account_requested, Lane.QUEUED),
            on(CHILD_DISCOVERED, handlers.on_child_discovered, Lane.GROWTH),
        )


def lineage_on(resources: Resources, group: str, walker: Walker | None = None) -> Lineage:
    """The parts of lineage on these resources; `group`: whose queue tells that a step is still to come."""
    return open_lineage(
        resources.stores,
        resources.publisher,
        resources.clock,
        resources.networks,
        resources.backlog,
        group=group,
        config=resources.config,
        open_requests=resources.settings.limits.open_requests,
        walker=walker,
    )
