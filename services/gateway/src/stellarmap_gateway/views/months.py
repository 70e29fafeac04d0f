"""Children by month: the histogram, and the groups it is merged into."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil

from stellarmap_common.domain.creation import Creation
from stellarmap_gateway.schemas.lineage import ChildGroup, Histogram

MAX_GROUPS = 36
MAX_MONTHS = 12 * 50  # Stellar began in 2015: a longer span is a fact with a broken time
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def month_counts(months: Iterable[tuple[str, int]], creations: Iterable[Creation] = ()) -> tuple[Counter[int], int]:
    """Children by number of their month, and how many have no known time."""
    counts: Counter[int] = Counter()
    undated = 0
    for month, count in months:
        counts[_number(month)] += count
    for creation in creations:
        if creation.created_at is None:
            undated += 1
        else:
            counts[creation.created_at.year * 12 + creation.created_at.month - 1] += 1
    return counts, undated


def histogram(counts: Mapping[int, int], undated: int) -> Histogram:
    """Every month from the first to the last, those without children too."""
    if not counts:
        return Histogram(first=None, counts=[], undated=undated)
    first, last = min(counts), max(counts)
    if last - first >= MAX_MONTHS:
        first = last - MAX_MONTHS + 1
        undated += sum(count for month, count in counts.items() if month < first)
    return Histogram(
        first=_text(first), counts=[counts.get(month, 0) for month in range(first, last + 1)], undated=undated
    )


def groups(months: Histogram) -> list[ChildGroup]:
    """The months merged into at most 36 equal spans; spans without children are left out."""
    if months.first is None:
        return []
    first, counts = _number(months.first), months.counts
    span = ceil(len(counts) / MAX_GROUPS)
    found = []
    for start in range(0, len(counts), span):
        part = counts[start : start + span]
        if any(part):
            found.append(
                ChildGroup(first=_text(first + start), last=_text(first + start + len(part) - 1), count=sum(part))
            )
    return found


def _number(month: str) -> int:
    if not _MONTH.fullmatch(month):
        raise ValueError(f"not a month: {month!r}")
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _text(number: int) -> str:
    year, month = divmod(number, 12)
    return f"{year:04}-{month + 1:02}"
