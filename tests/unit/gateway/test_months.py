"""Months are counted without loss, and merged into at most 36 equal spans."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_gateway.views.months import MAX_GROUPS, MAX_MONTHS, groups, histogram, month_counts

months = st.dictionaries(st.integers(2015 * 12, 2060 * 12), st.integers(1, 10**6), max_size=80)


@given(counts=months, undated=st.integers(0, 1000))
def test_nothing_is_lost_between_counts_histogram_and_groups(counts: dict[int, int], undated: int) -> None:
    made = histogram(counts, undated)
    assert sum(made.counts) == sum(counts.values())
    assert made.undated == undated
    assert len(made.counts) <= MAX_MONTHS
    merged = groups(made)
    assert len(merged) <= MAX_GROUPS
    assert sum(group.count for group in merged) == sum(counts.values())


@given(counts=months)
def test_groups_are_in_order_do_not_overlap_and_have_children(counts: dict[int, int]) -> None:
    merged = groups(histogram(counts, 0))
    assert all(group.count > 0 and group.first <= group.last for group in merged)
    assert all(before.last < after.first for before, after in pairwise(merged))


def test_a_span_that_no_ledger_can_have_is_cut_and_its_children_are_told_as_undated() -> None:
    made = histogram({1: 3, 2020 * 12: 5}, 1)
    assert len(made.counts) == MAX_MONTHS
    assert (made.counts[-1], made.undated) == (5, 4)


def test_months_of_the_store_are_read_as_they_are_written() -> None:
    assert month_counts([("2024-05", 3), ("2024-05", 4), ("2023-12", 1)]) == (
        Counter({2024 * 12 + 4: 7, 2023 * 12 + 11: 1}),
        0,
    )
    for wrong in ("2024-13", "2024-5", "x"):
        with pytest.raises(ValueError, match="not a month"):
            month_counts([(wrong, 1)])
