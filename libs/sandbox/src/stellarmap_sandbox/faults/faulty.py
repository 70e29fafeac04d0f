"""Horizon, Stellar Expert and BigQuery with something wrong: what stands between the network's answer and the wire."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from stellarmap_common.ports.clock import Clock
from stellarmap_sandbox.bigquery.app import TROUBLE
from stellarmap_sandbox.faults import bodies
from stellarmap_sandbox.faults.answers import job_trouble, refusal
from stellarmap_sandbox.faults.fault import Kind, Source
from stellarmap_sandbox.faults.switched import Asked, Faults, Strike
from stellarmap_sandbox.faults.wire import Line, Whole, answer_of, line_of
from stellarmap_sandbox.world import ELDER_LEDGER, World

_LISTS: Final = frozenset({"payments", "operations", "effects", "transactions", "ledgers", "assets"})
_PIECES: Final = 20


class Faulty:
    """Wraps one of the network's apps; without a fault it costs a look at an empty list."""

    def __init__(self, app: ASGIApp, source: Source, faults: Faults, *, world: World, clock: Clock) -> None:
        self._app = app
        self._source = source
        self._faults = faults
        self._world = world
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._faults.any:
            await self._app(scope, receive, send)
            return
        asked = _asked(scope, self._source)
        cut, strike = self._faults.strike(asked)
        if cut is not None:
            scope = {**scope, ELDER_LEDGER: cut}
        if strike is None:
            await self._app(scope, receive, send)
            return
        trouble = job_trouble(strike.fault, strike.random)
        if trouble is not None:
            await self._app({**scope, TROUBLE: trouble}, receive, send)
            return
        refused = refusal(strike.fault, self._source, strike.random, stream=asked.stream)
        if refused is not None:
            await refused(scope, receive, send)
            return
        if strike.fault.kind is Kind.TIMEOUT:
            async with line_of(scope, receive, send, world=self._world, clock=self._clock) as line:
                await line.wait(strike.fault.lasts_s or 0)
                await line.close()
            return
        whole = await answer_of(self._app, scope, receive)
        async with line_of(scope, receive, send, world=self._world, clock=self._clock) as line:
            await self._broken(strike, whole, line, receive)

    async def _broken(self, strike: Strike, whole: Whole, line: Line, receive: Receive) -> None:
        """The answer, broken as the fault says; unbroken where it is nothing that this fault could break."""
        match strike.fault.kind:
            case Kind.SLOW_DRIP if whole.body:
                await _drip(whole, line, strike.fault.lasts_s or 0)
                return
            case Kind.RESET if whole.body:
                await line.begin(whole)
                await line.go_on(bodies.half(whole))
                await line.reset()
                return
        changed = await self._changed(strike, whole, line.scope, receive)
        if changed is None:
            strike.missed()
        await line.whole(changed or whole)

    async def _changed(self, strike: Strike, whole: Whole, scope: Scope, receive: Receive) -> Whole | None:
        """Another whole answer; None where the fault changes nothing."""
        match strike.fault.kind:
            case Kind.TRUNCATED_JSON if whole.body:
                return whole.replaced(bodies.half(whole))
            case Kind.WRONG_JSON if whole.status == bodies.OK:
                return bodies.of_another_kind(whole, strike.random)
            case Kind.OUT_OF_ORDER:
                return bodies.shuffled(whole, strike.random)
            case Kind.EMPTY_PAGE_NEXT:
                return bodies.starting_again(whole)
            case Kind.REPEATED_CURSOR:
                return await self._first_page(scope, receive)
        return None

    async def _first_page(self, scope: Scope, receive: Receive) -> Whole | None:
        """The first page of the list; None where it goes on after the cursor that was asked for."""
        query = dict(parse_qsl(scope["query_string"].decode()))
        cursor = query.pop("cursor", "")
        if not cursor or query.get("order") == "desc":
            return None
        first = await answer_of(self._app, {**scope, "query_string": urlencode(query).encode()}, receive)
        return first if bodies.repeats(first, cursor) else None


async def _drip(whole: Whole, line: Line, seconds: float) -> None:
    await line.begin(whole)
    pieces = bodies.pieces(whole.body, _PIECES)
    for piece in pieces:
        if not await line.wait(seconds / len(pieces)):
            await line.close()
            return
        await line.go_on(piece)
    await line.go_on(b"", more=False)


def _asked(scope: Scope, source: Source) -> Asked:
    path: str = scope["path"]
    accept = dict(scope["headers"]).get(b"accept", b"")
    horizon, stream = source is Source.HORIZON, b"text/event-stream" in accept
    listing = horizon and path.rstrip("/").rpartition("/")[2] in _LISTS
    job = source is Source.BIGQUERY and scope["method"] == "POST" and path.endswith("/jobs")
    return Asked(source, path, page=listing and not stream, stream=listing and stream, job=job)
