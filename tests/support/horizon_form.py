"""The form of Horizon's answers: keys, types and links, without what is in them."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[1] / "data" / "horizon"

_PLACES = (
    (re.compile(r"[0-9a-f]{64}"), "{hash}"),
    (re.compile(r"\b[GC][A-Z2-7]{55}\b"), "{account}"),
    (re.compile(r"\d+"), "{n}"),
)


def recorded(name: str) -> Any:
    """A recorded answer."""
    return json.loads((RECORDED / name).read_text())


def recorded_records(kind: str) -> list[Any]:
    """Every recorded record (operation, effect …) with that `type`."""
    return recorded_where(lambda found: found.get("type") == kind)


def recorded_where(fits: Callable[[dict[str, Any]], bool]) -> list[Any]:
    """Every recorded object of that kind, wherever it stands."""
    files = sorted(RECORDED.glob("*/*.json"))
    return [found for file in files for found in _objects(json.loads(file.read_text())) if fits(found)]


def form(value: Any, base: str = "") -> dict[str, str]:
    """Every path in the value with its type; of links the template instead. `base` is taken off links."""
    return dict(_paths(value, "", base))


def without_base(href: str, base: str = "") -> str:
    """A link as a template, without the address of its server."""
    path = href.removeprefix(base) if base else re.sub(r"^https?://[^/]+", "", href)
    for pattern, place in _PLACES:
        path = pattern.sub(place, path)
    return path


def _paths(value: Any, path: str, base: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield path or ".", "object"
        for key, inner in value.items():
            if key == "href":
                yield f"{path}.href", without_base(str(inner), base)
            else:
                yield from _paths(inner, f"{path}.{key}", base)
    elif isinstance(value, list):
        yield path, "list"
        for inner in value:
            yield from _paths(inner, f"{path}[]", base)
    else:
        yield path, type(value).__name__


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
