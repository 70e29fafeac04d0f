"""The enricher: which events it takes, and the loop that keeps what is known from growing old."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.events.topics import ENRICHER, ENRICHMENT_REQUESTED, LINEAGE_RECORDED, STANDING_CHANGED, Topic
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Loop, Service
from stellarmap_common.runtime.settings import SandboxSettings
from stellarmap_enricher.directory import Directory
from stellarmap_enricher.enriching import Enriching
from stellarmap_enricher.handlers import EnrichmentHandlers
from stellarmap_enricher.reading import Reader
from stellarmap_enricher.refreshing import TURN_S, Refreshing
from stellarmap_enricher.settings import EnricherSettings

LIVING_WATCHED_S = 60.0


def _watched_s(settings: EnricherSettings, sandbox: SandboxSettings, network: Network) -> float:
    """How old a large account of the network may become: a sandbox that lives costs nobody anything, and is to be seen."""
    lives = network.name is NetworkName.SANDBOX and sandbox.sandbox_ledger_s > 0
    return min(settings.refresh_watched_s, LIVING_WATCHED_S) if lives else settings.refresh_watched_s


@asynccontextmanager
async def open_service(resources: Resources) -> AsyncIterator[Service]:
    """What it asks the directory ends with it; all else belongs to the resources."""
    settings = EnricherSettings.load()
    stores, publisher, clock = resources.stores, resources.publisher, resources.clock
    directory = Directory(resources.expert, stores.profiles, clock, window_s=settings.directory_window_s)
    reader = Reader(resources.horizon, directory, stores.creations, clock)
    handlers = EnrichmentHandlers(Enriching(stores, publisher, clock, reader, resources.config))
    epochs = Epochs(resources.networks, stores.epochs)
    refreshing = Refreshing(
        stores.profiles,
        publisher,
        clock,
        resources.networks,
        resources.limiter,
        viewed_s=settings.refresh_viewed_s,
        watched_s=partial(_watched_s, settings, resources.settings.sandbox),
    )

    def on(topic: Topic, handler: Callable[..., Awaitable[None]]) -> Subscription:
        return Subscription(
            topic=topic,
            handler=epochs.of_current(handler),
            group=ENRICHER,
            records=settings.enrichments_at_once,
            before_dead_letter=epochs.unless_over(handlers.before_dead_letter),
        )

    try:
        yield Service(
            name=ENRICHER,
            subscriptions=(
                on(ENRICHMENT_REQUESTED, handlers.on_enrichment_requested),
                on(LINEAGE_RECORDED, handlers.on_lineage_recorded),
                Subscription(
                    topic=STANDING_CHANGED,
                    handler=epochs.of_current(handlers.on_standing_changed),
                    group=ENRICHER,
                    records=settings.enrichments_at_once,
                ),
            ),
            loops=(Loop(name="refresh", run_once=refreshing.run_once, interval_s=TURN_S),),
        )
    finally:
        await directory.stop()
