"""Query parameters: by name, in the forms that BigQuery's API has for them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from stellarmap_sandbox.bigquery.refusals import Refused, invalid_query

STRINGS: Final = "ARRAY<STRING>"
DATES: Final = "ARRAY<DATE>"
MOMENT: Final = "TIMESTAMP"
NUMBER: Final = "FLOAT64"


class Values:
    """The parameters of one query, each of the type that the query says it has."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def texts(self, name: str) -> list[str]:
        """Texts, each once, in the order they came."""
        return list(dict.fromkeys(self._values[name]))

    def days(self, name: str) -> set[date]:
        """Days."""
        return set(self._values[name])

    def moment(self, name: str) -> datetime:
        """A time."""
        found: datetime = self._values[name]
        return found

    def number(self, name: str) -> float:
        """A number."""
        return float(self._values[name])


def values_of(sent: object, wanted: Mapping[str, str]) -> Values:
    """The parameters sent, as the query wants them. Raises: Refused."""
    if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
        raise invalid_query("queryParameters is a list of named parameters")
    named = {each.get("name"): each for each in sent}
    return Values({name: _value(name, named.get(name), kind) for name, kind in wanted.items()})


def _value(name: str, sent: dict[str, Any] | None, kind: str) -> Any:  # noqa: ANN401 - of the type that `kind` names
    if sent is None:
        raise invalid_query(f"Query parameter '{name}' not found; the query wants it as {kind}")
    try:
        found = _kind(sent["parameterType"])
        if found != kind:
            raise invalid_query(f"Query parameter '{name}' has type {found}; the query wants {kind}")
        value = sent["parameterValue"]
        if kind.startswith("ARRAY"):
            return [_READ[kind](each["value"]) for each in value.get("arrayValues", [])]
        return _READ[kind](value["value"])
    except Refused:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid_query(f"Invalid value for query parameter '{name}' of type {kind}: {error!r}") from error


def _kind(sent: dict[str, Any]) -> str:
    return f"ARRAY<{_kind(sent['arrayType'])}>" if sent["type"] == "ARRAY" else str(sent["type"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(value: object) -> date:
    return date.fromisoformat(_text(value))


_READ: Final[dict[str, Callable[[Any], Any]]] = {STRINGS: _text, DATES: _day, MOMENT: _moment, NUMBER: float}
