"""The parameters of a list: cursor, limit, order and what they may be."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from stellarmap_sandbox.horizon.problems import before_history, invalid_field
from stellarmap_sandbox.horizon.view import View

DEFAULT_LIMIT: Final = 10
MOST: Final = 200
LAST_ID: Final = 2**63 - 1
_MOST_DIGITS: Final = len(str(LAST_ID))
_ORDERS: Final = {"": "asc", "asc": "asc", "desc": "desc"}
_KEPT: Final = ("asset_code", "asset_issuer", "include_failed", "join")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What part of a list is asked for."""

    path: str
    cursor: str
    limit: int
    descending: bool
    others: dict[str, str]  # parameters that the links repeat

    @property
    def include_failed(self) -> bool:
        """True when operations of failed transactions are asked for too."""
        return self.others.get("include_failed") == "true"

    @property
    def joined(self) -> bool:
        """True when each operation shall carry its transaction."""
        return self.others.get("join") == "transactions"

    def after(self) -> tuple[int, int]:
        """The cursor as an operation and an effect of it; one number alone means: after all effects of that operation."""
        if not self.cursor:
            return (LAST_ID, LAST_ID) if self.descending else (0, 0)
        operation, _, effect = self.cursor.partition("-")
        return int(operation), int(effect) if effect else LAST_ID

    def href(self, base: str, cursor: str, *, descending: bool) -> str:
        """The address of a page of the same list."""
        order = "desc" if descending else "asc"
        parameters = {**self.others, "cursor": cursor, "limit": str(self.limit), "order": order}
        return f"{base}{self.path}?{urlencode(sorted(parameters.items()))}"


def page_query(request: Request, view: View) -> PageQuery:
    """The query of the request. Raises: Problem (400; 410 for a descending one from before the retained history)."""
    asked = request.query_params
    order = _ORDERS.get(asked.get("order", ""))
    if order is None:
        raise invalid_field("order", "order: invalid value")
    if asked.get("join", "") not in ("", "transactions"):
        raise invalid_field("join", "Accepted values: transactions")
    if asked.get("include_failed", "") not in ("", "true", "false"):
        raise invalid_field("include_failed", "Filter should be true or false")
    others = {name: asked[name] for name in _KEPT if asked.get(name)}
    query = PageQuery(_path(request), _cursor(request, view), _limit(asked.get("limit", "")), order == "desc", others)
    if query.descending and query.cursor and query.after()[0] <= view.elder << 32 and view.elder:
        raise before_history()
    return query


def whole_number(text: str) -> int | None:
    """The number that the text is; None for other text, and beyond what an id can be."""
    # Their count first: Python refuses to read thousands of digits.
    if len(text) > _MOST_DIGITS or not (text.isascii() and text.isdecimal()):
        return None
    number = int(text)
    return number if number <= LAST_ID else None


def _path(request: Request) -> str:
    """The path below where the app is mounted."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def _cursor(request: Request, view: View) -> str:
    cursor = request.headers.get("last-event-id") or request.query_params.get("cursor", "")
    if cursor == "now":
        return str((view.network.ledger + 1) << 32)
    if cursor and any(whole_number(part) is None for part in cursor.split("-", 1)):
        raise invalid_field("cursor", "cursor: invalid value")
    return cursor


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    limit = whole_number(text.removeprefix("-"))
    if limit is None:
        raise invalid_field("limit", "unparseable value")
    if limit == 0 or text.startswith("-"):
        raise invalid_field("limit", "invalid limit: non-positive value provided")
    if limit > MOST:
        raise invalid_field("limit", f"invalid limit: value provided that is over limit max of {MOST}")
    return limit
