"""Runs queries under the cost guard, and keeps the books.

A job's bytes are reserved before it begins and settled after it; in between it is open in the books, and whoever asks the
same again, this process or the one after it, waits for that job instead of paying for another.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.book_store import BookStore, QueryJob, month_of
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Networks
from stellarmap_ingest_bigquery.client import BigQueryApi, JobState
from stellarmap_ingest_bigquery.guard import (
    GIB,
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
_LOOKED_THROUGH = 100  # settled jobs in which a former answer is looked for; for one that is kept for long
_LOOKED_THROUGH_LONG = 2_000
_FIRST_LOOK_S, _LOOK_S = 0.1, 1.0
_LOOKED_FOR_S = 300.0  # while looks are not answered
_BEGINS_WITHIN = timedelta(seconds=30)  # of its reservation; later what is spent, and the limits, may be others
_NEVER_BEGUN = timedelta(seconds=60)  # a call may still be on its way that begins it


def _nobody(_: str | None) -> None:
    """Nobody looks at it: whoever runs the query is told by its error."""


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
        trouble: Callable[[str | None], None] = _nobody,
    ) -> None:
        """`trouble` is told what keeps queries from being begun; None once nothing does."""
        self._network = network
        self._api = api
        self._books = books
        self._networks = networks
        self._config = config
        self._clock = clock
        self._metrics = metrics
        self._trouble = trouble
        self._in_hand: Counter[str] = Counter()  # jobs that are waited for here
        self._away_until = 0.0
        self._away = ""

    async def open(self) -> tuple[QueryJob, ...]:
        """The jobs of this network that are not settled."""
        found = await self._books.open_jobs(self._clock.now())
        return tuple(job for job in found if job.network == self._network)

    async def answered(self, same_for: timedelta = SAME_ANSWER) -> tuple[QueryJob, ...]:
        """The settled jobs of this network that still answer the same question, the newest first."""
        now = self._clock.now()
        oldest = now - same_for
        months = {month_of(at): at for at in (now, oldest)}
        most = _LOOKED_THROUGH if same_for <= SAME_ANSWER else _LOOKED_THROUGH_LONG
        found = [job for at in months.values() for job in await self._books.jobs(at, most)]
        return tuple(job for job in found if job.network == self._network and job.reserved_at > oldest)

    async def run(self, query: Query, *, same_for: timedelta = SAME_ANSWER, confirmed: bool = False) -> Answer:
        """The query's answer; one of the same question that is younger than `same_for` is taken again.

        `confirmed`: a person has seen what it costs, so it is not held to the day's budget, and takes nothing of it.

        Raises: Refused, SourceUnavailable, SourceRejected, StoreUnavailable.
        """
        try:
            return await self._run(query, same_for, confirmed=confirmed)
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
            if job.job_id in self._in_hand:
                continue
            if state is None:
                if self._clock.now() - job.reserved_at > _NEVER_BEGUN:
                    await self._settle(job, JobState(done=True))
            elif state.done:
                await self._settle(job, state)

    async def estimate(self, query: Query) -> int:
        """Bytes that the query would read. Raises: Refused, SourceUnavailable, SourceRejected."""
        if self._clock.monotonic() < self._away_until:
            raise SourceUnavailable(self._away)
        try:
            return await self._api.estimate(query)
        except SourceUnavailable as error:
            self._note_away(error)
            raise
        except Refused as refused:  # no access: it is the same in a moment
            self._trouble(str(refused))
            raise

    async def _run(self, query: Query, same_for: timedelta, *, confirmed: bool) -> Answer:
        require_on(self._networks.of(self._network), self._config())
        former = await self._former(query, same_for)
        job = former or await self._reserved(query, confirmed=confirmed)
        failpoint("after_reserve")
        if job.settled_at is None:
            with self._held(job):
                await self._start(job, query, new=former is None)
                await self._work_off(job)
        return Answer(job.job_id, self._api)

    async def _former(self, query: Query, same_for: timedelta) -> QueryJob | None:
        """A job that asks the same, and is open or was answered a short while ago."""
        for job in (*await self.open(), *await self.answered(same_for)):
            if _key_of(job.job_id) != query.key:
                continue
            state = await self._api.state(job.job_id)
            if state is None and not job.settled_at and await self._begins(job):
                return job
            if state and not state.failure:
                return job
        return None

    async def _begins(self, job: QueryJob) -> bool:
        """True if the job, which is reserved and was not begun, is begun now; False if another takes its place.

        An old one is not begun: budgets and limits were looked at long ago, and who settles it as never begun must be sure
        that it never will be. Raises: SourceUnavailable while that is not sure.
        """
        age = self._clock.now() - job.reserved_at
        if job.job_id in self._in_hand or age < _BEGINS_WITHIN:
            return True
        if age > _NEVER_BEGUN:
            await self._settle(job, JobState(done=True))
            return False
        wait_s = (_NEVER_BEGUN - age).total_seconds()
        raise SourceUnavailable(
            f"Whether BigQuery was told to begin {job.job_id} is known in {wait_s:.0f} s; then another takes its place.",
            retry_after_s=wait_s,
        )

    async def _reserved(self, query: Query, *, confirmed: bool) -> QueryJob:
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
            confirmed=confirmed,
        )
        spent = await self._books.reserve(job, daily=config.daily_limit_gb * GIB, monthly=config.monthly_limit_gb * GIB)
        if spent is not None:
            raise over_budget(job, spent, config)
        return job

    @contextmanager
    def _held(self, job: QueryJob) -> Iterator[None]:
        """While open nobody else here settles the job: its beginning may be on its way."""
        self._in_hand[job.job_id] += 1
        try:
            yield
        finally:
            self._in_hand -= Counter((job.job_id,))

    async def _start(self, job: QueryJob, query: Query, *, new: bool) -> None:
        """Afterwards the job exists. A `new` one that BigQuery refuses is settled: nobody else had it begun before."""
        try:
            await self._api.start(job.job_id, query, most_bytes=job.reserved)
        except SourceUnavailable as error:
            self._note_away(error)  # whether it was begun is not known: it stays open, and its bytes reserved
            raise
        except (Refused, SourceRejected) as error:
            self._trouble(str(error))
            if new:
                await self._settle(job, JobState(done=True))
            raise
        self._trouble(None)

    async def _work_off(self, job: QueryJob) -> None:
        """Afterwards the job, which was begun, has ended well, and is settled."""
        failpoint("after_job_begun")
        state = await self._ended(job.job_id)
        failpoint("before_settle")
        await self._settle(job, state)
        failpoint("after_settle_job")
        if state.failure:
            raise state.failure

    async def _ended(self, job_id: str) -> JobState:
        """How it ended. It is paid for: looks that are not answered are no reason to let it go."""
        look_s = _FIRST_LOOK_S
        until = self._clock.monotonic() + _LOOKED_FOR_S
        while True:
            try:
                state = await self._api.state(job_id)
            except SourceUnavailable:
                if self._clock.monotonic() > until:
                    raise
            else:
                if state is None:
                    raise SourceUnavailable(f"BigQuery does not know its job {job_id}.")
                if state.done:
                    return state
            await self._clock.sleep(look_s)
            look_s = min(look_s * 1.5, _LOOK_S)

    async def _settle(self, job: QueryJob, state: JobState) -> None:
        now = self._clock.now()
        settled = await self._books.settle(job, state.billed, now, cached=state.cached)
        if settled is not None and settled.settled_at != now:
            return  # it was before: what it cost is counted
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
        self._trouble(self._away)


def _job_id(query: Query, now: datetime) -> str:
    return f"stellarmap_{query.key}_{int(now.timestamp() * 1_000)}"


def began_at(job_id: str) -> datetime:
    """When a job of ours was made, of which it has its name."""
    return datetime.fromtimestamp(int(job_id.rpartition("_")[2]) / 1_000, UTC)


def _key_of(job_id: str) -> str:
    return job_id.split("_")[1] if job_id.count("_") == 2 else ""  # noqa: PLR2004 - the parts of an id of ours
