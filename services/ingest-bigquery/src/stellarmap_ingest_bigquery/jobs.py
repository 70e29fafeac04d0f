"""Runs queries under the cost guard, and keeps the books.

A job's bytes are reserved before it begins and settled after it; in between it is open in the books, and whoever asks the
same again, this process or the one after it, waits for that job instead of paying for another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import CostLimitExceeded, SourceUnavailable
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.book_store import BookStore, QueryJob, month_of
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Networks
from stellarmap_ingest_bigquery.client import BigQueryApi, JobState
from stellarmap_ingest_bigquery.guard import (
    GIB,
    Check,
    Refused,
    most_billed,
    over_budget,
    price_usd,
    require_on,
    require_small,
)
from stellarmap_ingest_bigquery.query import Query

log = structlog.get_logger(__name__)

SAME_ANSWER = timedelta(minutes=15)  # so long a job answers the same question asked again
AWAY_S = 10.0  # after a call without an answer nobody else waits for one so soon
_LOOKED_THROUGH = 500  # settled jobs in which a former answer is looked for
_FIRST_LOOK_S, _LOOK_S = 0.1, 1.0
_NEVER_BEGUN = timedelta(seconds=60)  # a call may still be on its way that begins it


@dataclass(frozen=True, slots=True)
class Answer:
    """A query's answer, as rows that can be read for a day."""

    job_id: str
    api: BigQueryApi


class Jobs:
    """The jobs of one network."""

    def __init__(  # noqa: PLR0913 - what a query is judged, paid and told by
        self,
        network: NetworkKey,
        api: BigQueryApi,
        books: BookStore,
        *,
        networks: Networks,
        config: Configured,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._network = network
        self._api = api
        self._books = books
        self._networks = networks
        self._config = config
        self._clock = clock
        self._metrics = metrics
        self._away_until = 0.0
        self._away = ""

    async def open(self) -> tuple[QueryJob, ...]:
        """The jobs of this network that are not settled."""
        found = await self._books.open_jobs(self._clock.now())
        return tuple(job for job in found if job.network == self._network)

    async def run(self, query: Query, *, same_for: timedelta = SAME_ANSWER) -> Answer:
        """The query's answer; one of the same question that is younger than `same_for` is taken again.

        Raises: Refused, SourceUnavailable, SourceRejected, StoreUnavailable.
        """
        try:
            return await self._run(query, same_for)
        except Refused as refused:
            self._metrics.cost_guard_refusals.labels(refused.check).inc()
            log.warning(
                "query_refused", query=query.name, network=self._network, check=refused.check, told=str(refused)
            )
            raise

    async def settle_left(self) -> None:
        """Afterwards jobs that nobody waits for are settled, unless they still run."""
        for job in await self.open():
            state = await self._api.state(job.job_id)
            if state is None:
                if self._clock.now() - job.reserved_at > _NEVER_BEGUN:
                    await self._settle(job, JobState(done=True))
            elif state.done:
                await self._settle(job, state)

    async def estimate(self, query: Query) -> int:
        """Bytes that the query would read. Raises: SourceUnavailable, SourceRejected."""
        if self._clock.monotonic() < self._away_until:
            raise SourceUnavailable(self._away)
        try:
            return await self._api.estimate(query)
        except SourceUnavailable as error:
            self._note_away(error)
            raise

    async def _run(self, query: Query, same_for: timedelta) -> Answer:
        require_on(self._networks.of(self._network), self._config())
        job = await self._former(query, same_for)
        if job is None:
            job = await self._reserved(query)
        failpoint("after_reserve")
        if job.settled_at is None:
            await self._work_off(job, query)
        return Answer(job.job_id, self._api)

    async def _former(self, query: Query, same_for: timedelta) -> QueryJob | None:
        """A job that asks the same, and is open or was answered a short while ago."""
        now = self._clock.now()
        candidates = list(await self.open())
        for month in {month_of(now): now, month_of(now - same_for): now - same_for}.values():
            candidates += await self._books.jobs(month, _LOOKED_THROUGH)
        for job in candidates:
            young = now - job.reserved_at < same_for
            if _key_of(job.job_id) == query.key and job.network == self._network and (young or not job.settled_at):
                state = await self._api.state(job.job_id)
                if state is None and not job.settled_at:
                    return job  # reserved, and never begun: it begins now
                if state and not state.failure:
                    return job
        return None

    async def _reserved(self, query: Query) -> QueryJob:
        config = self._config()
        estimate = await self.estimate(query)
        require_small(query.name, estimate, config)
        now = self._clock.now()
        job = QueryJob(
            job_id=_job_id(query, now),
            query=query.name,
            network=self._network,
            reserved_at=now,
            reserved=most_billed(estimate, len(query.tables)),
            accounts=query.about,
        )
        spent = await self._books.reserve(job, daily=config.daily_limit_gb * GIB, monthly=config.monthly_limit_gb * GIB)
        if spent is not None:
            raise over_budget(query.name, job.reserved, spent, config)
        return job

    async def _work_off(self, job: QueryJob, query: Query) -> None:
        """Afterwards the job has ended well, and is settled."""
        try:
            await self._api.start(job.job_id, query, most_bytes=job.reserved)
            failpoint("after_job_begun")
            state = await self._ended(job.job_id)
        except SourceUnavailable as error:
            self._note_away(error)  # whether it was begun is not known: it stays open, and its bytes reserved
            raise
        failpoint("before_settle")
        await self._settle(job, state)
        failpoint("after_settle_job")
        if isinstance(state.failure, CostLimitExceeded):
            raise Refused(Check.BILLED, str(state.failure)) from state.failure
        if state.failure:
            raise state.failure

    async def _ended(self, job_id: str) -> JobState:
        look_s = _FIRST_LOOK_S
        while True:
            state = await self._api.state(job_id)
            if state is None:
                raise SourceUnavailable(f"BigQuery does not know its job {job_id}.")
            if state.done:
                return state
            await self._clock.sleep(look_s)
            look_s = min(look_s * 1.5, _LOOK_S)

    async def _settle(self, job: QueryJob, state: JobState) -> None:
        settled = await self._books.settle(job, state.billed, self._clock.now(), cached=state.cached)
        price = price_usd(state.billed, self._config())
        self._metrics.bigquery_bytes.labels(job.query).inc(state.billed)
        self._metrics.bigquery_cost_usd.labels(job.query).inc(price)
        log.info(
            "query_settled",
            query=job.query,
            network=job.network,
            job_id=job.job_id,
            accounts=len(job.accounts),
            reserved=job.reserved,
            billed=settled.billed if settled else state.billed,
            cached=state.cached,
            usd=round(price, 6),
        )

    def _note_away(self, error: SourceUnavailable) -> None:
        self._away_until = self._clock.monotonic() + AWAY_S
        self._away = str(error)


def _job_id(query: Query, now: datetime) -> str:
    return f"stellarmap_{query.key}_{int(now.timestamp() * 1_000)}"


def _key_of(job_id: str) -> str:
    return job_id.split("_")[1] if job_id.count("_") == 2 else ""  # noqa: PLR2004 - the parts of an id of ours
