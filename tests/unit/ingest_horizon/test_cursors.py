"""A cursor is opaque to others, comes back as it was, and is refused where it is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import InvalidEvent
from stellarmap_common.ports.sources import page_after, page_cursor
from stellarmap_ingest_horizon.cursors import Bound, Evidence, Scan, scan_of

operations = st.integers(1, 2**63 - 1)
bounds = st.one_of(
    st.just(Bound.end()),
    st.builds(Bound.ledger, st.integers(1, 2**31 - 1).map(Ledger)),
    st.builds(Bound.operation, operations),
)


@given(st.builds(Scan, bounds, st.integers(0, 2**63 - 1), st.integers(0, 60_000), st.sampled_from(Evidence)))
def test_a_scan_comes_back_from_its_cursor(scan: Scan) -> None:
    assert scan_of(str(scan)) == scan
    assert str(scan).startswith("v1:scan:")


@given(operations)
def test_a_position_comes_back_from_its_cursor(after: int) -> None:
    assert page_after(page_cursor(after)) == (after, "")


def test_no_cursor_is_the_start() -> None:
    assert page_after("") == (0, "")


@given(st.text())
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidEvent):
        scan_of(text)
    if text:
        with pytest.raises(InvalidEvent):
            page_after(text)


@pytest.mark.parametrize(
    "cursor", ["v2:scan:1:1:c:e0", "v1:page:1:1:c:e0", "v1:scan:1:1:?:e0", "v1:scan:1:1:c:", "v1:scan:1:1:c:x1"]
)
def test_a_cursor_of_another_version_or_step_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidEvent):
        scan_of(cursor)


def test_bounds_say_which_records_can_matter() -> None:
    assert not Bound.end().passed_by(2**63 - 1)
    assert Bound.ledger(Ledger(7)).passed_by((8 << 32) - 1)
    assert not Bound.ledger(Ledger(7)).passed_by((8 << 32) - 2)
    assert Bound.operation(99).passed_by(99)
    assert [bound.exists for bound in (Bound.end(), Bound.ledger(Ledger(1)), Bound.operation(1))] == [False, True, True]
