"""No client gets more calls in any minute than it may, and each is told exactly how long to wait."""

from hypothesis import given
from hypothesis import strategies as st

from stellarmap_gateway.limits import CLIENTS_KEPT, WINDOW_S, Allowance
from tests.support.gateway import ManualClock


@given(limit=st.integers(1, 20), gaps=st.lists(st.floats(0, 40), max_size=120))
def test_after_a_quiet_minute_no_minute_has_more_calls_than_twice_the_limit(limit: int, gaps: list[float]) -> None:
    clock = ManualClock()
    allowance = Allowance(limit, clock)
    allowed: list[float] = []
    for gap in gaps:
        clock.pass_time(gap)
        if not allowance.take("client"):
            allowed.append(clock.monotonic())
    for begin in allowed:
        assert sum(begin <= at < begin + WINDOW_S for at in allowed) <= 2 * limit


@given(limit=st.integers(1, 20), into=st.floats(0, 60), gap=st.floats(0, 130))
def test_who_waits_as_long_as_told_is_let_in(limit: int, into: float, gap: float) -> None:
    clock = ManualClock()
    clock.pass_time(into)
    allowance = Allowance(limit, clock)
    while not allowance.take("client"):
        pass
    clock.pass_time(gap)
    while not (wait_s := allowance.take("client")):
        pass
    assert 0 < wait_s <= 2 * WINDOW_S
    clock.pass_time(wait_s)
    assert not allowance.take("client")


def test_one_client_does_not_use_up_anothers_calls() -> None:
    allowance = Allowance(1, ManualClock())
    assert not allowance.take("a")
    assert allowance.take("a")
    assert not allowance.take("b")


def test_clients_that_come_once_are_forgotten() -> None:
    allowance = Allowance(1, ManualClock())
    for number in range(CLIENTS_KEPT + 5):
        allowance.take(str(number))
    assert len(allowance._clients) == CLIENTS_KEPT
