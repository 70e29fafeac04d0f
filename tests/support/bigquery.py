"""The simulated network's BigQuery, asked by Google's own client over a socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from google.api_core.client_options import ClientOptions
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import Client, QueryJob, QueryJobConfig

from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.http import bound_socket, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings
from stellarmap_ingest_bigquery.query import Query
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.service import Sandbox, open_sandbox
from stellarmap_sandbox.truth import Truth
from tests.support.sandbox import SMALL, sandbox_settings

T = TypeVar("T")
Rows = list[tuple[Any, ...]]

ONCE = Retry(predicate=lambda _: False)
ALWAYS = datetime(2015, 1, 1, tzinfo=UTC)  # before the first ledger
END = datetime(2100, 1, 1, tzinfo=UTC)
_WAIT_S = 20


@dataclass(frozen=True, slots=True)
class AskedHubble:
    """The network's Hubble, and what is true of the network."""

    sandbox: Sandbox
    url: str
    client: Client

    @property
    def truth(self) -> Truth:
        return self.sandbox.truth

    @property
    def network(self) -> Network:
        assert self.sandbox.world.network is not None
        return self.sandbox.world.network

    async def call(self, call: Callable[[Client], T]) -> T:
        """What the client gives; it waits in a thread, since the network answers from this one's loop."""
        return await asyncio.to_thread(call, self.client)

    async def begun(self, query: Query, job_id: str | None = None, **config: Any) -> QueryJob:
        """The job of the query, as it was when it was begun."""
        wanted = QueryJobConfig(
            query_parameters=list(query.parameters), **{"labels": {"stellarmap_query": query.name}, **config}
        )

        def begin(client: Client) -> QueryJob:
            return client.query(query.text, wanted, job_id=job_id, retry=ONCE, job_retry=None)

        return await self.call(begin)

    async def ended(self, query: Query, job_id: str | None = None, **config: Any) -> QueryJob:
        """The job of the query, once it is done."""
        job = await self.begun(query, job_id, **config)
        async with asyncio.timeout(_WAIT_S):
            while job.state != "DONE":
                await self.call(lambda _: job.reload(retry=ONCE))
        return job

    async def found(self, job_id: str) -> QueryJob:
        """The job of that id."""
        job = await self.call(lambda client: client.get_job(job_id, retry=ONCE))
        assert isinstance(job, QueryJob)
        return job

    async def rows(self, query: Query, page_size: int | None = None) -> Rows:
        """All rows of the query's answer."""
        job = await self.begun(query)

        def read(_: Client) -> Rows:
            found = job.result(page_size=page_size, retry=ONCE, job_retry=None, timeout=_WAIT_S)
            return [row.values() for row in found]

        return await self.call(read)


@asynccontextmanager
async def asked_hubble(
    data_dir: Path, *, accounts: int = SMALL, ledger_s: float = 0, clock: Clock | None = None
) -> AsyncIterator[AskedHubble]:
    """A network that answers below `/sandbox`, and a client of its BigQuery."""
    settings, process = sandbox_settings(accounts, ledger_s=ledger_s), ProcessSettings.model_validate({"http_port": 0})
    async with open_sandbox(settings, data_dir, clock or SystemClock()) as sandbox:
        await sandbox.ready()
        with bound_socket(process) as bound, google_client(f"{url_of(bound)}/bigquery") as client:
            async with serving(sandbox.app, bound):
                yield AskedHubble(sandbox, url_of(bound), client)
                sandbox.let_go()


@contextmanager
def google_client(url: str) -> Iterator[Client]:
    """Google's client, without credentials, at that address."""
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth has no annotation there
    client = Client("sandbox", credentials=anonymous, client_options=ClientOptions(api_endpoint=url), location="US")
    try:
        yield client
    finally:
        client.close()  # type: ignore[no-untyped-call] # nor has its client
