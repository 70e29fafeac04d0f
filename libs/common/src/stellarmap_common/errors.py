"""The error tree. Its two branches decide what the bus does with a record: wait (transient) or set it aside (permanent)."""


class StellarmapError(Exception):
    """Anything StellarMap raises on purpose. The message says what happened, what still holds and what to do."""


class TransientError(StellarmapError):
    """About a source or the store, never about the record: the same call may succeed later."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceUnavailable(TransientError):
    """A source timed out, answered 5xx or sent something unreadable."""


class StoreUnavailable(TransientError):
    """The store did not answer; whether a write took effect is unknown, so the caller reads it back."""


class DiskFull(TransientError):
    """There is no room for a write. It goes on by itself as soon as there is; no record is at fault."""


class RateLimited(TransientError):
    """No token is free within the wait a step may take; `retry_after_s` says when one will be."""


class RunLost(TransientError):
    """Another holder advanced this run first: nothing was stored by this step, and its record is read again."""


class PermanentError(StellarmapError):
    """The record or the request itself is at fault: trying again changes nothing."""


class InvalidEvent(PermanentError):
    """A record that is not an event of its topic."""


class SourceRejected(PermanentError):
    """A source refused the request as malformed (a 4xx that is no answer)."""


class NetworkReset(PermanentError):
    """The network was reset: nothing of that epoch is worked on any more. Its events are dropped, they are no poison."""


class CostLimitExceeded(PermanentError):
    """A query would cost more than its limit allows."""


class NotFound(StellarmapError):
    """What was asked for does not exist. Used at the API only; inside, absence is None or empty."""
