"""Counts without counters: the same whichever way the pages are cut."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.toid import toid
from stellarmap_common.lineage.progress import advanced
from stellarmap_common.ports.run_store import Progress
from stellarmap_common.ports.sources import SourcePage

BEGAN = datetime(2024, 1, 20, tzinfo=UTC)


def child(number: int, *, dated: bool = True) -> Creation:
    return Creation(
        network=NetworkKey("public"),
        account=Address(f"G{number}"),
        created_op=toid(number + 2, 1, 1),
        creator=Address("GA"),
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
        created_at=BEGAN + timedelta(days=9 * number) if dated else None,
    )


def page(children: list[Creation], cursor: str, *, complete: bool = False) -> SourcePage:
    return SourcePage(cursor=cursor, complete=complete, creations=tuple(children))


@given(st.lists(st.booleans(), max_size=30), st.sets(st.integers(0, 30)))
def test_pages_cut_anywhere_count_the_same(dated: list[bool], cuts: set[int]) -> None:
    children = [child(number, dated=known) for number, known in enumerate(dated)]
    edges = sorted({0, *(cut for cut in cuts if cut < len(children)), len(children)})
    progress = Progress()
    for start, end in pairwise(edges):
        progress = advanced(progress, page(children[start:end], str(end)))
    whole = advanced(Progress(), page(children, str(len(children))))
    if children:
        assert replace(progress, pages=1, page_op=0) == replace(whole, page_op=0)
    assert progress.total == len(children) == sum(count for _, count in progress.months) + progress.undated


def test_months_stand_in_order_and_the_latest_page_is_known_by_its_operations() -> None:
    first = advanced(Progress(), page([child(0), child(1)], "a"))
    second = advanced(first, page([child(2)], "b", complete=True))
    assert second.months == (("2024-01", 2), ("2024-02", 1))
    assert (second.page_op, second.last_op) == (child(1).created_op, child(2).created_op)
    assert (second.pages, second.complete, second.total) == (2, True, 3)


def test_a_page_without_children_moves_the_cursor_alone() -> None:
    first = advanced(Progress(), page([child(0)], "a"))
    second = advanced(first, page([], "b"))
    assert (second.cursor, second.total, second.last_op) == ("b", 1, child(0).created_op)


@pytest.mark.parametrize(
    ("before", "later", "after"), [(None, None, None), (None, 7, 7), (7, None, 7), (7, 9, 9), (9, 7, 9)]
)
def test_history_is_missing_up_to_the_later_of_two_cuts(
    before: int | None, later: int | None, after: int | None
) -> None:
    read = advanced(Progress(), SourcePage(cursor="a", complete=False, since_ledger=before))
    assert advanced(read, SourcePage(cursor="b", complete=False, since_ledger=later)).since_ledger == after


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (False, False)])
def test_a_total_is_at_least_once_a_page_of_it_was_read_where_not_all_is_told(*, first: bool, second: bool) -> None:
    read = advanced(Progress(), SourcePage(cursor="a", complete=False, at_least=first))
    assert not read.exact
    assert advanced(read, SourcePage(cursor="b", complete=True, at_least=second)).exact is not (first or second)


def test_a_page_counts_from_what_was_read_before_it() -> None:
    before = Progress(cursor="a", pages=3, total=10, last_op=99)
    empty = page([], "b", complete=True)
    assert advanced(before, empty) == replace(before, cursor="b", pages=4, complete=True, page_op=99)
    assert advanced(before, empty) == advanced(before, empty)


def test_the_first_page_begins_anew_what_was_reopened() -> None:
    ended_so = Progress(pages=0, complete=True, total=5, last_op=9, reason="too old", not_found=True)
    assert advanced(ended_so, page([child(0)], "a")) == advanced(Progress(), page([child(0)], "a"))


def test_the_merges_of_the_latest_page_are_known_and_no_others() -> None:
    end = AccountEnd(
        network=NetworkKey("public"),
        account=Address("GB"),
        end_op=toid(9, 1, 1),
        merged_into=Address("GA"),
        source=Source.HORIZON,
    )
    first = advanced(Progress(), replace(page([], "a"), ends=(end,)))
    assert first.page_ends == (("GB", end.end_op),)
    assert advanced(first, page([], "b")).page_ends == ()
