"""BigQuery's errors: of a request, and of a job that ended without an answer."""

from typing import Final

import msgspec
from starlette.responses import Response

_STATUS: Final = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_OF_JOBS: Final = {"backendError": 503, "internalError": 500, "stopped": 499, "quotaExceeded": 403}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, reason: str, message: str, *, location: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.location = location

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """The error as an HTTP response."""
        one = {"message": self.message, "domain": "global", "reason": self.reason}
        if self.location:
            one |= {"location": self.location, "locationType": "parameter"}
        error = {"code": self.code, "message": self.message, "errors": [one], "status": _STATUS[self.code]}
        return Response(msgspec.json.encode({"error": error}), self.code, headers, media_type="application/json")


def invalid_query(message: str) -> Refused:
    """400: the query cannot be understood."""
    return Refused(400, "invalidQuery", message, location="q")


def invalid(message: str) -> Refused:
    """400: the request cannot be understood."""
    return Refused(400, "invalid", message)


def no_job(project: str, job_id: str) -> Refused:
    """404: there is no such job."""
    return Refused(404, "notFound", f"Not found: Job {project}:US.{job_id}")


def no_table(project: str, dataset: str, table: str) -> Refused:
    """404: there is no such table, or not any more."""
    return Refused(404, "notFound", f"Not found: Table {project}:{dataset}.{table}")


def duplicate(project: str, job_id: str) -> Refused:
    """409: the job was begun before."""
    return Refused(409, "duplicate", f"Already Exists: Job {project}:US.{job_id}")


def quota_exceeded() -> Refused:
    """403: the project has run as much as it may."""
    return Refused(
        403,
        "quotaExceeded",
        "Quota exceeded: Your project exceeded quota for free query bytes scanned. For more information, see "
        "https://cloud.google.com/bigquery/docs/troubleshoot-quotas",
    )


def access_denied() -> Refused:
    """403: whoever asks may not run jobs in the project."""
    return Refused(
        403,
        "accessDenied",
        "Access Denied: Project sandbox: User does not have bigquery.jobs.create permission in project sandbox.",
    )


def rate_limited() -> Refused:
    """403: too many calls in a short time."""
    return Refused(
        403,
        "rateLimitExceeded",
        "Exceeded rate limits: too many api requests per user per method for this user_method. For more information, see "
        "https://cloud.google.com/bigquery/docs/troubleshoot-quotas",
    )


def backend_error() -> Refused:
    """503: the service is away for a while."""
    return Refused(503, "backendError", "Visibility check was unavailable. Please retry the request.")


def internal_error() -> Refused:
    """500: an error inside the service."""
    return Refused(500, "internalError", "An internal error occurred and the request could not be completed.")


def of_job(reason: str, message: str) -> Refused:
    """What asking for the answer of a failed job is answered with."""
    return Refused(_OF_JOBS.get(reason, 400), reason, message)
