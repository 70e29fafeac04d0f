"""aiokafka's connections, on uvloop.

Who writes to a transport that was closed a moment ago is told nothing by asyncio's own, and hears of the end by reading; uvloop's
raises RuntimeError. aiokafka expects nothing but OSError there: the task that keeps its metadata young ended with that error,
unseen, and a consumer or producer that had lived through an outage never found a broker again.
"""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_Connection: Any = AIOKafkaConnection  # aiokafka gives it no types


def _told_as_broken(send: Any) -> Any:  # noqa: ANN401 - as above
    """The same, to which a closed transport is a broken connection."""

    @wraps(send)
    def sending(self: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return send(self, *arguments, **options)
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self._host}:{self._port} broken: {error}") from error

    return sending


def expect_closed_transports() -> None:
    """Afterwards every connection of this process takes a closed transport for what it is. Safe to repeat."""
    for name in ("send", "_send_sasl_token"):
        send = getattr(_Connection, name)
        if not hasattr(send, "__wrapped__"):
            setattr(_Connection, name, _told_as_broken(send))
