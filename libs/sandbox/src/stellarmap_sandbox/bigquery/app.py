"""BigQuery's routes, as far as Google's client needs them to ask Hubble."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stellarmap_sandbox.bigquery.answers import MOST_ROWS, Answer, rest_rows
from stellarmap_sandbox.bigquery.job import DATASET, LOCATION, Job
from stellarmap_sandbox.bigquery.jobs import NO_TROUBLE, Jobs
from stellarmap_sandbox.bigquery.refusals import Refused, invalid, no_job, no_table
from stellarmap_sandbox.bigquery.scans import bytes_of_table, rows_of
from stellarmap_sandbox.bigquery.tables import PROJECT, TABLES, Column

TROUBLE: Final = "stellarmap.job_trouble"
"""Key of an ASGI scope: what a fault does to the job that this request begins."""

_WAITED_S: Final = 10.0  # for a job, where the client does not say
_LONGEST_WAIT_S: Final = 200.0
_MOST_BYTES: Final = 10 << 20
_ROOT: Final = "/bigquery/v2/projects/{project}"
_LISTED: Final = 50

Endpoint = Callable[[Request], Awaitable[Response]]


def bigquery_app(jobs: Jobs) -> Starlette:
    """The ASGI app that answers as BigQuery does."""
    of = _Routes(jobs)
    return Starlette(
        routes=[
            Route(f"{_ROOT}/jobs", of.begin, methods=["POST"]),
            Route(f"{_ROOT}/jobs", of.all_jobs),
            Route(f"{_ROOT}/jobs/{{job}}", of.job),
            Route(f"{_ROOT}/jobs/{{job}}/cancel", of.cancel, methods=["POST"]),
            Route(f"{_ROOT}/queries/{{job}}", of.results),
            Route(f"{_ROOT}/datasets/{{dataset}}/tables/{{table}}", of.table),
            Route(f"{_ROOT}/datasets/{{dataset}}/tables/{{table}}/data", of.data),
        ],
        exception_handlers={Refused: _refused, 404: _unknown, 405: _unknown},
    )


class _Routes:
    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def begin(self, request: Request) -> Response:
        body = await _body(request)
        job = await self._jobs.begin(request.path_params["project"], body, request.scope.get(TROUBLE, NO_TROUBLE))
        return _json(job.resource())

    async def all_jobs(self, request: Request) -> Response:
        found = self._jobs.all_of(request.path_params["project"])
        start, most = _span(request.query_params, _LISTED)
        token = {"nextPageToken": str(start + most)} if start + most < len(found) else {}
        listed = [{**job.resource(), "state": job.state} for job in found[start : start + most]]
        return _json({"kind": "bigquery#jobList", "etag": "", "jobs": listed, **token})

    async def job(self, request: Request) -> Response:
        return _json(self._job(request).resource())

    async def cancel(self, request: Request) -> Response:
        self._job(request)
        job = self._jobs.cancel(request.path_params["project"], request.path_params["job"])
        return _json({"kind": "bigquery#jobCancelResponse", "job": job.resource()})

    async def results(self, request: Request) -> Response:
        """The answer, if the job ends within `timeoutMs`."""
        job, query = self._job(request), request.query_params
        told = {"kind": "bigquery#getQueryResultsResponse", "etag": job.table, "jobReference": job.reference()}
        wait_s = min(_number(query, "timeoutMs", int(_WAITED_S * 1_000)) / 1_000, _LONGEST_WAIT_S)
        if not await self._jobs.ended(job, wait_s):
            return _json({**told, "jobComplete": False})
        if refusal := job.refusal():
            raise refusal
        answer = self._jobs.answer(job.project, job.table)
        return _json(
            {
                **told,
                "jobComplete": True,
                "schema": {"fields": [column.resource() for column in answer.columns]},
                "totalBytesProcessed": str(0 if job.cache_hit else job.read),
                "cacheHit": job.cache_hit,
                **await _page(answer, query),
            }
        )

    async def data(self, request: Request) -> Response:
        """Rows of an answer's table."""
        project, dataset, table = (request.path_params[name] for name in ("project", "dataset", "table"))
        if dataset != DATASET:
            raise no_table(project, dataset, table)
        answer = self._jobs.answer(project, table)
        return _json({"kind": "bigquery#tableDataList", "etag": table, **await _page(answer, request.query_params)})

    async def table(self, request: Request) -> Response:
        """One of Hubble's tables, or that of an answer."""
        project, dataset, name = (request.path_params[part] for part in ("project", "dataset", "table"))
        if dataset == DATASET:
            answer = self._jobs.answer(project, name)
            reference = {"projectId": project, "datasetId": dataset, "tableId": name}
            return _json(_table(reference, answer.columns, rows=len(answer.places)))
        found = TABLES.get((dataset, name)) if project == PROJECT else None
        if found is None:
            raise no_table(project, dataset, name)
        moment = self._jobs.moment()
        size = await asyncio.to_thread(bytes_of_table, moment, found)
        rows = rows_of(moment, found, moment.all_days())
        parting = found.parting
        parted = {"timePartitioning": {"type": parting.by, "field": parting.column}} if parting else {}
        described = _table(found.reference, found.columns, rows=rows, size=size)
        return _json({**described, **parted, "clustering": {"fields": list(found.clustering)}})

    def _job(self, request: Request) -> Job:
        """The job of the request, which lives in one place. Raises: Refused."""
        project, job_id = request.path_params["project"], request.path_params["job"]
        if request.query_params.get("location", LOCATION).upper() != LOCATION:
            raise no_job(project, job_id)
        return self._jobs.job(project, job_id)


