"""Lines of CSV whose cells are what they say in every spreadsheet: none of them is run as a formula."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime

_RUN = frozenset("=+-@\t\r\n＝＋－＠")
"""What a cell begins with that a spreadsheet takes for a formula; the wide forms count as the narrow ones in some places."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What no reader of CSV takes, or a terminal obeys: whoever cuts it out must not uncover a formula behind it."""


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """The rows as lines; None is an empty cell. Text that might be run has an apostrophe before it, numbers never do."""
    written = io.StringIO()
    csv.writer(written).writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return f"'{text}" if text.lstrip(" ")[:1] in _RUN else text
