"""The ingest service of the API route: what it reads, and the loop that takes up what was left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stellarmap_common.domain.status import Route
from stellarmap_common.events.topics import INGEST_HORIZON
from stellarmap_common.lineage.past_epochs import PastEpochs
from stellarmap_common.runtime.ingest import Ingest, Taking
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Loop, Service
from stellarmap_ingest_horizon.census import EVERY_S, Census
from stellarmap_ingest_horizon.confirmed import ConfirmedSource
from stellarmap_ingest_horizon.handlers import SourcePages
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
    past = PastEpochs(resources.stores, resources.publisher, resources.clock, resources.networks)
    census = Census(resources.networks, resources.stores.accounts, resources.clock)
    ingest = Ingest(resources, Route.API, INGEST_HORIZON)
    pages = SourcePages(ConfirmedSource(horizon, watch), ingest.lineage.imported)
    recovery = ingest.lineage.recovery
    yield Service(
        name=INGEST_HORIZON,
        subscriptions=ingest.subscriptions(pages, Taking(records=settings.steps_at_once)),
        loops=(
            Loop(name="recovery", run_once=recovery.run_once, interval_s=settings.recovery_interval_s),
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