def _table(reference: dict[str, str], columns: Sequence[Column], *, rows: int, size: int = 0) -> dict[str, Any]:
    return {
        "kind": "bigquery#table",
        "etag": f"{reference['tableId']}-{rows}",
        "id": "{projectId}:{datasetId}.{tableId}".format(**reference),
        "tableReference": reference,
        "type": "TABLE",
        "location": LOCATION,
        "schema": {"fields": [column.resource() for column in columns]},
        "numBytes": str(size),
        "numRows": str(rows),
    }


async def _page(answer: Answer, query: QueryParams) -> dict[str, Any]:
    """The rows asked for; written in a thread, since they may be many."""
    total = len(answer.places)
    start, most = _span(query, MOST_ROWS)
    most = min(most, MOST_ROWS)
    exact = query.get("formatOptions.useInt64Timestamp", "").lower() == "true"
    rows = await asyncio.to_thread(
        lambda: rest_rows(answer.columns, answer.page(start, most), int64_timestamps=exact) if most else []
    )
    after = start + len(rows)
    token = {"pageToken": str(after)} if after < total else {}
    return {"totalRows": str(total), **token, **({"rows": rows} if rows else {})}


def _span(query: QueryParams, usual: int) -> tuple[int, int]:
    """Where a page begins, and how long it is: the token of the page before says more than an index."""
    start = _number(query, "pageToken", 0) or _number(query, "startIndex", 0)
    return start, _number(query, "maxResults", usual)


def _number(query: QueryParams, name: str, usual: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdecimal():
        raise invalid(f"Invalid value for {name}: {text} is no number")
    return int(text)


async def _body(request: Request) -> Any:  # noqa: ANN401 - JSON
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise Refused(400, "invalid", "Request payload size exceeds the limit: 10485760 bytes.")
    try:
        return msgspec.json.decode(bytes(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, "parseError", f"Parse Error: {error}") from error


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json; charset=UTF-8")


async def _refused(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)  # noqa: S101 - it is registered for nothing else
    return refused.response()


async def _unknown(request: Request, _error: Exception) -> Response:
    return Refused(404, "notFound", f"This Hubble has no {request.method} {request.url.path}").response()
