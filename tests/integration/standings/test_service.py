"""The service on a bus and a store: balances come in, standings are told and shown."""

from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.domain.network import AccountRef, NetworkName
from stellarmap_common.events.topics import BALANCE_UPDATED, HVA_TRACKER, RECALCULATION_REQUESTED, STANDING_CHANGED
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.runtime.config import config_of
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.settings import Settings
from stellarmap_hva_tracker.service import open_service
from tests.support.bus import HurriedClock, OpenedBus, until_read
from tests.support.settings import settings_of
from tests.support.stores import SANDBOX, SqliteFiles, address
from tests.support.tracked import balance

FEW, MANY = 3, 2_000
NETWORK = Network(
    name=NetworkName.SANDBOX,
    key=SANDBOX,
    passphrase="",
    genesis=AccountRef(SANDBOX, address("genesis")),
    horizon_url="http://horizon.example",
)


async def test_balances_that_come_over_the_bus_are_ranked_and_told(tmp_path: Path) -> None:
    files, metrics = SqliteFiles(tmp_path), open_metrics(CollectorRegistry())
    unused: Any = None
    networks = Networks((NETWORK,))
    async with (
        files.at(files.new_place()) as stores,
        open_embedded_bus(
            tmp_path / "log.sqlite",
            clock=HurriedClock(),
            metrics=metrics,
            accepts={SANDBOX}.__contains__,
            topics=(BALANCE_UPDATED, RECALCULATION_REQUESTED, STANDING_CHANGED),
        ) as bus,
    ):
        await bus.apply_topics()
        resources = Resources(
            settings=Settings.load(),
            config=lambda: config_of(settings_of()),
            admin=unused,
            networks=networks,
            stores=stores,
            publisher=bus.publisher,
            backlog=unused,
            clock=HurriedClock(),
            metrics=metrics,
            horizon=unused,
            expert=unused,
            limiter=unused,
            federation=unused,
            home_domains=unused,
            dead_letters=unused,
        )
        await bus.publisher.publish(*(balance(number, 20_000 - number, 10) for number in range(MANY)))
        async with open_service(resources) as service, bus.running(service.subscriptions):
            await until_read(OpenedBus(bus, metrics), HVA_TRACKER, (BALANCE_UPDATED,))
            for loop in service.loops:
                await loop.run_once()
        board = await stores.standings.board_of(SANDBOX)
        records = await OpenedBus(bus, metrics).records(STANDING_CHANGED.name)
    assert service.alone
    assert board
    assert (board.ranked, [row.account for row in board.rows[:FEW]]) == (
        MANY,
        [address(number) for number in range(FEW)],
    )
    assert len(records) == MANY
