"""Every refusal and failure as RFC 9457 problem+json: the one place where errors become HTTP."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from stellarmap_common.domain.address_text import redact_seeds
from stellarmap_common.errors import (
    DiskFull,
    NetworkReset,
    NotFound,
    PermanentError,
    RateLimited,
    SourceRejected,
    SourceUnavailable,
    StellarmapError,
    StoreUnavailable,
    TransientError,
)
from stellarmap_gateway.schemas.problem import FieldProblem, Problem, WayOut

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
MAX_FIELDS = 20
REQUEST_ID = "request_id"  # key in the ASGI state
_SHOWN_IN_MINUTES_S = 90
AMOUNT_ADVICE = "Write digits, with a point before decimals: 12.5. No amount is larger than 922337203685.4775807."


class ApiProblem(StellarmapError):
    """A refusal. `type_` is stable and part of the contract; the message is for people and repeats no input."""

    def __init__(  # noqa: PLR0913 - the fields of RFC 9457
        self,
        status: HTTPStatus,
        type_: str,
        detail: str,
        *,
        advice: str,
        title: str | None = None,
        retry_after_s: float | None = None,
        errors: Sequence[FieldProblem] = (),
        way_out: WayOut | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.type_ = type_
        self.title = title or status.phrase
        self.detail = detail
        self.advice = advice
        self.retry_after_s = retry_after_s
        self.errors = list(errors)
        self.way_out = way_out
        self.headers = dict(headers or {})


class Missing(ApiProblem, NotFound):
    """404: what the path names does not exist here."""

    def __init__(self, type_: str, detail: str, *, advice: str, way_out: WayOut | None = None) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, type_, detail, advice=advice, way_out=way_out)


def unprocessable(type_: str, detail: str, *, advice: str, where: str | None = None) -> ApiProblem:
    """422: understood, but it cannot be answered as it stands."""
    errors = [FieldProblem(where=where, message=detail)] if where else []
    return ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, type_, detail, advice=advice, errors=errors)


def too_many(detail: str, retry_after_s: float, *, beside: str = "") -> ApiProblem:
    """429 with Retry-After; `beside`: what there is instead of asking so often."""
    minutes = math.ceil(retry_after_s / 60)
    wait = f"{math.ceil(retry_after_s)} s" if retry_after_s < _SHOWN_IN_MINUTES_S else f"{minutes} min"
    return ApiProblem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate-limited",
        detail,
        advice=f"Ask again in {wait}. {beside}".rstrip(),
        retry_after_s=retry_after_s,
    )


def unauthorized() -> ApiProblem:
    """401: the admin token is missing, or is another."""
    return ApiProblem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        "This needs the admin token of this installation.",
        advice="Send it as `Authorization: Bearer …`. `stellarmap up` says in which file it stands.",
        headers={"www-authenticate": 'Bearer realm="stellarmap"'},
    )


def too_large() -> ApiProblem:
    """413."""
    return ApiProblem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", "A body may have 256 KiB.", advice="Send it in parts."
    )


def network_was_reset(detail: str, way_out: WayOut | None = None) -> ApiProblem:
    """410: nothing of an epoch that is over is mapped any more."""
    return ApiProblem(
        HTTPStatus.GONE,
        "network-reset",
        detail,
        title="The network was reset",
        advice="What was mapped of it stays readable. Ask under the network's name, which means its present epoch.",
        way_out=way_out,
    )


def secret_seed() -> ApiProblem:
    """422 for an S… seed anywhere in an address. The seed is not repeated, logged or kept."""
    return unprocessable(
        "secret-seed",
        "This contains a secret seed (S…), which gives full control of an account. It was not stored, logged or sent on.",
        advice="Never paste a seed anywhere; look up the account by its address (G…). Move its funds if it was exposed.",
    )


def seed_begun() -> ApiProblem:
    """422 for what may be an S… seed, or the start of one, where the start of something is looked for. It is not repeated."""
    return unprocessable(
        "secret-seed",
        "This may be a secret seed (S…), or a part of one: it was not looked for, stored, logged or sent on.",
        advice="Never type a seed anywhere. Look for the start of an address (G…), of a tag, or of a domain with its dot.",
    )


DEFAULT_RETRY_S = 2.0
_AGAIN = "Try again; GET /api/v1/health says more."


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of error is told. Without a sentence its own is: it speaks of a source, never of this machine."""

    error: type[StellarmapError]
    status: HTTPStatus
    type_: str
    advice: str
    detail: str | None = None


