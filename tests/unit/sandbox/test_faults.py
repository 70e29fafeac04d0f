"""Which request a fault strikes: by what is asked, by share and seed, by count and by schedule."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_sandbox.faults.fault import OF_HORIZON, OF_JOBS, Fault, FaultSet, FaultsSeen, Kind, Source, State
from stellarmap_sandbox.faults.switched import Asked, Faults
from tests.support.sources import HastyClock, SteppedClock

PAGE = Asked(Source.HORIZON, "/sandbox/horizon/accounts/G/payments", page=True)
RECORD = Asked(Source.HORIZON, "/sandbox/horizon/accounts/G")
STREAM = Asked(Source.HORIZON, "/sandbox/horizon/payments", stream=True)
EXPERT = Asked(Source.EXPERT, "/sandbox/expert/account/G")
JOB = Asked(Source.BIGQUERY, "/sandbox/bigquery/bigquery/v2/projects/sandbox/jobs", job=True)
ANSWER = Asked(Source.BIGQUERY, "/sandbox/bigquery/bigquery/v2/projects/sandbox/queries/one")
EVERY_KIND = list(Kind)


def fault_of(kind: Kind, **fields: Any) -> Fault:
    """A fault of that kind, with what it cannot be without."""
    needed: dict[Kind, dict[str, Any]] = {Kind.HISTORY_CUT: {"ledger": 5}, Kind.BYTES_TIMES: {"factor": 5}}
    return Fault(kind=kind, **needed.get(kind, {}), **fields)


def switched(*faults: Fault, seed: int = 7) -> Faults:
    on = Faults(HastyClock())
    on.put(FaultSet(seed, faults))
    return on


def struck(on: Faults, asked: Asked = PAGE) -> Kind | None:
    _, strike = on.strike(asked)
    return strike.fault.kind if strike else None


def state(on: Faults) -> State:
    return on.seen().faults[0].state


async def test_schedule_of_a_fault_that_repeats() -> None:
    clock = SteppedClock()
    on = Faults(clock)
    on.put(FaultSet(1, (Fault(kind=Kind.SERVER_ERROR, after_s=10, for_s=5, every_s=20),)))
    seen = []
    for _ in range(10):  # one look every 5 s
        seen.append((state(on), struck(on)))
        await clock.pass_s(5)
    active, waiting = (State.ACTIVE, Kind.SERVER_ERROR), (State.WAITING, None)
    assert seen == [waiting, waiting, active, waiting, waiting, waiting, active, waiting, waiting, waiting]


async def test_without_a_period_it_is_over_after_its_time() -> None:
    clock = SteppedClock()
    on = Faults(clock)
    on.put(FaultSet(1, (Fault(kind=Kind.SERVER_ERROR, for_s=5),)))
    assert state(on) is State.ACTIVE
    await clock.pass_s(5)
    assert state(on) is State.OVER
    assert struck(on) is None


async def test_putting_starts_every_schedule_and_count_anew() -> None:
    clock = SteppedClock()
    on, faults = Faults(clock), FaultSet(1, (Fault(kind=Kind.SERVER_ERROR, for_s=5, times=1),))
    on.put(faults)
    assert struck(on)
    await clock.pass_s(60)
    again = on.put(faults).faults[0]
    assert (again.hits, again.state) == (0, State.ACTIVE)


def test_over_after_its_times() -> None:
    on = switched(Fault(kind=Kind.RESET, times=3))
    assert [struck(on) for _ in range(5)] == [Kind.RESET] * 3 + [None] * 2
    assert (on.seen().faults[0].hits, state(on)) == (3, State.OVER)


def test_a_strike_that_changed_nothing_is_no_hit() -> None:
    on = switched(Fault(kind=Kind.OUT_OF_ORDER, times=1))
    _, strike = on.strike(PAGE)
    assert strike is not None
    strike.missed()
    assert (on.seen().faults[0].hits, state(on)) == (0, State.ACTIVE)


@given(seed=st.integers(0, 2**53 - 1), share=st.floats(0, 1))
def test_the_same_seed_and_requests_meet_the_same_faults(seed: int, share: float) -> None:
    faults = (Fault(kind=Kind.RESET, share=share, source=Source.HORIZON), Fault(kind=Kind.UNAVAILABLE, share=0.5))
    asked = [PAGE, EXPERT, RECORD] * 20

    def course() -> list[object]:
        strikes = [on.strike(each)[1] for each in asked]
        return [strike and (strike.fault.kind, strike.random.random()) for strike in strikes]

    on = switched(*faults, seed=seed)
    first = course()
    on.put(FaultSet(seed, faults))
    assert course() == first


def test_another_seed_strikes_others() -> None:
    fault = Fault(kind=Kind.RESET, share=0.5)
    courses = {tuple(struck(on) for _ in range(64)) for on in (switched(fault, seed=seed) for seed in range(8))}
    assert len(courses) == 8


def test_the_share_is_that_of_the_requests() -> None:
    on = switched(Fault(kind=Kind.RESET, share=0.2))
    assert 1_800 < Counter(struck(on) for _ in range(10_000))[Kind.RESET] < 2_200
    assert struck(switched(Fault(kind=Kind.RESET, share=0))) is None


def test_the_first_fault_whose_draw_says_so_strikes() -> None:
    on = switched(Fault(kind=Kind.SERVER_ERROR, times=2), Fault(kind=Kind.RESET, path="/payments"))
    assert [struck(on) for _ in range(3)] == [Kind.SERVER_ERROR] * 2 + [Kind.RESET]
    assert struck(on, EXPERT) is None


def test_a_cut_history_comes_on_top_of_another_fault() -> None:
    on = switched(Fault(kind=Kind.HISTORY_CUT, ledger=9), Fault(kind=Kind.RESET, times=1))
    cut, strike = on.strike(PAGE)
    assert (cut, strike is not None) == (9, True)
    assert on.strike(RECORD) == (9, None)
    assert on.strike(EXPERT) == (None, None)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_what_a_kind_can_strike(kind: Kind) -> None:
    on = switched(fault_of(kind))
    hit = {name for name, asked in _ASKED.items() if on.strike(asked) != (None, None)}
    of_pages = kind in {Kind.REPEATED_CURSOR, Kind.EMPTY_PAGE_NEXT, Kind.OUT_OF_ORDER}
    of_bodies = of_pages or kind in {Kind.SLOW_DRIP, Kind.RESET, Kind.TRUNCATED_JSON, Kind.WRONG_JSON}
    if kind in OF_JOBS:
        assert hit == {"job"}
    elif of_pages:
        assert hit == {"page"}
    elif kind is Kind.HISTORY_CUT:
        assert hit == {"page", "record", "stream"}
    else:
        assert hit == {"page", "record", "expert", *(() if of_bodies else ("stream",))}


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind not in OF_HORIZON])
def test_bigquery_is_struck_where_it_is_named(kind: Kind) -> None:
    on = switched(fault_of(kind, source=Source.BIGQUERY))
    hit = {name for name, asked in _ASKED.items() if on.strike(asked) != (None, None)}
    assert hit == ({"job"} if kind in OF_JOBS else {"job", "answer"})


_ASKED = {"page": PAGE, "record": RECORD, "stream": STREAM, "expert": EXPERT, "job": JOB, "answer": ANSWER}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "rate_limit"}, r"'rate_limit' - at `\$.faults\[0\].kind`"),
        ({}, "missing required field `kind`"),
        ({"kind": "reset", "share": 1.1}, r"`float` <= 1.0 - at `\$.faults\[0\].share`"),
        ({"kind": "reset", "times": 0}, "`int` >= 1"),
        ({"kind": "reset", "after_s": -1}, "`float` >= 0.0"),
        ({"kind": "reset", "for_s": 0}, "`float` > 0.0"),
        ({"kind": "reset", "every_s": 5}, "`every_s` needs a `for_s`"),
        ({"kind": "reset", "every_s": 5, "for_s": 5}, "shorter than it"),
        ({"kind": "reset", "source": "google"}, "'google' - at"),
        ({"kind": "history_cut", "ledger": 5, "source": "bigquery"}, "a fault of Horizon: `source` cannot be bigquery"),
        ({"kind": "slow_job", "source": "horizon"}, "a fault of BigQuery: `source` cannot be horizon"),
        ({"kind": "bytes_times"}, "bytes_times needs a `factor`"),
        ({"kind": "reset", "factor": 3}, "bytes_times needs a `factor`, and no other kind has one"),
        ({"kind": "bytes_times", "factor": 0}, "`float` > 0.0"),
        ({"kind": "reset", "seconds": 3}, "reset has no `seconds`"),
        ({"kind": "reset", "ledger": 3}, "no other kind has one"),
        ({"kind": "history_cut"}, "history_cut needs a `ledger`"),
        ({"kind": "out_of_order", "source": "expert"}, "`source` cannot be expert"),
        ({"kind": "reset", "shares": 1}, "unknown field `shares`"),
        ({"kind": "reset", "path": "x" * 201}, "length <= 200"),
    ],
)
def test_what_is_wrong_with_a_fault_is_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=told):
        msgspec.convert({"seed": 1, "faults": [wrong]}, FaultsSeen)


def test_an_answer_can_be_sent_back() -> None:
    on = switched(Fault(kind=Kind.RESET, share=0.5, times=9), Fault(kind=Kind.HISTORY_CUT, ledger=7))
    on.strike(PAGE)
    sent = msgspec.json.decode(msgspec.json.encode(on.seen()), type=FaultsSeen)
    assert on.put(sent.asked()).faults[0].hits == 0
    assert sent.asked().faults == (
        Fault(kind=Kind.RESET, share=0.5, times=9),
        Fault(kind=Kind.HISTORY_CUT, ledger=7),
    )
