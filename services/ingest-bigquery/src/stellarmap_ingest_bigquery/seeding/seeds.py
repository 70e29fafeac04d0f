"""Seeds of standings: each network that BigQuery holds is seeded at its start, then daily, and when somebody wishes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import CostLimitExceeded, SourceRejected, SourceUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Config, Configured
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.seed_store import StandingsSeed
from stellarmap_common.ports.stores import Stores
from stellarmap_ingest_bigquery.guard import Refused, require_on
from stellarmap_ingest_bigquery.seeding.rows import lowest_threshold_xlm
from stellarmap_ingest_bigquery.seeding.seeder import Seeder

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
LOST_AFTER = timedelta(minutes=10)
AFTER_AWAY = timedelta(seconds=10)
AFTER_REFUSAL = timedelta(minutes=10)  # a dry run costs nothing, and a day's budget is a new one at midnight
AFTER_REJECTION = EVERY  # to ask the same again would be paid for, for the same


@dataclass(frozen=True, slots=True)
class _Question:
    """What a turn goes by: with another one nothing that kept the last from going on holds."""

    config: Config
    wished: datetime | None
    lowest_xlm: int


@dataclass(frozen=True, slots=True)
class _Wait:
    question: _Question
    until: datetime
    trouble: str


class Seeds:
    """Turns of a loop. One that was cut short is gone on with by the next."""

    def __init__(
        self, seeders: Mapping[NetworkKey, Seeder], stores: Stores, networks: Networks, config: Configured, clock: Clock
    ) -> None:
        self._seeders = seeders
        self._stores = stores
        self._networks = networks
        self._config = config
        self._clock = clock
        self._waits: dict[NetworkKey, _Wait] = {}
        self._checked: dict[NetworkKey, datetime] = {}

    async def look(self) -> None:
        """Afterwards every network that is due is seeded, or it is told why not."""
        for key, seeder in self._seeders.items():
            network = self._networks.of(key)
            if network is not None and network.current:
                await self._look_at(network, seeder)

    async def _look_at(self, network: Network, seeder: Seeder) -> None:
        config, seeds, key = self._config(), self._stores.seeds, network.key
        question = _Question(config, await seeds.wished(key), lowest_threshold_xlm(config))
        seed = await seeds.seed_of(key) or StandingsSeed(network=key)
        if self._waits_for(key, question):
            return
        due = self._is_due(network, seed, question)
        if not due and not await self._is_lost(network, seed, config):
            return
        try:
            require_on(network, config)
            if not seed.job_id or seed.lowest_xlm != question.lowest_xlm or not await seeder.is_kept(seed):
                seed = await seeder.begin(seed, question.lowest_xlm, wished=question.wished, retold=not due)
            await seeder.tell(seed, config.hva_board_size)
        except (CostLimitExceeded, SourceRejected, SourceUnavailable) as error:
            await self._note(key, question, error)  # one network's trouble is not another's

    def _is_due(self, network: Network, seed: StandingsSeed, question: _Question) -> bool:
        if question.wished is not None and question.wished != seed.answered:
            return True
        return _is_daily(network, question.config) and (
            bool(seed.job_id)
            or seed.covered_at is None
            or seed.covers_xlm != question.lowest_xlm
            or self._clock.now() - seed.covered_at >= EVERY
        )

    async def _is_lost(self, network: Network, seed: StandingsSeed, config: Config) -> bool:
        """True when the board, though it was shown long since, does not know of it: it was told before a threshold was lowered.

        Or the tracker has not come to it yet, which looks alike and no telling helps: so what is retold is not lost again.
        Looked for at times alone: a board is large.
        """
        told_at, now = seed.tried_at, self._clock.now()
        if seed.covers is None or told_at is None or seed.retold or not _is_daily(network, config):
            return False
        if now - self._checked.get(seed.network, told_at) < LOST_AFTER:
            return False
        self._checked[seed.network] = now
        board = await self._stores.standings.board_of(seed.network)
        return board is not None and board.coverage.ledger is None and board.as_of - told_at >= LOST_AFTER

    def _waits_for(self, key: NetworkKey, question: _Question) -> bool:
        wait = self._waits.get(key)
        return wait is not None and wait.question == question and self._clock.now() < wait.until

    async def _note(self, key: NetworkKey, question: _Question, error: Exception) -> None:
        now, told, before = self._clock.now(), str(error), self._waits.get(key)
        self._waits[key] = _Wait(question, now + _pause_after(error), told)
        if before is None or before.trouble != told:
            log.warning("standings_seed_waits", network=key, told=told)
        seed = await self._stores.seeds.seed_of(key) or StandingsSeed(network=key)
        await self._stores.seeds.keep(replace(seed, trouble=told, tried_at=now))


def _is_daily(network: Network, config: Config) -> bool:
    """True where seeds are told though nobody wishes for one."""
    try:
        require_on(network, config)
    except Refused:
        return False
    return config.standings_seed


def _pause_after(error: Exception) -> timedelta:
    match error:
        case CostLimitExceeded():
            return AFTER_REFUSAL
        case SourceRejected():
            return AFTER_REJECTION
        case _:
            return AFTER_AWAY
