"""What every route of Horizon does alike: methods, content types, limits, errors, pages and streams."""

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from stellarmap_sandbox.horizon.pages import ReadPage, page_body
from stellarmap_sandbox.horizon.problems import Problem, not_acceptable, rate_limited, still_ingesting
from stellarmap_sandbox.horizon.query import page_query
from stellarmap_sandbox.horizon.root import root_record
from stellarmap_sandbox.horizon.streams import EVENT_STREAM, stream
from stellarmap_sandbox.horizon.throttle import Throttle
from stellarmap_sandbox.horizon.view import Record, View
from stellarmap_sandbox.world import ELDER_LEDGER, World

HAL_JSON: Final = "application/hal+json; charset=utf-8"
_ACCEPTED: Final = ("*/*", "application/*", "application/json", "application/hal+json", "text/event-stream")

ReadRecord = Callable[[Request, View], Record]
ReadList = Callable[[Request, View], ReadPage]


class Answering:
    """Makes ASGI endpoints of functions that read a record or a page."""

    def __init__(self, world: World, throttle: Throttle, stream_seconds: float) -> None:
        self._world = world
        self._throttle = throttle
        self._stream_seconds = stream_seconds

    def record(self, read: ReadRecord) -> "Endpoint":
        """The endpoint of one record."""
        return Endpoint(self, lambda request: _hal(read(request, self._view(request))))

    def listing(self, read: ReadList) -> "Endpoint":
        """The endpoint of a list: a page, or a stream where that is what the client accepts."""

        def answer(request: Request) -> Response:
            view = self._view(request)
            read_page = read(request, view)
            query = page_query(request, view)
            if not _streams(request):
                return _hal(page_body(view, query, read_page(query)))
            events = stream(read_page, query, self._world.next_ledger, self._stream_seconds)
            return StreamingResponse(events, media_type=EVENT_STREAM, headers={"Cache-Control": "no-cache"})

        return Endpoint(self, answer)

    def root(self) -> "Endpoint":
        """The endpoint of the root, which answers while the network is being made, too."""

        def answer(request: Request) -> Response:
            network = self._world.network
            latest = network.ledger if network else 0
            elder = max(self._elder(request), 1) if network and self._world.elder_known else 0
            return _hal(root_record(self._world.spec, _base(request), latest=latest, elder=elder))

        return Endpoint(self, answer)

    def answer(self, request: Request, respond: Callable[[Request], Response]) -> Response:
        """The response, or the problem in its place, with the headers of the limit."""
        verdict = self._throttle.ask(request.client.host if request.client else "")
        try:
            if not verdict.allowed:
                raise rate_limited()
            if request.method != "GET":
                return Response(status_code=405, headers=verdict.headers)
            if not _acceptable(request.headers.get("accept", "")):
                raise not_acceptable()
            response = respond(request)
        except Problem as problem:
            silent = not verdict.allowed and _streams(
                request
            )  # Horizon's refusal of a stream says nothing of the limit
            return problem.response({} if silent else verdict.headers)
        response.headers.update(verdict.headers)
        if self._world.network:
            response.headers["Latest-Ledger"] = str(self._world.network.ledger)
        return response

    def problem(self, request: Request, problem: Problem) -> Response:
        """The problem, whatever was asked."""

        def refuse(_: Request) -> Response:
            raise problem

        return self.answer(request, refuse)

    def _view(self, request: Request) -> View:
        if self._world.network is None:
            raise still_ingesting()
        return View(self._world.network, self._elder(request), _base(request))

    def _elder(self, request: Request) -> int:
        elder: int = request.scope.get(ELDER_LEDGER, self._world.elder_ledger)
        return elder


class Endpoint:
    """An ASGI app for all methods: the framework would answer HEAD, which Horizon does not."""

    def __init__(self, answering: Answering, respond: Callable[[Request], Response]) -> None:
        self._answering = answering
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._answering.answer(Request(scope, receive), self._respond)
        await response(scope, receive, send)


def _streams(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


def _hal(record: Record) -> Response:
    return Response(msgspec.json.encode(record), media_type=HAL_JSON)


def _base(request: Request) -> str:
    """Where links point: at the name the client used, and below where this app is mounted."""
    host = request.headers.get("host") or request.url.netloc
    return f"{request.url.scheme}://{host}{request.scope.get('root_path', '')}"


def _acceptable(accept: str) -> bool:
    offered = [part.split(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    return not offered or any(part in _ACCEPTED for part in offered)
