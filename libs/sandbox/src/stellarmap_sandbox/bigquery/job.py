"""One job: what was asked, what became of it, and how BigQuery describes it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from stellarmap_sandbox.bigquery.parameters import Values, values_of
from stellarmap_sandbox.bigquery.queries import LABEL, HubbleQuery, query_of
from stellarmap_sandbox.bigquery.refusals import Refused, invalid, invalid_query, of_job
from stellarmap_sandbox.bigquery.scans import Scan
from stellarmap_sandbox.bigquery.tables import Column

LOCATION: Final = "US"
_STOPPED: Final = "stopped"
_CANCELLED: Final = "Job execution was cancelled: User requested cancellation"


@dataclass(frozen=True, slots=True)
class Order:
    """What a job is asked to do."""

    query: HubbleQuery
    values: Values
    text: str  # of the query, its parameters and nothing else: the same one has the same answer
    dry: bool
    cached: bool  # a former answer will do
    most_bytes: int | None  # billed at most
    timeout_s: float | None
    sent: dict[str, Any]  # the configuration as it came


def order_of(configuration: object) -> Order:
    """The order of a job's configuration. Raises: Refused."""
    if not isinstance(configuration, dict) or not isinstance(configuration.get("query"), dict):
        raise invalid("Job configuration must contain exactly one job-specific configuration object, e.g. query")
    asked = configuration["query"]
    if not asked.get("query"):
        raise invalid_query("Required parameter is missing: query")
    if asked.get("useLegacySql", True):
        raise invalid_query("This Hubble is asked in GoogleSQL alone: set useLegacySql to false")
    query = query_of((configuration.get("labels") or {}).get(LABEL))
    parameters = asked.get("queryParameters") or []
    most, timeout = asked.get("maximumBytesBilled"), configuration.get("jobTimeoutMs")
    try:
        return Order(
            query=query,
            values=values_of(parameters, query.parameters),
            text=f"{asked['query']}\n{msgspec.json.encode(parameters, order='sorted').decode()}",
            dry=bool(configuration.get("dryRun")),
            cached=bool(asked.get("useQueryCache", True)),
            most_bytes=None if most is None else int(most),
            timeout_s=None if timeout is None else int(timeout) / 1_000,
            sent=configuration,
        )
    except ValueError as error:
        raise invalid(f"Invalid value in the configuration of the job: {error}") from error


@dataclass(slots=True, kw_only=True)
class Job:
    """A query job. It runs until it has an end."""

    project: str
    job_id: str
    order: Order
    scans: tuple[Scan, ...]
    columns: tuple[Column, ...]
    table: str  # its answer's, in a dataset nobody lists
    read: int  # bytes of its scans
    would_bill: int
    began_at: datetime
    cache_hit: bool = False
    billed: int = 0
    ended_at: datetime | None = None
    error: tuple[str, str] | None = None  # reason and message
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, now: datetime, *, billed: int = 0, error: tuple[str, str] | None = None) -> None:
        """The job is done; what ended it first stays."""
        if self.ended_at is None:
            self.ended_at, self.billed, self.error = now, billed, error
            self.ended.set()

    def cancel(self, now: datetime) -> None:
        """The job is done, by whoever asked for it."""
        self.end(now, error=(_STOPPED, _CANCELLED))

    def refusal(self) -> Refused | None:
        """What asking for its answer is answered with, if it failed."""
        return of_job(*self.error) if self.error else None

    @property
    def destination(self) -> dict[str, str]:
        """The table of its answer."""
        return {"projectId": self.project, "datasetId": DATASET, "tableId": self.table}

    def reference(self) -> dict[str, str]:
        """Its id as BigQuery writes it."""
        return {"projectId": self.project, "jobId": self.job_id, "location": LOCATION}

    def resource(self) -> dict[str, Any]:
        """The job as BigQuery describes it."""
        sent = self.order.sent
        query = {
            "priority": "INTERACTIVE",
            "parameterMode": "NAMED",
            **sent["query"],
            "destinationTable": self.destination,
        }
        return {
            "kind": "bigquery#job",
            "etag": self.table,
            "id": f"{self.project}:{LOCATION}.{self.job_id}",
            "user_email": "sandbox@stellarmap.example",
            "jobReference": self.reference(),
            "configuration": {**sent, "jobType": "QUERY", "query": query},
            "statistics": self._statistics(),
            "status": self._status(),
        }

    @property
    def state(self) -> str:
        """Where it is."""
        return "RUNNING" if self.ended_at is None else "DONE"

    def _status(self) -> dict[str, Any]:
        if self.error is None:
            return {"state": self.state}
        error = dict(zip(("reason", "message"), self.error, strict=True))
        return {"state": self.state, "errorResult": error, "errors": [error]}

    def _statistics(self) -> dict[str, Any]:
        read = str(0 if self.cache_hit else self.read)
        times = {"creationTime": self.began_at, "startTime": self.began_at, "endTime": self.ended_at}
        query: dict[str, Any] = {
            "statementType": "SELECT",
            "totalBytesProcessed": read,
            "totalBytesBilled": str(self.billed),
            "cacheHit": self.cache_hit,
            "referencedTables": [scan.table.reference for scan in self.scans],
        }
        if self.order.dry:
            query["schema"] = {"fields": [column.resource() for column in self.columns]}
            query["totalBytesProcessedAccuracy"] = "PRECISE"
        told = {name: str(int(time.timestamp() * 1_000)) for name, time in times.items() if time}
        return {**told, "totalBytesProcessed": read, "query": query}


DATASET: Final = "_stellarmap_answers"
