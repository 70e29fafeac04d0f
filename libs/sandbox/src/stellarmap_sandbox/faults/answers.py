"""Answers that a fault gives in place of the network's."""

from collections.abc import Callable
from math import ceil
from random import Random
from typing import Final

import msgspec
from starlette.responses import Response

from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from stellarmap_sandbox.horizon import problems
from stellarmap_sandbox.horizon.problems import Problem
from stellarmap_sandbox.horizon.throttle import BURST

_UNAVAILABLE: Final[tuple[Callable[[], Problem], ...]] = (
    problems.over_capacity,
    problems.still_ingesting,
    problems.stale_history,
)
_OF_EXPERT: Final = {429: "Too many requests.", 500: "Internal server error.", 503: "Service unavailable."}


def refusal(fault: Fault, source: Source, random: Random, *, stream: bool) -> Response | None:
    """The answer in place of the network's; None for a fault that needs the network's answer, or gives none."""
    match fault.kind:
        case Kind.RATE_LIMITED:
            # Horizon's refusal of a stream says nothing of the limit.
            return _refused(problems.rate_limited(), source, {} if stream else _limit(fault.lasts_s or 0))
        case Kind.RATE_LIMITED_BARE:
            return _refused(problems.rate_limited(), source)
        case Kind.SERVER_ERROR:
            return _refused(problems.server_error(), source)
        case Kind.UNAVAILABLE:
            wait = {} if fault.lasts_s is None else {"Retry-After": str(ceil(fault.lasts_s))}
            return _refused(random.choice(_UNAVAILABLE)(), source, wait)
        case Kind.GATEWAY_TIMEOUT:
            return Response(status_code=504)
    return None


def _refused(problem: Problem, source: Source, headers: dict[str, str] | None = None) -> Response:
    if source is Source.HORIZON:
        return problem.response(headers)
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
