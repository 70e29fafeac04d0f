"""How far a run is after a page."""

from dataclasses import replace

import pytest

from stellarmap_common.lineage.progress import advanced
from stellarmap_common.ports.run_store import Progress
from stellarmap_common.ports.sources import SourcePage


@pytest.mark.parametrize(
    ("before", "page", "after"), [(None, None, None), (None, 7, 7), (7, None, 7), (7, 9, 9), (9, 7, 9)]
)
def test_history_is_missing_up_to_the_later_of_two_cuts(
    before: int | None, page: int | None, after: int | None
) -> None:
    progress = advanced(Progress(since_ledger=before), SourcePage(cursor="a", complete=False, since_ledger=page))
    assert progress.since_ledger == after


def test_a_page_counts_from_what_was_read_before_it() -> None:
    before = Progress(cursor="a", pages=3, total=10, last_op=99)
    page = SourcePage(cursor="b", complete=True)
    assert advanced(before, page) == replace(before, cursor="b", pages=4, complete=True, page_op=99)
    assert advanced(before, page) == advanced(before, page)
