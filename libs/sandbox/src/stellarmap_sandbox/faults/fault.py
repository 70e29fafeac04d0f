"""What goes wrong at the simulated network on request, how often and when: the words of `PUT /sandbox/faults`.

The body of that request, and of every answer:

    {"seed": 7, "faults": [{"kind": "rate_limited", "share": 0.2, "times": 50, "after_s": 10, "for_s": 30, "every_s": 60,
                            "source": "horizon", "path": "/payments", "seconds": 3}]}

Only `kind` is required. A PUT replaces the whole set, counts from 0 and starts every schedule; an empty list switches all
off. Answers add to each fault its `hits` and its `state`. The same seed and the same sequence of requests meet the same
faults. At most one fault strikes a request: the first of the list whose draw says so; a cut history comes on top of it.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

_LONGEST_S: Final = 7 * 86_400
_LONGEST_HOLD_S: Final = 3_600
_MOST_FAULTS: Final = 64


class Kind(StrEnum):
    """What goes wrong."""

    RATE_LIMITED = "rate_limited"  # 429 with X-Ratelimit-… and Retry-After (`seconds`)
    RATE_LIMITED_BARE = "rate_limited_bare"  # 429 that says nothing of the limit
    SERVER_ERROR = "server_error"  # 500
    UNAVAILABLE = "unavailable"  # 503: over capacity, still ingesting or stale history, as drawn
    GATEWAY_TIMEOUT = "gateway_timeout"  # 504 with an empty body
    TIMEOUT = "timeout"  # no answer for `seconds`, then the connection is closed
    SLOW_DRIP = "slow_drip"  # the body takes `seconds`
    RESET = "reset"  # the head, half of the body, and the connection is reset
    TRUNCATED_JSON = "truncated_json"  # a whole answer with half of the JSON
    WRONG_JSON = "wrong_json"  # HTML, or JSON of another shape, as drawn
    REPEATED_CURSOR = "repeated_cursor"  # the first page again: it ends at the cursor that was asked for, or before it
    EMPTY_PAGE_NEXT = "empty_page_next"  # an empty page, which ends a list, has a `next` that starts it again
    HISTORY_CUT = "history_cut"  # the history begins at `ledger`
    OUT_OF_ORDER = "out_of_order"  # the records of a page are shuffled
    QUOTA_EXCEEDED = "quota_exceeded"  # a job is refused: 403 quotaExceeded
    ACCESS_DENIED = "access_denied"  # a job is refused: 403 accessDenied
    SLOW_JOB = "slow_job"  # a job runs for `seconds`
    JOB_FAILED = "job_failed"  # a job ends with backendError or internalError, as drawn
    BYTES_TIMES = "bytes_times"  # a job reads `factor` times as much, and is billed for it


class Source(StrEnum):
    """Who is struck."""

    HORIZON = "horizon"
    EXPERT = "expert"
    BIGQUERY = "bigquery"
    BOTH = "both"  # Horizon and Stellar Expert


class State(StrEnum):
    """Where a fault is in its schedule."""

    ACTIVE = "active"
    WAITING = "waiting"  # for its time
    OVER = "over"  # it will not strike again


OF_PAGES: Final = frozenset({Kind.REPEATED_CURSOR, Kind.EMPTY_PAGE_NEXT, Kind.OUT_OF_ORDER})
OF_BODIES: Final = OF_PAGES | {Kind.SLOW_DRIP, Kind.RESET, Kind.TRUNCATED_JSON, Kind.WRONG_JSON}
OF_HORIZON: Final = OF_PAGES | {Kind.HISTORY_CUT}
OF_JOBS: Final = frozenset({Kind.QUOTA_EXCEEDED, Kind.ACCESS_DENIED, Kind.SLOW_JOB, Kind.JOB_FAILED, Kind.BYTES_TIMES})
"""They strike BigQuery when a job begins, whatever their source says."""
_SECONDS: Final = {
    Kind.RATE_LIMITED: 3.0,
    Kind.UNAVAILABLE: None,
    Kind.TIMEOUT: 30.0,
    Kind.SLOW_DRIP: 30.0,
    Kind.SLOW_JOB: 30.0,
}

Moment = Annotated[float, Meta(ge=0, le=_LONGEST_S)]
Span = Annotated[float, Meta(gt=0, le=_LONGEST_S)]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong. Raises: ValueError when its parts contradict each other."""

    kind: Kind
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0  # of the requests it matches, drawn from the seed
    times: Annotated[int, Meta(ge=1, le=2**53)] | None = None  # over after so many hits; None: never
    after_s: Moment = 0  # it begins so long after it was put
    for_s: Span | None = None  # and is active for so long; None: until it is taken away
    every_s: Span | None = None  # and again so long after it began
    source: Source = Source.BOTH
    path: Annotated[str, Meta(max_length=200)] = ""  # the request's path contains it
    seconds: Annotated[float, Meta(ge=0, le=_LONGEST_HOLD_S)] | None = None  # see Kind; None: what is usual for it
    ledger: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None  # of a cut history
    factor: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None  # of bytes_times

    def __post_init__(self) -> None:
        if self.every_s is not None and (self.for_s is None or self.for_s >= self.every_s):
            raise ValueError("`every_s` needs a `for_s` that is shorter than it")
        if self.source in (Source.EXPERT, Source.BIGQUERY) and self.kind in OF_HORIZON:
            raise ValueError(f"{self.kind} is a fault of Horizon: `source` cannot be {self.source}")
        if self.source in (Source.HORIZON, Source.EXPERT) and self.kind in OF_JOBS:
            raise ValueError(f"{self.kind} is a fault of BigQuery: `source` cannot be {self.source}")
        if self.seconds is not None and self.kind not in _SECONDS:
            raise ValueError(f"{self.kind} has no `seconds`: {', '.join(_SECONDS)} have")
        if (self.ledger is None) is (self.kind is Kind.HISTORY_CUT):
            raise ValueError("history_cut needs a `ledger`, and no other kind has one")
        if (self.factor is None) is (self.kind is Kind.BYTES_TIMES):
            raise ValueError("bytes_times needs a `factor`, and no other kind has one")

    @property
    def lasts_s(self) -> float | None:
        """Its `seconds`, or what is usual for its kind; None where nothing is."""
        return _SECONDS.get(self.kind) if self.seconds is None else self.seconds

    def scheduled(self, elapsed_s: float) -> State:
        """Its state so long after it was put, whatever it hit."""
        since = elapsed_s - self.after_s
        if since < 0:
            return State.WAITING
        if self.every_s is not None:
            since %= self.every_s
        if self.for_s is None or since < self.for_s:
            return State.ACTIVE
        return State.OVER if self.every_s is None else State.WAITING


class FaultSeen(Fault, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault and what became of it. What an answer said of these two may be sent back: it is not looked at."""

    hits: int = 0
    state: State = State.WAITING


class FaultSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that goes wrong."""

    seed: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    faults: Annotated[tuple[Fault, ...], Meta(max_length=_MOST_FAULTS)] = ()


class FaultsSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that goes wrong, and what became of it."""

    seed: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    faults: Annotated[tuple[FaultSeen, ...], Meta(max_length=_MOST_FAULTS)] = ()

    def asked(self) -> FaultSet:
        """The set without what became of it."""
        return FaultSet(self.seed, tuple(Fault(**_without_fate(seen)) for seen in self.faults))


def _without_fate(seen: FaultSeen) -> dict[str, Any]:
    fields = msgspec.structs.asdict(seen)
    return {name: fields[name] for name in Fault.__struct_fields__}
