"""Horizon's error bodies."""

from typing import Final

import msgspec
from starlette.responses import Response

_TYPES: Final = "https://stellar.org/horizon-errors/"
PROBLEM_JSON: Final = "application/problem+json; charset=utf-8"
INVALID_ACCOUNT: Final = "Account ID must start with `G` and contain 56 alphanum characters"


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self, kind: str, title: str, status: int, detail: str = "", *, extras: dict[str, object] | None = None
    ) -> None:
        super().__init__(title)
        self.status = status
        self.body: dict[str, object] = {"type": _TYPES + kind, "title": title, "status": status}
        if detail:
            self.body["detail"] = detail
        if extras:
            self.body["extras"] = extras

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """The problem as an HTTP response."""
        return Response(msgspec.json.encode(self.body), self.status, headers, media_type=PROBLEM_JSON)


def invalid_field(field: str, reason: str) -> Problem:
    """400: a parameter cannot have that value."""
    return Problem(
        "bad_request",
        "Bad Request",
        400,
        "The request you sent was invalid in some way.",
        extras={"invalid_field": field, "reason": reason},
    )


def not_found() -> Problem:
    """404."""
    return Problem(
        "not_found",
        "Resource Missing",
        404,
        "The resource at the url requested was not found.  This usually occurs for one of two reasons:  The url requested "
        "is not valid, or no data in our database could be found with the parameters provided.",
    )


def not_acceptable() -> Problem:
    """406: HTML is not to be had."""
    title = "An acceptable response content-type could not be provided for this request"
    return Problem("not_acceptable", title, 406)


def before_history() -> Problem:
    """410: older than the retained history."""
    return Problem(
        "before_history",
        "Data Requested Is Before Recorded History",
        410,
        "This horizon instance is configured to only track a portion of the stellar network's latest history. This request "
        "is asking for results prior to the recorded history known to this horizon instance.",
    )


def rate_limited() -> Problem:
    """429."""
    return Problem(
        "rate_limit_exceeded",
        "Rate Limit Exceeded",
        429,
        "The rate limit for the requesting IP address is over its alloted limit.  The allowed limit and requests left per "
        "time period are communicated to clients via the http response headers 'X-RateLimit-*' headers.",
    )


def still_ingesting() -> Problem:
    """503: the network is being made."""
    return Problem(
        "still_ingesting",
        "Still Ingesting",
        503,
        "Data cannot be presented because it's still being ingested. Please wait for several minutes before trying again.",
    )


def over_capacity() -> Problem:
    """503: it has too much to do."""
    return Problem(
        "server_over_capacity",
        "Server Over Capacity",
        503,
        "This horizon server is currently overloaded. Please wait for several minutes before trying your request again.",
    )


def stale_history() -> Problem:
    """503: its database is too far behind."""
    return Problem(
        "stale_history",
        "Historical DB Is Too Stale",
        503,
        "This horizon instance is configured to reject client requests when it can determine that the history database is "
        "lagging too far behind the connected instance of Stellar-Core or read replica. It's also possible that "
        "Stellar-Core is out of sync. Please try again later.",
    )


def server_error() -> Problem:
    """500."""
    return Problem(
        "server_error",
        "Internal Server Error",
        500,
        "An error occurred while processing this request. This is usually due to a bug within the server software.  Trying "
        "this request again may succeed if the bug is transient.  Otherwise, please report this issue to the issue tracker "
        "at: https://github.com/stellar/go/issues. Please include this response in your issue.",
    )
