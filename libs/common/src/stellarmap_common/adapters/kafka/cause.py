"""What is being handled right now: events published meanwhile follow from it, and its trace goes on in them."""

import random
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stellarmap_common.adapters.kafka.outgoing import Confirmation

_SAMPLED = "01"


@dataclass(frozen=True, slots=True)
class Cause:
    """The record at hand, as far as what follows from it must know it."""

    event_id: str  # empty when several are handled together: of which an event follows, it alone can say
    group: str  # who handles it, and so who publishes what follows
    traceparent: str | None
    unconfirmed: "list[Confirmation]" = field(default_factory=list)  # of what was sent and may not be durable yet


handled_now: ContextVar[Cause | None] = ContextVar("handled_now", default=None)


def next_traceparent(earlier: str | None) -> str:
    """A new span of the trace of `earlier`; a new trace if there is none or it is malformed."""
    parts = (earlier or "").split("-")
    trace_id, flags = (parts[1], parts[3]) if len(parts) == 4 and len(parts[1]) == 32 else (_hex(128), _SAMPLED)  # noqa: PLR2004 - W3C
    return f"00-{trace_id}-{_hex(64)}-{flags}"


def _hex(bits: int) -> str:
    return f"{random.getrandbits(bits):0{bits // 4}x}"
