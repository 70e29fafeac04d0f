"""Asks the running StellarMap for a seed, for a command, and says what comes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from stellarmap_common.errors import StellarmapError
from stellarmap_common.runtime.api import open_api
from stellarmap_common.runtime.reading import config_in_force
from stellarmap_common.runtime.settings import Settings
from stellarmap_ingest_bigquery.estimates import Estimate, estimate_of, open_network
from stellarmap_ingest_bigquery.seeding.rows import lowest_threshold_xlm, seed_query

LOOK_S = 1.0
UNHEARD_S = 60.0  # of a wish that nobody takes up


class NotSeeded(StellarmapError):
    """Nothing came of it; the message says why."""


async def seed_estimate(settings: Settings, name: str) -> Estimate:
    """What a seed would cost now. Raises: NotToBeAsked, SourceUnavailable, SourceRejected, CostLimitExceeded."""
    async with open_network(settings, name) as (_, api):
        config = await config_in_force(settings)
        lowest_xlm = lowest_threshold_xlm(config)
        return await estimate_of(api, config, seed_query(lowest_xlm), f"accounts that have {lowest_xlm:,} XLM")


async def seeded(settings: Settings, name: str, tell: Callable[[str], None]) -> Any:  # noqa: ANN401 - JSON
    """The seed, once it is told to its end. Raises: NotSeeded, and what the API says."""
    path = f"/admin/{name}/standings-seed"
    async with open_api(settings, tell, admin=True) as api:
        seed = await api.post(path, {})
        for _ in range(int(UNHEARD_S / LOOK_S)):
            if seed["answered"]:
                break
            _require_no_trouble(seed)
            await asyncio.sleep(LOOK_S)
            seed = await api.get(path)
        else:
            raise NotSeeded(
                f"Nobody has taken it up for {UNHEARD_S:.0f} s: does ingest-bigquery run? It is done as soon as that does."
            )
        while seed["under_way"]:
            _require_no_trouble(seed)
            await asyncio.sleep(LOOK_S)
            seed = await api.get(path)
        return seed


def _require_no_trouble(seed: Any) -> None:  # noqa: ANN401 - JSON
    """Raises: NotSeeded, with what was told since the wish."""
    if seed["trouble"] and seed["tried_at"] >= seed["wished_at"]:
        raise NotSeeded(f"{seed['trouble']} It is tried again by and by, while StellarMap runs.")
