"""What a window of a limit holds: never more than the limit allows, and nothing of it is lost."""

from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.adapters.stellar.allowance import (
    FULL_PACE,
    SMALLEST_BURST,
    WINDOWS_PER_BLOCK,
    WINDOWS_PER_HOUR,
    Allowance,
)

limits = st.builds(Allowance, st.integers(100, 1_000_000), st.integers(1, 100))
windows = st.integers(0, 10**9)
paces = st.integers(1, FULL_PACE)


@given(limits, windows, st.integers(1, 100), paces)
def test_any_run_of_windows_holds_what_its_length_allows(limit: Allowance, first: int, length: int, pace: int) -> None:
    held = sum(limit.calls_in(window, pace)[1] for window in range(first, first + length))
    assert abs(held - limit.per_window(pace) * length) < 2
    whole = sum(limit.calls_in(window)[1] for window in range(first, first + length))
    assert whole <= ceil(limit.per_window() * length + 1e-6)


@settings(max_examples=30)
@given(limits, windows)
def test_an_hour_holds_our_share_of_the_hour(limit: Allowance, first: int) -> None:
    held = sum(limit.calls_in(window)[1] for window in range(first, first + WINDOWS_PER_HOUR))
    assert limit.ours_per_hour <= held <= limit.ours_per_hour + 1


@given(limits, windows, paces)
def test_three_calls_in_ten_are_the_user_lanes(limit: Allowance, first: int, pace: int) -> None:
    held = [limit.calls_in(window, pace) for window in range(first, first + 50)]
    assert all(0 <= shared <= whole for shared, whole in held)
    reserved = sum(whole - shared for shared, whole in held)
    assert abs(reserved - 0.3 * sum(whole for _, whole in held)) <= 1


@given(limits, windows, paces)
def test_a_slower_pace_never_holds_more_than_the_whole_window(limit: Allowance, window: int, pace: int) -> None:
    assert limit.calls_in(window, pace)[1] <= limit.calls_in(window)[1]


@given(limits, windows)
def test_the_smallest_burst_comes_together_however_low_the_limit(limit: Allowance, window: int) -> None:
    kept = limit.windows_kept()
    held = sum(limit.calls_in(each)[1] for each in range(window, window + kept))
    assert held >= SMALLEST_BURST
    assert kept == WINDOWS_PER_BLOCK or limit.per_window() * WINDOWS_PER_BLOCK < SMALLEST_BURST


def test_ten_seconds_of_the_public_limit_leave_two_calls_to_users() -> None:
    public = Allowance(3_600, 71)
    assert public.ours_per_hour == 2_556
    for first in range(1_000):
        held = [public.calls_in(window) for window in range(first, first + WINDOWS_PER_BLOCK)]
        assert sum(whole for _, whole in held) in {7, 8}
        assert sum(whole - shared for shared, whole in held) in {2, 3}
