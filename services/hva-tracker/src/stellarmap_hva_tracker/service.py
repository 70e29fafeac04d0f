"""The tracker: one process ranks, and tells every change of a standing; further replicas stand by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import Yardstick
from stellarmap_common.events.topics import BALANCE_UPDATED, HVA_TRACKER, RECALCULATION_REQUESTED
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Loop, Service
from stellarmap_hva_tracker.handlers import TrackerHandlers
from stellarmap_hva_tracker.journal.owner import Owner

RECORDS = 1_000  # of one journal row at most: at the pace of the benchmark they take 50 ms
SHOW_S = 1.0


@asynccontextmanager
async def open_service(resources: Resources) -> AsyncIterator[Service]:
    """Nothing is read before its turn has come: the book of a network is taken over by the first look, or balance."""

    def in_force() -> Yardstick:
        return resources.config().yardstick

    def owner_of(network: NetworkKey) -> Owner:
        return Owner(network, in_force, resources.stores.tracker, resources.publisher, resources.clock)

    handlers = TrackerHandlers(resources.networks, resources.stores.standings, owner_of)
    epochs = Epochs(resources.networks, resources.stores.epochs)
    yield Service(
        name=HVA_TRACKER,
        subscriptions=(
            Subscription(
                topic=BALANCE_UPDATED,
                handler=epochs.of_current_together(handlers.on_balances_updated),
                group=HVA_TRACKER,
                records=RECORDS,
                together=RECORDS,
            ),
            Subscription(
                topic=RECALCULATION_REQUESTED,
                handler=epochs.of_current(handlers.on_recalculation_requested),
                group=HVA_TRACKER,
            ),
        ),
        loops=(Loop(name="board", run_once=handlers.look, interval_s=SHOW_S),),
        alone=HVA_TRACKER,  # a network has one book, and one order of balances
    )
