"""What a service is to whoever runs it: a name, a table of subscriptions, loops, and perhaps an HTTP app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from stellarmap_common.ports.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Something a service does again and again, `interval_s` after it last ended."""

    name: str
    run_once: Callable[[], Awaitable[None]]
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An opened service."""

    name: str
    subscriptions: tuple[Subscription, ...] = ()
    loops: tuple[Loop, ...] = ()
    app: Any = None  # ASGI
    alone: str = (
        ""  # name of the lease under which one replica of a cluster works, and the others stand by; "" = all work
    )


def without_work(service: Service) -> Service:
    """The service as it answers over HTTP alone."""
    return replace(service, subscriptions=(), loops=(), alone="")
