"""One HTTP service behind one base URL: asked within its limit, repeated in place, its errors translated, its calls counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from prometheus_client import Counter

from stellarmap_common.adapters.stellar.http import Answer, LimitedHttp, NoAnswer
from stellarmap_common.adapters.stellar.limiter import LONGEST_HOLD_S
from stellarmap_common.adapters.stellar.retries import Retries
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited, SourceRejected, SourceUnavailable
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.horizon import Record
from stellarmap_common.ports.limits import Limiter

_SERVER_ERRORS = 500
_SLOW_DOWN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_SHOWN = 200  # characters of an error's body

Decoder = msgspec.json.Decoder[Any]
EVERYTHING: Decoder = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Which service is asked, and what people call it."""

    title: str  # "Horizon"
    base_url: str
    source: str  # its name in limits and metrics
    advice: str  # what to do when it does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What every source of a process shares."""

    http: LimitedHttp
    limiter: Limiter
    clock: Clock
    metrics: Metrics
    retries: Retries


class HttpSource:
    """A service. Its answers are decoded JSON; a 404 is an answer."""

    def __init__(self, wire: Wire, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._http = wire.http
        self._limiter = wire.limiter
        self._clock = wire.clock
        self._seconds = wire.metrics.source_request_seconds.labels(endpoint.source)
        self._requests = wire.metrics.source_requests
        self._outcomes: dict[str, Counter] = {}
        # wraps() copies the policy for each call: the state of one is per thread, and calls share ours
        self._get = wire.retries.policy(wire.clock).wraps(self._get_once)

    async def reserve(self, calls: int, lane: Lane, whose: str) -> None:
        """Takes the permissions for this task's next calls. Raises: RateLimited."""
        await self._limiter.reserve(self.endpoint.source, lane, calls, whose=whose)

    async def get(self, path: str, lane: Lane, decoder: Decoder = EVERYTHING) -> Any | None:  # noqa: ANN401 - JSON
        """The decoded answer; None for a 404. Raises: RateLimited, SourceUnavailable, SourceRejected."""
        return await self._get(path, lane, decoder)

    def unreadable(self, why: str) -> SourceUnavailable:
        """The error of an answer that is not what it should be."""
        return SourceUnavailable(f"{self._named} sent something unreadable: {why}. {self.endpoint.advice}")

    async def _get_once(self, path: str, lane: Lane, decoder: Decoder) -> Any | None:  # noqa: ANN401 - what the decoder gives
        """One call. The limiter is told what came of it: so whoever asks knows at once that the source is away."""
        source = self.endpoint.source
        try:
            found = await self._called(path, lane, decoder)
        except SourceUnavailable as error:
            self._limiter.failed(source, str(error))
            raise
        except SourceRejected:
            self._limiter.answered(source)
            raise
        self._limiter.answered(source)
        return found

    async def _called(self, path: str, lane: Lane, decoder: Decoder) -> Any | None:  # noqa: ANN401 - as `_get_once`
        endpoint = self.endpoint
        began = self._clock.monotonic()
        try:
            answer = await self._http.get(endpoint.base_url + path, endpoint.source, lane)
        except RateLimited:
            raise  # nothing went out
        except NoAnswer as error:
            self._count("no_answer")
            told = f"{self._named} does not answer ({error}): check the connection to it."
            raise SourceUnavailable(f"{told} {endpoint.advice}") from error
        self._seconds.observe(self._clock.monotonic() - began)
        if answer.status == HTTPStatus.OK:
            return self._decoded(answer.body, decoder)
        if answer.status == HTTPStatus.NOT_FOUND:
            self._count("not_found")
            return None
        raise self._fault(answer, path)

    def _decoded(self, body: bytes, decoder: Decoder) -> Any:  # noqa: ANN401
        try:
            decoded = decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._count("unreadable")
            raise self.unreadable(str(error)) from error
        self._count("ok")
        return decoded

    def _fault(self, answer: Answer, path: str) -> SourceUnavailable | SourceRejected:
        endpoint, status = self.endpoint, answer.status
        told = f"{self._named} answers {status}"
        if status < _SERVER_ERRORS and status != HTTPStatus.TOO_MANY_REQUESTS:
            self._count("rejected")
            detail = answer.headers.get("location") or _detail(answer.body)
            return SourceRejected(f"{told} to {path.partition('?')[0]} ({detail}). {endpoint.advice}")
        asked = _retry_after_s(answer)
        if status in _SLOW_DOWN:
            self._limiter.slow_down(endpoint.source, asked, too_many=status == HTTPStatus.TOO_MANY_REQUESTS)
        if status != HTTPStatus.TOO_MANY_REQUESTS:
            self._count("unavailable")
            return SourceUnavailable(
                f"{told} ({_detail(answer.body)}). {endpoint.advice}", retry_after_s=_capped(asked)
            )
        self._count("rate_limited")
        wait = "without saying how long to wait" if asked is None else f"and asks to wait {asked:.0f} s"
        cap = f"; we try again after {LONGEST_HOLD_S:.0f} s" if (asked or 0) > LONGEST_HOLD_S else ""
        return SourceUnavailable(
            f"{told} (too many requests) {wait}{cap}. Our rate is halved and grows again slowly. {endpoint.advice}",
            retry_after_s=_capped(asked),
        )

    @property
    def _named(self) -> str:
        return f"{self.endpoint.title} at {self.endpoint.base_url}"

    def _count(self, outcome: str) -> None:
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._outcomes[outcome] = self._requests.labels(self.endpoint.source, outcome)
        counter.inc()


def records_of(source: HttpSource, answer: Any) -> Sequence[Record]:  # noqa: ANN401 - JSON
    """The records of a page. Raises: SourceUnavailable, when it is none."""
    embedded = answer.get("_embedded") if isinstance(answer, dict) else None
    records = embedded.get("records") if isinstance(embedded, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise source.unreadable("a page of records was expected")
    return records


def _capped(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, LONGEST_HOLD_S)


def _retry_after_s(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _detail(body: bytes) -> str:
    """What a problem document says, else the beginning of the body, else that there is none."""
    try:
        problem = EVERYTHING.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = None
    if isinstance(problem, dict):
        said = [str(problem[key]) for key in ("title", "detail", "error") if problem.get(key)]
        return ": ".join(said)[:_SHOWN] or "no reason given"
    return body[:_SHOWN].decode(errors="replace").strip() or "no body"
