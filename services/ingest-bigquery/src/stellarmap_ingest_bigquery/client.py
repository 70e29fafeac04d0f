"""BigQuery's API, as far as we need it: Google's client, called in threads, with its errors as ours.

It never tries again by itself: whoever asks does, or goes another way.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import google.auth
import pyarrow as pa
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.cloud.bigquery import Client, QueryJob, QueryJobConfig
from requests.exceptions import RequestException

from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_ingest_bigquery.guard import Check, Refused
from stellarmap_ingest_bigquery.query import Query

T = TypeVar("T")
Row = Mapping[str, Any]  # Any: the columns of a row are what its query selects
LABEL = "stellarmap_query"

_ONCE = Retry(predicate=lambda _: False)
_CALL_S = 10.0  # of one HTTP call; a job runs as long as it takes
_JOB_MS = 15 * 60_000  # a job that runs for longer is ended by BigQuery
_READ_S = 15.0  # of a page of rows
_CALLS_AT_ONCE = 8
_LOCATION = "US"  # where Hubble is
_TOO_MANY_BYTES = "bytesBilledLimitExceeded"
_NO_ACCESS = frozenset({"accessDenied", "accessNotConfigured", "billingNotEnabled"})  # until somebody changes that


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How a job stands."""

    done: bool
    billed: int = 0  # bytes
    cached: bool = False
    failure: SourceUnavailable | SourceRejected | Refused | None = None


class BigQueryApi:
    """One project's BigQuery.

    Raises, in every method: SourceUnavailable (no answer, a quota, 5xx), SourceRejected (a query it does not understand),
    Refused (it may not be asked so: no access, or it would read too much).
    """

    def __init__(self, connect: Callable[[], Client], threads: ThreadPoolExecutor) -> None:
        self._connect = connect
        self._threads = threads
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def estimate(self, query: Query) -> int:
        """Bytes that the query would read, at most. It costs nothing."""
        config = QueryJobConfig(
            dry_run=True,
            use_query_cache=False,
            query_parameters=list(query.parameters),
            labels={LABEL: query.name},
        )
        job = await self._call(
            lambda client: client.query(query.text, config, timeout=_CALL_S, retry=_ONCE, job_retry=None)
        )
        return int(job.total_bytes_processed or 0)

    async def start(self, job_id: str, query: Query, *, most_bytes: int) -> None:
        """Afterwards the job of that id exists. It ends without an answer, and costs nothing, if it would read more."""
        config = QueryJobConfig(
            maximum_bytes_billed=most_bytes,
            use_query_cache=True,
            query_parameters=list(query.parameters),
            labels={LABEL: query.name},
        )
        config.job_timeout_ms = _JOB_MS
        try:
            await self._call(
                lambda client: client.query(
                    query.text, config, job_id=job_id, timeout=_CALL_S, retry=_ONCE, job_retry=None
                )
            )
        except _Exists:
            return  # it was begun before, and its beginning not heard of

    async def state(self, job_id: str) -> JobState | None:
        """How the job stands; None if there is none."""
        try:
            job = await self._call(lambda client: client.get_job(job_id, retry=_ONCE, timeout=_CALL_S))
        except _Missing:
            return None
        assert isinstance(job, QueryJob)  # noqa: S101 - only such are ever begun here
        if job.state != "DONE":
            return JobState(done=False)
        error = job.error_result
        return JobState(
            done=True,
            billed=int(job.total_bytes_billed or 0),
            cached=bool(job.cache_hit),
            failure=_failure(error) if error else None,
        )

    async def rows(self, job_id: str, start: int, count: int) -> Sequence[Row] | None:
        """At most `count` rows of the answer, from `start` on; None when the answer is not kept any more (after a day)."""

        def read(client: Client) -> Sequence[Row]:
            job = client.get_job(job_id, retry=_ONCE, timeout=_CALL_S)
            assert isinstance(job, QueryJob)  # noqa: S101 - only such are ever begun here
            found = job.result(max_results=count, start_index=start, page_size=count, retry=_ONCE, timeout=_READ_S)
            return [dict(row.items()) for row in found]

        try:
            return await self._call(read)
        except _Missing:
            return None

    async def arrow(self, job_id: str, start: int, count: int) -> tuple[pa.Table, int] | None:
        """The same as columns, and how many rows the whole answer has."""

        def read(client: Client) -> tuple[pa.Table, int]:
            job = client.get_job(job_id, retry=_ONCE, timeout=_CALL_S)
            assert isinstance(job, QueryJob)  # noqa: S101 - only such are ever begun here
            found = job.result(max_results=count, start_index=start, page_size=count, retry=_ONCE, timeout=_READ_S)
            # Over REST: the storage API would be one more service to be allowed, for an import that runs once.
            return found.to_arrow(create_bqstorage_client=False), int(found.total_rows or 0)

        try:
            return await self._call(read)
        except _Missing:
            return None

    def close(self) -> None:
        """Afterwards no connection is open; a call under way fails, and its thread ends."""
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call] # it has no annotation there

    async def parting(self, table: str) -> tuple[str, str] | None:
        """By which column's what the table is parted: ("closed_at", "DAY"); None if it is not."""
        found = await self._call(lambda client: client.get_table(table, retry=_ONCE, timeout=_CALL_S))
        parted = found.time_partitioning
        return (parted.field or "_PARTITIONTIME", parted.type_) if parted else None

    async def _call(self, call: Callable[[Client], T]) -> T:
        loop = asyncio.get_running_loop()
        async with self._connecting:
            if self._client is None:
                self._client = await loop.run_in_executor(self._threads, _translated, self._connect)
        return await loop.run_in_executor(self._threads, _translated, partial(call, self._client))


