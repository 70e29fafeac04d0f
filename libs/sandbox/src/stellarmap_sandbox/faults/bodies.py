"""Answers of the network, changed by a fault."""

from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from stellarmap_sandbox.faults.wire import Whole

_HTML: Final = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body>Checking your browser</body></html>"
_HTML_TYPE: Final = b"text/html; charset=utf-8"
_OTHER_SHAPES: Final = (
    b'{"status":"ok"}',
    b"[]",
    b'"ok"',
    b'{"_embedded":{"records":[{"id":null,"paging_token":7,"type":{}}]}}',
)
OK: Final = 200


def half(whole: Whole) -> bytes:
    """The first half of the body."""
    return whole.body[: len(whole.body) // 2]


def pieces(body: bytes, count: int) -> list[bytes]:
    """The body in so many pieces, or fewer."""
    size = max(1, -(-len(body) // count))
    return [body[at : at + size] for at in range(0, len(body), size)]


def of_another_kind(whole: Whole, random: Random) -> Whole:
    """HTML, or JSON that says nothing of what was asked."""
    chosen = random.choice((_HTML, *_OTHER_SHAPES))
    return whole.replaced(chosen, _HTML_TYPE if chosen is _HTML else None)


def shuffled(whole: Whole, random: Random) -> Whole | None:
    """The page with its records in another order; None where it has fewer than two."""
    page = _page_of(whole)
    records = _records(page)
    if page is None or len(records) < 2:  # noqa: PLR2004 - two have an order
        return None
    before = list(records)
    while records == before:
        random.shuffle(records)
    return whole.replaced(msgspec.json.encode(page))


def starting_again(whole: Whole) -> Whole | None:
    """The empty page with a `next` that starts the list again; None for a page that has records.

    An empty page in the place of records could not be told from the end of the list: whoever believed it would be right to.
    """
    page = _page_of(whole)
    if page is None or _records(page):
        return None
    for name in ("next", "prev"):
        page["_links"][name]["href"] = _without_cursor(page["_links"][name]["href"])
    return whole.replaced(msgspec.json.encode(page))


def repeats(whole: Whole, cursor: str) -> bool:
    """True for a page of records, none of which comes after the cursor, in the order it has."""
    records = _records(_page_of(whole))
    return bool(records) and _place(str(records[-1]["paging_token"])) <= _place(cursor)


def _place(token: str) -> tuple[int, ...]:
    """Comparable: an id, or the id of an operation and the number of its effect."""
    parts = token.split("-")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _page_of(whole: Whole) -> Any:  # noqa: ANN401 - JSON
    return msgspec.json.decode(whole.body) if whole.status == OK else None


def _records(page: Any) -> list[Any]:  # noqa: ANN401 - JSON
    records: list[Any] = page["_embedded"]["records"] if page else []
    return records


def _without_cursor(href: str) -> str:
    parts = urlsplit(href)
    query = [
        (name, "" if name == "cursor" else value) for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))