_KINDS = (
    _Kind(NotFound, HTTPStatus.NOT_FOUND, "not-found", "Check the path.", "There is nothing here."),
    _Kind(
        RateLimited, HTTPStatus.SERVICE_UNAVAILABLE, "source-rate-limited", "The source's limit is used up; try later."
    ),
    _Kind(
        DiskFull,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "disk-full",
        "Free some disk space on this machine, and it goes on by itself; then ask again. Reading goes on meanwhile.",
        "The disk of this installation is full, so nothing new can be stored. What was acknowledged is kept.",
    ),
    _Kind(
        StoreUnavailable,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "store-unavailable",
        _AGAIN,
        "The store does not answer now. What was acknowledged is kept.",
    ),
    _Kind(SourceUnavailable, HTTPStatus.BAD_GATEWAY, "source-unavailable", _AGAIN),
    _Kind(
        TransientError,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        _AGAIN,
        "A part of this system does not answer now.",
    ),
    _Kind(SourceRejected, HTTPStatus.UNPROCESSABLE_ENTITY, "refused", "Trying it again changes nothing."),
    _Kind(
        PermanentError,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "refused",
        "Change the request: trying it again changes nothing.",
        "This cannot be done.",
    ),
)


def as_problem(error: StellarmapError) -> ApiProblem:
    """What a client is told about an error of ours. Details of sources and store stay inside; their kind does not."""
    if isinstance(error, ApiProblem):
        return error
    if isinstance(error, NetworkReset):  # while it was being asked
        return network_was_reset(str(error))
    for kind in _KINDS:
        if isinstance(error, kind.error):
            wait_s = (error.retry_after_s or DEFAULT_RETRY_S) if isinstance(error, TransientError) else None
            detail = kind.detail or redact_seeds(str(error))
            return ApiProblem(kind.status, kind.type_, detail, advice=kind.advice, retry_after_s=wait_s)
    return internal()


def internal() -> ApiProblem:
    """500: a bug of ours."""
    return ApiProblem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "The gateway met an error it does not know. What is stored is not affected.",
        advice="Report it with the request id.",
    )


def problem_response(problem: ApiProblem, request_id: str) -> Response:
    """The problem as an answer."""
    body = Problem(
        type=problem.type_,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        request_id=request_id,
        advice=problem.advice,
        retry_after_s=problem.retry_after_s,
        errors=problem.errors,
        way_out=problem.way_out,
    )
    headers = {"cache-control": "no-store", **problem.headers}
    if problem.retry_after_s is not None:
        headers["retry-after"] = str(max(1, math.ceil(problem.retry_after_s)))
    return Response(body.model_dump_json(), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def request_id_of(request: Request) -> str:
    """The id this request is known by in answers and logs."""
    return str(request.scope.get("state", {}).get(REQUEST_ID, ""))


async def _on_error(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, StellarmapError) else internal()
    problem, request_id = as_problem(known), request_id_of(request)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:  # the answer says less: it is not the client's to mend
        log.warning("part_unavailable", request_id=request_id, error=str(error))
    return problem_response(problem, request_id)


async def _on_validation(request: Request, error: Exception) -> Response:
    problems = error.errors() if isinstance(error, RequestValidationError) else ()
    errors = [FieldProblem(where=_place(each), message=_said(each)) for each in problems[:MAX_FIELDS]]
    refused = ApiProblem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        "Part of the request has a value it cannot have.",
        advice="See `errors`, and /api/v1/openapi.json for what is allowed.",
        errors=errors,
    )
    return problem_response(refused, request_id_of(request))


def _place(each: Mapping[str, Any]) -> str:
    """Where it is wrong; a name that we do not know was made up by the client, so it is not repeated."""
    known = each["loc"][:-1] if each["type"] == "extra_forbidden" else each["loc"]
    return ".".join(map(str, known))


def _said(each: Mapping[str, Any]) -> str:
    """What is wrong, by the problem's type: a message of pydantic may quote what was sent, and its `input` does."""
    if each["type"] == "json_invalid":
        return "The body is not JSON."
    if each["type"] == "extra_forbidden":
        return "There is no such field."
    return str(each["type"]).replace("_", " ") + _limits(each.get("ctx"))


def _limits(context: object) -> str:
    if not isinstance(context, Mapping):
        return ""
    told = ", ".join(f"{name} {value}" for name, value in context.items() if isinstance(value, int | float))
    return f" ({told})" if told else ""


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return problem_response(internal(), request_id_of(request))
    status = HTTPStatus(error.status_code)
    type_, detail, advice = _HTTP.get(status, (status.phrase.lower().replace(" ", "-"), status.phrase + ".", _CONTRACT))
    refused = ApiProblem(status, type_, detail, advice=advice, headers=error.headers)
    return problem_response(refused, request_id_of(request))


_CONTRACT = "See /api/v1/openapi.json."
_HTTP: dict[HTTPStatus, tuple[str, str, str]] = {
    HTTPStatus.BAD_REQUEST: ("unreadable", "The request cannot be read.", "Send JSON in UTF-8."),
    HTTPStatus.NOT_FOUND: ("no-such-path", "There is nothing at this path.", _CONTRACT),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", "This path has other methods.", "See the Allow header."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too-large", "A body may have 256 KiB.", "Send it in parts."),
}


def install(app: FastAPI) -> None:
    """Afterwards every error of the app is answered as problem+json."""
    app.add_exception_handler(StellarmapError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_error)