@asynccontextmanager
async def open_bigquery(project: str, url: str) -> AsyncIterator[BigQueryApi]:
    """BigQuery for queries of that project. It connects when it is first asked.

    A `url` without TLS is an emulator on this machine, or the sandbox's: no credentials are looked for.
    """
    threads = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="bigquery")
    api = BigQueryApi(partial(_connected, project, url), threads)
    try:
        yield api
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        api.close()


def _connected(project: str, url: str) -> Client:
    credentials: Credentials = AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth has no annotation there
    if not url.startswith("http://"):
        credentials, _ = google.auth.default(scopes=Client.SCOPE)
    options = ClientOptions(api_endpoint=url) if url else None
    return Client(project, credentials=credentials, client_options=options, location=_LOCATION)


class _Missing(SourceRejected):
    """There is no such job, or no such table."""


class _Exists(SourceRejected):
    """A job of that id was begun before."""


def _translated(call: Callable[[], T]) -> T:
    try:
        return call()
    except exceptions.GoogleAPIError as error:
        raise _of_google(error) from error
    except GoogleAuthError as error:
        if isinstance(error, DefaultCredentialsError | RefreshError) and not error.retryable:
            raise _no_access(f"cannot be asked without credentials that hold: {error}") from error
        raise SourceUnavailable(f"Google does not answer for the credentials: {error}") from error
    except (RequestException, TimeoutError, ValueError, KeyError) as error:
        # The last two: Google's client reads an answer that is no JSON, or lacks what it needs, without a look.
        raise SourceUnavailable(f"BigQuery did not answer: {error!r}") from error


def _of_google(error: exceptions.GoogleAPIError) -> SourceUnavailable | SourceRejected | Refused:
    """What BigQuery says, as an error of ours."""
    reason, said = _told(error)
    ours: SourceUnavailable | SourceRejected | Refused
    match error:
        case exceptions.NotFound():
            ours = _Missing(f"BigQuery does not have it: {said}")
        case exceptions.Conflict():
            ours = _Exists(f"BigQuery has it already: {said}")
        case exceptions.Unauthorized():
            ours = _no_access(f"does not take the credentials: {said}")
        case exceptions.Forbidden() if reason in _NO_ACCESS:
            ours = _no_access(f"refused ({reason}): {said}")
        case exceptions.Forbidden():
            ours = SourceUnavailable(f"BigQuery refused ({reason}): {said}")
        case exceptions.BadRequest() if reason == _TOO_MANY_BYTES:
            ours = Refused(Check.BILLED, f"BigQuery ended the query: {said}")
        case exceptions.BadRequest():
            ours = SourceRejected(f"BigQuery does not understand the query: {said}")
        case _:
            ours = SourceUnavailable(f"BigQuery answers with an error: {said}")
    return ours


def _told(error: exceptions.GoogleAPIError) -> tuple[str, str]:
    """The reason, and the message without address and job that Google's client adds to it."""
    told: Mapping[str, Any] = {}
    if isinstance(error, exceptions.GoogleAPICallError):
        told = next((each for each in error.errors if isinstance(each, dict)), {})
    return str(told.get("reason", "")), str(told.get("message") or error)


def _no_access(what: str) -> Refused:
    """Nobody is served by waiting: somebody must change what the message says."""
    return Refused(
        Check.ACCESS,
        f"BigQuery {what.rstrip('.')}. The service account that GOOGLE_APPLICATION_CREDENTIALS names needs the role "
        "roles/bigquery.jobUser in the project STELLARMAP_BIGQUERY_PROJECT, which needs the BigQuery API and billing.",
    )


def _failure(error: Mapping[str, Any]) -> SourceUnavailable | SourceRejected | Refused:
    """What ended a job without an answer."""
    reason, message = str(error.get("reason", "")), str(error.get("message", ""))
    if reason == _TOO_MANY_BYTES:
        return Refused(Check.BILLED, f"BigQuery ended the query: {message}")
    if reason in _NO_ACCESS:
        return _no_access(f"ended the query ({reason}): {message}")
    if reason in {"invalidQuery", "invalid", "notFound"}:
        return SourceRejected(f"BigQuery does not understand the query: {message}")
    return SourceUnavailable(f"BigQuery ended the query ({reason}): {message}")
