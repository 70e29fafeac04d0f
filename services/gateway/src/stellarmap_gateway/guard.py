"""Before and after every route: who may ask in which form, what headers every answer has, and that there is an answer."""

import asyncio
from http import HTTPStatus
from secrets import token_hex

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.front import SECURITY_HEADERS, host_allowed
from stellarmap_gateway.clients import Clients
from stellarmap_gateway.problems import REQUEST_ID, ApiProblem, internal, problem_response, too_large
from stellarmap_gateway.routers import MAX_BODY_BYTES, PREFIX

ANSWER_S = 30.0
MAX_TARGET_BYTES = 8 * 1024
MAX_HEADERS = 100
HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({b"same-origin", b"none"})  # none: no page, but the person
_NO_ROUTE = "none"

log = structlog.get_logger(__name__)


class Guard:
    """Wraps the whole app. Pure ASGI: it costs microseconds, and streams pass through it as they are."""

    def __init__(
        self, app: ASGIApp, *, hosts: frozenset[str] | None, clients: Clients, clock: Clock, metrics: Metrics
    ) -> None:
        self._app = app
        self._hosts = hosts  # None: any
        self._clients = clients
        self._clock = clock
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers; whatever goes wrong behind it becomes a problem with a request id."""
        if scope["type"] != "http":
            raise TypeError(f"an HTTP API has no {scope['type']}")
        began = self._clock.monotonic()
        answer = _Answer(send, secure=self._clients.secure(scope))
        scope.setdefault("state", {})[REQUEST_ID] = answer.request_id
        refusal = self._refusal(scope)
        if refusal is None:
            refusal = await self._answered(scope, receive, answer)
        if refusal is not None and not answer.status:
            await problem_response(refusal, answer.request_id)(scope, receive, answer.send)
        self._observe(scope, answer.status, self._clock.monotonic() - began)

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer") -> ApiProblem | None:
        """Lets the app answer; what to say instead, if it did not."""
        try:
            async with asyncio.timeout(ANSWER_S) as answer.limit:
                await self._app(scope, receive, answer.send)
        except TimeoutError:
            if answer.limit is not None and answer.limit.expired():
                return _too_slow()
            log.exception("request_failed", request_id=answer.request_id, path=_route(scope))
        except Exception:
            # The last place where it can be told: the client has its request id, the log has the rest.
            log.exception("request_failed", request_id=answer.request_id, path=_route(scope))
        else:
            return None
        return internal()

    def _refusal(self, scope: Scope) -> ApiProblem | None:
        if len(scope["path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
            return ApiProblem(
                HTTPStatus.REQUEST_URI_TOO_LONG,
                "too-long",
                "The address of this request is too long.",
                advice="It may have 8 KiB: send fewer parameters, or shorter ones.",
            )
        if len(scope["headers"]) > MAX_HEADERS:
            return ApiProblem(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too-many-headers",
                "Too many headers.",
                advice=f"Send {MAX_HEADERS} at most.",
            )
        headers = dict(scope["headers"])
        if not host_allowed(headers.get(b"host", b""), self._hosts):
            return _wrong_host()
        if scope["method"] not in _SAFE and _of_another_site(headers, direct=self._hosts is not None):
            return _other_site()
        return _refused_body(headers) if scope["method"] in _WITH_BODY and _has_body(headers) else None

    def _observe(self, scope: Scope, status: int, took_s: float) -> None:
        route = _route(scope)
        if not route.endswith("/events"):
            self._metrics.http_request_seconds.labels(route, str(status)).observe(took_s)


class _Answer:
    """What goes out: with the headers that every answer has, and the time limit lifted once it has begun."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._secure = secure
        self.request_id = token_hex(8)
        self.status = 0
        self.limit: asyncio.Timeout | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.limit is not None and not self.limit.expired():
                self.limit.reschedule(None)  # a stream may go on as long as it likes
            added = [*SECURITY_HEADERS, (b"x-request-id", self.request_id.encode())]
            if self._secure:
                added.append(HSTS)
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await self._send(message)


def _wrong_host() -> ApiProblem:
    return ApiProblem(
        HTTPStatus.MISDIRECTED_REQUEST,
        "host-not-allowed",
        "This installation does not answer under the name this request was sent to.",
        advice="Use localhost, or name it in the setting STELLARMAP_HTTP_ALLOWED_HOSTS.",
    )


def _of_another_site(headers: dict[bytes, bytes], *, direct: bool) -> bool:
    """True when a browser says that a page of a stranger sends this: it needs no cookie to reach a private address."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in _OWN_PAGES
    # Browsers leave it out where there is no TLS. What a proxy made of the host says nothing about the origin.
    origin = headers.get(b"origin")
    return direct and origin is not None and origin.partition(b"://")[2] != headers.get(b"host")


def _other_site() -> ApiProblem:
    return ApiProblem(
        HTTPStatus.FORBIDDEN,
        "other-site",
        "A page of another site may not change anything here.",
        advice="Send it from the pages of this installation, or from a program that is no browser.",
    )


def _too_slow() -> ApiProblem:
    return ApiProblem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too-slow",
        f"There was no answer within {ANSWER_S:.0f} s.",
        advice="Try again; GET /api/v1/health says more.",
        retry_after_s=ANSWER_S,
    )


def _refused_body(headers: dict[bytes, bytes]) -> ApiProblem | None:
    if _declared_bytes(headers) > MAX_BODY_BYTES:
        return too_large()
    if _is_json(headers.get(b"content-type", b"")):
        return None
    return ApiProblem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "not-json",
        "The body of this request is not declared as JSON.",
        advice="Send it with content-type: application/json.",
    )


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _declared_bytes(headers: dict[bytes, bytes]) -> int:
    """0 where it does not say: a body that comes in chunks is counted as it is read."""
    declared = headers.get(b"content-length", b"")
    return int(declared) if declared.isdigit() else 0


def _is_json(content_type: bytes) -> bool:
    kind = content_type.partition(b";")[0].strip().lower()
    return kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json"))


def _route(scope: Scope) -> str:
    """The template of the path, never the path: it may hold anything."""
    route = scope.get("route")
    return _NO_ROUTE if route is None else f"{PREFIX}{route.path}"  # a route knows its own router's part of the path
