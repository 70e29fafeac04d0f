"""The file of rows that are no facts, beside what was imported: a line of JSON each."""

import json
from collections.abc import Sequence
from pathlib import Path

from stellarmap_ingest_bigquery.importing.facts import Reject
from stellarmap_ingest_bigquery.importing.rows import COLUMNS


class Rejects:
    """The file. It is made when there is something to write, and goes on where an import goes on."""

    def __init__(self, path: Path, first: int) -> None:
        """`first`: so many rows were read; those after them are read again, so their lines of an earlier attempt go."""
        self.path = path
        if path.exists():
            kept = [line for line in path.read_text(encoding="utf-8").splitlines() if _row(line) <= first]
            path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def write(self, rejects: Sequence[Reject]) -> None:
        """Afterwards they stand in the file."""
        if not rejects:
            return
        with self.path.open("a", encoding="utf-8") as file:
            for reject in rejects:
                values = dict(zip(COLUMNS, reject.values, strict=True))
                file.write(json.dumps({"row": reject.row, "reason": reject.reason, **values}, default=str) + "\n")


def _row(line: str) -> int:
    try:
        return int(json.loads(line)["row"])
    except (ValueError, KeyError, TypeError):
        return 1 << 62  # half a line, of a process that was killed
