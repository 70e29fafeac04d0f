"""The ingest service of the API route: which events it takes, in which lane, and the loop that takes up what was left."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from stellarmap_common.domain.status import Lane, Route
from stellarmap_common.events.topics import ACCOUNT_QUEUED, ACCOUNT_REQUESTED, CHILD_DISCOVERED, INGEST_HORIZON, Topic
from stellarmap_common.lineage.core import open_lineage
from stellarmap_common.lineage.past_epochs import PastEpochs
from stellarmap_common.lineage.routes import Routing, routes_in_force
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Loop, Service
from stellarmap_ingest_horizon.census import EVERY_S, Census
from stellarmap_ingest_horizon.confirmed import ConfirmedSource
from stellarmap_ingest_horizon.handlers import IngestHandlers
from stellarmap_ingest_horizon.resets import TURN_S, ResetWatch
from stellarmap_ingest_horizon.settings import IngestHorizonSettings
from stellarmap_ingest_horizon.source import HorizonCreationSource

PAST_S = 5.0


@asynccontextmanager
async def open_service(resources: Resources) -> AsyncIterator[Service]:
    """Nothing of it needs closing: what it uses belongs to the resources, and outlives a step in flight."""
    settings = IngestHorizonSettings.load()
    watch = _watch(resources, settings)
    horizon = HorizonCreationSource(resources.networks, resources.horizon, resources.expert, resources.clock)
    source = ConfirmedSource(horizon, watch)
    past = PastEpochs(resources.stores, resources.publisher, resources.clock, resources.networks)
    census = Census(resources.networks, resources.stores.accounts, resources.clock)
    epochs = Epochs(resources.networks, resources.stores.epochs)
    route_of = routes_in_force(resources.networks, resources.config)
    routing = Routing(Route.API, route_of, resources.config, resources.publisher, resources.clock.sleep)
    lineage = open_lineage(
        resources.stores,
        resources.publisher,
        resources.clock,
        resources.networks,
        resources.backlog,
        group=INGEST_HORIZON,
        config=resources.config,
        open_requests=resources.settings.limits.open_requests,
    )
    handlers = IngestHandlers(lambda _: source, lineage, routing)

    def on(topic: Topic, handler: Callable[..., Awaitable[None]], lane: Lane) -> Subscription:
        return Subscription(
            topic=topic,
            handler=epochs.of_current(handler),
            group=INGEST_HORIZON,
            lane=lane,
            records=settings.steps_at_once,
            before_dead_letter=epochs.unless_over(handlers.before_dead_letter),
            before_replay=epochs.of_current(handlers.before_replay),
        )

    yield Service(
        name=INGEST_HORIZON,
        subscriptions=(
            on(ACCOUNT_REQUESTED, handlers.on_account_requested, Lane.USER),
            on(ACCOUNT_QUEUED, handlers.on_account_requested, Lane.QUEUED),
            on(CHILD_DISCOVERED, handlers.on_child_discovered, Lane.GROWTH),
        ),
        loops=(
            Loop(name="recovery", run_once=lineage.recovery.run_once, interval_s=settings.recovery_interval_s),
            Loop(name="resets", run_once=watch.look_around, interval_s=min(TURN_S, settings.reset_check_interval_s)),
            Loop(name="past-epochs", run_once=past.end_unfinished, interval_s=PAST_S),
            Loop(name="census", run_once=census.run_once, interval_s=EVERY_S),
        ),
    )


def _watch(resources: Resources, settings: IngestHorizonSettings) -> ResetWatch:
    return ResetWatch(
        resources.networks,
        resources.stores.epochs,
        resources.horizon,
        resources.clock,
        every_s=settings.reset_check_interval_s,
    )
