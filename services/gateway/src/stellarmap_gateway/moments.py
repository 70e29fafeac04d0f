"""Times as clients write them: a month, a day, or a date-time."""

import re
from datetime import UTC, datetime, timedelta

from stellarmap_gateway.problems import ApiProblem, unprocessable

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ].+", re.ASCII)
_LAST = timedelta(microseconds=1)
_DECEMBER = 12


def first_moment(text: str, where: str) -> datetime:
    """The first moment of what the text names. Raises: ApiProblem."""
    return _span(text, where)[0]


def last_moment(text: str, where: str) -> datetime:
    """The last moment of what the text names: of a month or a day, all of it. Raises: ApiProblem."""
    return _span(text, where)[1]


def _span(text: str, where: str) -> tuple[datetime, datetime]:
    try:
        if month := _MONTH.fullmatch(text):
            year, number = map(int, month.groups())
            following = (year + 1, 1) if number == _DECEMBER else (year, number + 1)
            return datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC) - _LAST
        if day := _DAY.fullmatch(text):
            year, number, of_month = map(int, day.groups())
            begins = datetime(year, number, of_month, tzinfo=UTC)
            return begins, begins + timedelta(days=1) - _LAST
        if not _TIME.fullmatch(text):  # a day or a week in another form of ISO 8601 would be its first moment alone
            raise _refused(where)
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(where) from None
    return moment, moment


def _refused(where: str) -> ApiProblem:
    return unprocessable(
        "invalid-time",
        "This is no month (2024-05), day (2024-05-31) or date-time (2024-05-31T12:00:00Z).",
        advice="Write one of these three; a time is one of UTC, unless an offset follows it (+02:00, with its plus as %2B).",
        where=where,
    )
