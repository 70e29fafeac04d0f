"""The jobs of this Hubble: begun once, answered once, their answers kept for a day."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final

import structlog

from stellarmap_common.ports.clock import Clock
from stellarmap_sandbox.bigquery.answers import Answer
from stellarmap_sandbox.bigquery.hubble import Hubble, Moment
from stellarmap_sandbox.bigquery.job import DATASET, Job, order_of
from stellarmap_sandbox.bigquery.refusals import backend_error, duplicate, invalid, no_job, no_table
from stellarmap_sandbox.bigquery.scans import Scan, bytes_billed, bytes_read
from stellarmap_sandbox.world import World

log = structlog.get_logger(__name__)

KEPT: Final = timedelta(hours=24)
_MOST_JOBS: Final = 10_000  # the oldest ones are forgotten
_LONGEST_ID: Final = 1_024


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a fault does to a job."""

    runs_s: float = 0  # longer than it needs
    error: tuple[str, str] | None = None  # it ends with that
    times: float = 1  # its bytes are multiplied


NO_TROUBLE: Final = Trouble()


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    until: datetime


class Jobs:
    """All jobs of one network, whoever began them."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._hubble: Hubble | None = None
        self._jobs: dict[tuple[str, str], Job] = {}
        self._tables: dict[str, _Kept] = {}
        self._cache: dict[str, str] = {}  # table of the answer to the same query of the same ledger
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    def moment(self) -> Moment:
        """The network now. Raises: Refused while it is being made."""
        network = self._world.network
        if network is None:
            raise backend_error()
        if self._hubble is None or self._hubble.network is not network:
            self._hubble = Hubble(network)
        return self._hubble.moment()

    async def begin(self, project: str, body: Any, trouble: Trouble) -> Job:  # noqa: ANN401 - JSON
        """A new job, which runs; of a dry run, one that is done and that nobody finds again. Raises: Refused."""
        moment, job_id = self.moment(), _job_id(body)
        order = order_of(body.get("configuration"))
        scans = order.query.scans(moment, order.values)
        read = [int(each * trouble.times) for each in await asyncio.to_thread(_bytes_of, moment, scans)]
        if (project, job_id) in self._jobs and not order.dry:
            raise duplicate(project, job_id)
        key = sha256(f"{project}\n{moment.ledger}\n{order.text}".encode()).hexdigest()
        table = self._cache.get(key, "") if order.cached else ""
        hit = table in self._tables and self._tables[table].until > self._clock.now()
        job = Job(
            project=project,
            job_id=job_id,
            order=order,
            scans=scans,
            columns=order.query.columns,
            table=table if hit else f"anon{token_hex(20)}",
            read=sum(read),
            would_bill=0 if hit else bytes_billed(read),
            began_at=self._clock.now(),
            cache_hit=hit,
        )
        if order.dry:
            job.end(job.began_at)
            return job
        self._forget()
        self._jobs[project, job_id] = job
        running = asyncio.create_task(self._run(job, moment, key, trouble), name=f"BigQuery job {job_id}")
        self._running[project, job_id] = running
        running.add_done_callback(lambda _: self._running.pop((project, job_id), None))
        return job

    def job(self, project: str, job_id: str) -> Job:
        """The job of that id. Raises: Refused."""
        found = self._jobs.get((project, job_id))
        if found is None:
            raise no_job(project, job_id)
        return found

    def all_of(self, project: str) -> list[Job]:
        """The project's jobs, the youngest first."""
        return [job for job in reversed(self._jobs.values()) if job.project == project]

    def cancel(self, project: str, job_id: str) -> Job:
        """The job, which is done. Raises: Refused."""
        job = self.job(project, job_id)
        job.cancel(self._clock.now())
        if running := self._running.get((project, job_id)):
            running.cancel()
        return job

    async def ended(self, job: Job, seconds: float) -> bool:
        """True once the job is done; False when it still runs after so long, or the server is to stop."""
        waits = [asyncio.ensure_future(wait) for wait in (job.ended.wait(), self._world.leaving())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        return job.ended_at is not None

    def answer(self, project: str, table: str) -> Answer:
        """The answer in that table. Raises: Refused, also a day after the job."""
        kept = self._tables.get(table)
        if kept is None or kept.until <= self._clock.now():
            raise no_table(project, DATASET, table)
        return kept.answer

    async def close(self) -> None:
        """Afterwards no job runs."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, job: Job, moment: Moment, key: str, trouble: Trouble) -> None:
        with suppress(asyncio.CancelledError):  # by `cancel`, which has said how it ended
            try:
                error = await self._failure(job, trouble)
                if error is None and not job.cache_hit:
                    answer = await asyncio.to_thread(job.order.query.answer, moment, job.order.values)
                    self._tables[job.table] = _Kept(answer, self._clock.now() + KEPT)
                    self._cache[key] = job.table
            except Exception as broken:
                # A bug in one answer must end its job, as it would at BigQuery: else whoever waits for it waits for ever.
                log.exception("bigquery_job_broken", job_id=job.job_id)
                error = ("internalError", f"An internal error occurred: {broken!r}")
            job.end(self._clock.now(), billed=0 if error else job.would_bill, error=error)

    async def _failure(self, job: Job, trouble: Trouble) -> tuple[str, str] | None:
        """Why the job ends without an answer, once it has taken its time."""
        limit, most = job.order.timeout_s, job.order.most_bytes
        if most is not None and job.would_bill > most:
            return "bytesBilledLimitExceeded", (
                f"Query exceeded limit for bytes billed: {most}. {job.would_bill} or higher required."
            )
        if limit is not None and trouble.runs_s > limit:
            await self._clock.sleep(limit)
            return "stopped", f"Job execution was cancelled: Job timed out after {limit:g}s"
        if trouble.runs_s:
            await self._clock.sleep(trouble.runs_s)
        return trouble.error

    def _forget(self) -> None:
        """Answers of yesterday are gone, and the oldest jobs where there are too many."""
        now = self._clock.now()
        self._tables = {table: kept for table, kept in self._tables.items() if kept.until > now}
        self._cache = {key: table for key, table in self._cache.items() if table in self._tables}
        while len(self._jobs) >= _MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]


def _bytes_of(moment: Moment, scans: tuple[Scan, ...]) -> list[int]:
    return [bytes_read(moment, scan) for scan in scans]


def _job_id(body: Any) -> str:  # noqa: ANN401 - JSON
    """The id that was chosen, or a new one. Raises: Refused."""
    if not isinstance(body, dict):
        raise invalid("The body of the request is no JSON object")
    chosen = (body.get("jobReference") or {}).get("jobId") or f"job_{token_hex(14)}"
    if len(chosen) > _LONGEST_ID or not all(each.isalnum() or each in "_-" for each in chosen):
        raise invalid(f'Invalid job ID "{chosen}". Job IDs must be alphanumeric (plus underscores and dashes)')
    return str(chosen)
