"""The cost guard between a store of its own and the simulated network's BigQuery, and what that one ran and billed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
from prometheus_client import CollectorRegistry

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.observability.metrics import Metrics, open_metrics
from stellarmap_common.ports.book_store import BookStore
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.sources import SourcePage
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_ingest_bigquery.children import Children
from stellarmap_ingest_bigquery.client import BigQueryApi, open_bigquery
from stellarmap_ingest_bigquery.creators import Creators
from stellarmap_ingest_bigquery.jobs import Jobs
from stellarmap_ingest_bigquery.patience import Patience
from stellarmap_ingest_bigquery.reader import NetworkReader
from stellarmap_ingest_bigquery.together import Together
from stellarmap_sandbox.faults.fault import Fault, FaultSet
from tests.support.config import FALLBACK, config_of
from tests.support.mapped import networks_of
from tests.support.served import ServedSandbox
from tests.support.stores import SqliteFiles

PROJECT = "sandbox"
MOST_JOBS = 10_000  # the fake keeps no more
_NAMED = ("accounts", "whole", "creators")  # parameters that are accounts


class MovedClock(SystemClock):
    """Real time, begun when a test says so."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._passed_s = 0.0

    def set(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)

    def pass_time(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        self._passed_s += seconds

    def monotonic(self) -> float:
        return super().monotonic() + self._passed_s

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@dataclass(frozen=True, slots=True)
class RanJob:
    """A job as BigQuery tells of it."""

    job_id: str
    query: str
    billed: int
    cached: bool
    done: bool
    accounts: tuple[str, ...]  # that it asks for, each with the parameter that names it

    @property
    def key(self) -> str:
        """What was asked."""
        return self.job_id.split("_")[1]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        query = told["statistics"]["query"]
        return cls(
            job_id=told["jobReference"]["jobId"],
            query=told["configuration"]["labels"]["stellarmap_query"],
            billed=int(query["totalBytesBilled"]),
            cached=query["cacheHit"],
            done=told["state"] == "DONE",
            accounts=tuple(f"{name} {each}" for name in _NAMED for each in _texts_in(told, name)),
        )


async def jobs_at(url: str, project: str = PROJECT) -> list[RanJob]:
    """Every job that BigQuery at `url` was asked to run, the oldest first."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(
            f"{url}/bigquery/bigquery/v2/projects/{project}/jobs", params={"maxResults": MOST_JOBS}
        )
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return [RanJob.of(told) for told in reversed(answer.json()["jobs"])]


@dataclass(slots=True)
class Guarded:
    """One replica: its jobs, its counters, and the configuration it goes by."""

    network: Network
    api: BigQueryApi
    books: BookStore
    stores: Stores
    metrics: Metrics
    config: Config
    trouble: str | None = None  # what keeps its queries from being begun, as it tells others
    jobs: Jobs = field(init=False)

    def configure(self, **values: Any) -> None:
        """Afterwards that is in force."""
        self.config = replace(self.config, **values)

    def jobs_on(self, books: BookStore, clock: Clock) -> Jobs:
        """Jobs of this replica that keep those books."""
        return Jobs(
            self.network.key,
            self.api,
            books,
            networks=Networks((self.network,)),
            config=lambda: self.config,
            clock=clock,
            metrics=self.metrics,
            trouble=lambda told: setattr(self, "trouble", told),
        )

    def counted(self, name: str, **labels: str) -> float:
        """What its metrics say."""
        return self.metrics.registry.get_sample_value(f"stellarmap_{name}_total", labels) or 0.0


@dataclass(slots=True)
class Hubble:
    """A simulated network whose BigQuery is really asked, and replicas that share a store."""

    served: ServedSandbox
    project: str  # of this test alone: nobody else's jobs are in it
    files: SqliteFiles
    place: str
    clock: MovedClock = field(default_factory=MovedClock)

    def accounts(self, count: int, first: int = 1) -> list[Address]:
        """Accounts of the network."""
        return [self.served.truth.address(number) for number in range(first, first + count)]

    def of_a_contract(self) -> Address:
        """An account that a contract created: whose creation is read from transfers."""
        made = self.served.sandbox.world.network
        assert made is not None
        return made.keys.address(made.cast.examples["contract"])

    def trouble(self, *faults: Fault) -> None:
        """Afterwards exactly these faults are on."""
        self.served.sandbox.faults.put(FaultSet(7, faults))

    def trouble_jobs(self, *faults: Fault, first: int = 2) -> None:
        """The same from the `first`-th job on that is begun, dry runs counted: 2 spares the dry run of the next query."""
        posts = 0

        def heard(method: str, _path: str) -> None:
            nonlocal posts
            posts += method == "POST"
            if posts == first:
                self.trouble(*faults)
                self.served.heard = _deaf

        self.served.heard = heard

    def struck(self) -> list[int]:
        """How often each of the faults has struck."""
        return [fault.hits for fault in self.served.sandbox.faults.seen().faults]

    async def ran(self) -> list[RanJob]:
        """The jobs that were begun."""
        return await jobs_at(self.served.url, self.project)

    async def billed(self) -> int:
        """Bytes that BigQuery asks to be paid for."""
        return sum(job.billed for job in await self.ran())

    def reader(self, one: "Guarded") -> NetworkReader:
        """What answers steps there."""
        creators = Creators(one.network.key, one.jobs)
        children = Children(one.network.key, one.jobs, one.api, one.stores, lambda: one.config.children_page_size)
        waits: dict[str, Any] = {"window_s": 0.05, "most": lambda: one.config.batch_size, "patience_s": 10}
        return NetworkReader(
            one.network,
            one.api,
            one.jobs,
            children,
            Together(creators.lives_of, self.clock, **waits),
            Together(children.places_of, self.clock, **waits),
            Patience(one.stores.known, self.clock, lambda: None),
        )

    @asynccontextmanager
    async def replica(self, *, bigquery: bool = True, **values: Any) -> AsyncIterator[Guarded]:
        """A process's part of it, with a connection to the store and to BigQuery of its own."""
        (network,) = networks_of(self.served.sandbox.world.spec)
        if bigquery:
            url = f"{self.served.url}/bigquery"
            network = replace(network, bigquery_project=self.project, bigquery_url=url)
        metrics, config = open_metrics(CollectorRegistry()), config_of(FALLBACK, **values)
        async with (
            self.files.at(self.place) as stores,
            open_bigquery(self.project, f"{self.served.url}/bigquery") as api,
        ):
            guarded = Guarded(network, api, stores.books, stores, metrics, config)
            guarded.jobs = guarded.jobs_on(stores.books, self.clock)
            yield guarded


def hubble(served: ServedSandbox, folder: Path, project: str) -> Hubble:
    """The network with an empty store in `folder`."""
    files = SqliteFiles(folder)
    served.sandbox.faults.put(FaultSet())
    served.heard, served.said = _deaf, bytes
    return Hubble(served, project, files, files.new_place())


async def lives(
    network: Hubble, one: Guarded, accounts: Sequence[Address], reader: NetworkReader | None = None
) -> list[SourcePage | BaseException]:
    """What the reader, or a new process of that replica, answers about each."""
    reader = reader or network.reader(one)
    asked = (reader.creations_of(AccountRef(one.network.key, each)) for each in accounts)
    return await asyncio.gather(*asked, return_exceptions=True)


def _deaf(_method: str, _path: str) -> None:
    """Nothing waits for a request."""


def asked_again(jobs: Sequence[RanJob]) -> list[str]:
    """What was asked of BigQuery by more than one job: queries, and accounts in queries of one name."""
    questions = Counter(job.key for job in jobs)
    accounts = Counter(f"{job.query} of {account}" for job in jobs for account in set(job.accounts))
    return [told for found in (questions, accounts) for told, times in found.items() if times > 1]


def _texts_in(told: dict[str, Any], name: str) -> list[str]:
    """The values of a parameter that is a list of texts."""
    parameters = told["configuration"]["query"]["queryParameters"]
    return [
        value["value"]
        for each in parameters
        if each["name"] == name
        for value in each["parameterValue"].get("arrayValues", ())
    ]
