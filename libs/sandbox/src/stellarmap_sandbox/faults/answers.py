"""Answers that a fault gives in place of the network's."""

from collections.abc import Callable
from math import ceil
from random import Random
from typing import Final

import msgspec
from starlette.responses import Response

from stellarmap_sandbox.bigquery import refusals
from stellarmap_sandbox.bigquery.jobs import Trouble
from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from stellarmap_sandbox.horizon import problems
from stellarmap_sandbox.horizon.problems import Problem
from stellarmap_sandbox.horizon.throttle import BURST

_UNAVAILABLE: Final[tuple[Callable[[], Problem], ...]] = (
    problems.over_capacity,
    problems.still_ingesting,
    problems.stale_history,
)
_PLAIN: Final = {Kind.RATE_LIMITED_BARE: problems.rate_limited, Kind.SERVER_ERROR: problems.server_error}
_OF_EXPERT: Final = {429: "Too many requests.", 500: "Internal server error.", 503: "Service unavailable."}
_OF_BIGQUERY: Final[dict[int, Callable[[], refusals.Refused]]] = {
    429: refusals.rate_limited,  # which is a 403 there
    500: refusals.internal_error,
    503: refusals.backend_error,
}
_OF_JOBS: Final = {Kind.QUOTA_EXCEEDED: refusals.quota_exceeded, Kind.ACCESS_DENIED: refusals.access_denied}
_ENDS: Final = (
    ("backendError", "Error encountered during execution. Retrying may solve the problem."),
    ("internalError", "An internal error occurred and the request could not be completed."),
)


def refusal(fault: Fault, source: Source, random: Random, *, stream: bool) -> Response | None:
    """The answer in place of the network's; None for a fault that needs the network's answer, or gives none."""
    match fault.kind:
        case Kind.RATE_LIMITED:
            # Horizon's refusal of a stream says nothing of the limit, BigQuery's says nothing at all.
            silent = stream or source is Source.BIGQUERY
            return _refused(problems.rate_limited(), source, {} if silent else _limit(fault.lasts_s or 0))
        case Kind.RATE_LIMITED_BARE | Kind.SERVER_ERROR:
            return _refused(_PLAIN[fault.kind](), source)
        case Kind.UNAVAILABLE:
            wait = {} if fault.lasts_s is None else {"Retry-After": str(ceil(fault.lasts_s))}
            return _refused(random.choice(_UNAVAILABLE)(), source, wait)
        case Kind.GATEWAY_TIMEOUT:
            return Response(status_code=504)
        case Kind.QUOTA_EXCEEDED | Kind.ACCESS_DENIED:
            return _OF_JOBS[fault.kind]().response()
    return None


def job_trouble(fault: Fault, random: Random) -> Trouble | None:
    """What the fault does to a job that is begun; None for a fault of requests."""
    match fault.kind:
        case Kind.SLOW_JOB:
            return Trouble(runs_s=fault.lasts_s or 0)
        case Kind.JOB_FAILED:
            return Trouble(error=random.choice(_ENDS))
        case Kind.BYTES_TIMES:
            return Trouble(times=fault.factor or 1)
    return None


def _refused(problem: Problem, source: Source, headers: dict[str, str] | None = None) -> Response:
    if source is Source.HORIZON:
        return problem.response(headers)
    if source is Source.BIGQUERY:
        return _OF_BIGQUERY[problem.status]().response(headers)
    body = {"error": _OF_EXPERT[problem.status], "status": problem.status}
    return Response(msgspec.json.encode(body), problem.status, headers, media_type="application/json; charset=utf-8")


def _limit(seconds: float) -> dict[str, str]:
    wait = str(ceil(seconds))
    return {
        "X-Ratelimit-Limit": str(BURST),
        "X-Ratelimit-Remaining": "0",
        "X-Ratelimit-Reset": wait,
        "Retry-After": wait,
    }
