"""Imported networks are kept whole: once a day what has happened since is read from BigQuery, by one small query."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Route
from stellarmap_common.errors import CostLimitExceeded, SourceRejected, SourceUnavailable
from stellarmap_common.lineage.routes import RouteOf
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.importing import ImportElsewhere, sole_import
from stellarmap_ingest_bigquery.importing.importer import RowsSince, increment

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)


class Increments:
    """Turns of a loop. One that was cut short is gone on with by the next; within a day its query is not paid again."""

    def __init__(  # noqa: PLR0913 - what a turn looks at
        self,
        rows_of: Mapping[NetworkKey, RowsSince],
        stores: Stores,
        networks: Networks,
        clock: Clock,
        *,
        route_of: RouteOf,
        folder: Path,
    ) -> None:
        self._rows_of = rows_of
        self._stores = stores
        self._networks = networks
        self._clock = clock
        self._route_of = route_of
        self._folder = folder
        self._tried: dict[NetworkKey, datetime] = {}  # network time may differ from ours: the sandbox's does

    async def look(self) -> None:
        """Afterwards no network that was imported as a whole, and is read from BigQuery, is behind by more than a day."""
        for key, rows_of in self._rows_of.items():
            network, now = self._networks.of(key), self._clock.now()
            if network is None or self._route_of(key) is Route.API or now - self._tried.get(key, now - EVERY) < EVERY:
                continue
            state = await self._stores.imports.state_of(key)
            if state is None or state.whole_at is None:
                continue  # no import has made it whole, so there is nothing to go on from
            rejects = self._folder / f"{key}-{now:%Y-%m-%d}.rejects.jsonl"
            try:
                async with sole_import(self._stores.leases, self._clock, network):
                    outcome = await increment(self._stores, network, rows_of, rejects)
            except (CostLimitExceeded, ImportElsewhere, SourceRejected, SourceUnavailable) as error:
                log.warning("increment_failed", network=key, told=str(error))  # one network's trouble is not another's
                continue
            self._tried[key] = now
            if outcome is not None:
                state = outcome.state
                log.info("increment_stored", network=key, rows=state.rows, whole_to=state.whole_to)
                if state.rejected:  # the next one reads from the same day on
                    log.warning("increment_not_whole", network=key, rejected=state.rejected, kept_in=str(rejects))
