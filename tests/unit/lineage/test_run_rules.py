"""Who may take a run, and what it has to give: the decisions, without their effects."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.events import next_id
from stellarmap_common.lineage.run_rules import (
    LEASE,
    Move,
    asks_more,
    freed,
    handed_over,
    handed_to_next,
    is_mine,
    move_of,
    reopened,
    row_outcome,
    taken,
)
from stellarmap_common.ports.request_store import Request, RequestRef, RowState
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NETWORK, ACCOUNT = NetworkKey("public"), Address("GA")
CHILDREN = RunRef(AccountRef(NETWORK, ACCOUNT), Step.CHILDREN)
CREATOR = replace(CHILDREN, step=Step.CREATOR)
EVENT = AccountRequested(id="e", network=NETWORK, account=ACCOUNT, step=Step.CHILDREN, request_id="r")
REQUEST = Request(ref=RequestRef(NETWORK, "r"), account=ACCOUNT, budget=1, depth=1, pages=3, created_at=NOW)
READ = Progress(cursor="7", pages=1)


def held(by: str, *, lease: timedelta = LEASE, progress: Progress | None = None) -> Run:
    return Run(ref=CHILDREN, revision=1, holder=by, lease_until=NOW + lease, progress=progress or Progress())


@pytest.mark.parametrize(
    ("run", "more", "move"),
    [
        (None, True, Move.TAKE),
        (None, False, Move.SETTLE),
        (held("other"), True, Move.WAIT),
        (held("other", lease=-LEASE), True, Move.TAKE),
        (held("e"), True, Move.TAKE),
        (held("e"), False, Move.FREE),
        (held("other", lease=-LEASE, progress=READ), True, Move.WAIT),  # its page is read: another's event goes on
        (replace(held("x", progress=READ), state=RunState.FINISHED), True, Move.HAND_OVER),
        (replace(held("x"), state=RunState.FINISHED), True, Move.TAKE),
        (replace(held("x", progress=READ), state=RunState.FINISHED), False, Move.SETTLE),
        (replace(held("x", progress=READ), state=RunState.FAILED), False, Move.SETTLE),
        (replace(held("x", progress=READ), state=RunState.FAILED), True, Move.HAND_OVER),
    ],
)
def test_an_event_takes_waits_hands_over_frees_or_settles(run: Run | None, more: bool, move: Move) -> None:  # noqa: FBT001
    assert move_of(run, EVENT, more=more, now=NOW) is move


def test_the_event_that_follows_the_holder_takes_its_run_although_the_lease_is_not_over() -> None:
    follower = AccountRequested(id="f", network=NETWORK, account=ACCOUNT, step=Step.CHILDREN, takes_over="other")
    assert move_of(held("other"), follower, more=True, now=NOW) is Move.TAKE


def test_a_run_is_handed_over_without_a_lease_to_the_one_event_that_reads_on() -> None:
    run = handed_over(replace(held("e"), progress=READ), next_id("e", 1), NOW)
    assert handed_to_next(run, EVENT)
    assert not handed_to_next(run, AccountRequested(id="other", network=NETWORK, account=ACCOUNT))
    assert is_mine(run, EVENT)
    assert move_of(run, replace_event(cursor="7"), more=True, now=NOW) is Move.TAKE


def test_every_take_is_counted_and_leased() -> None:
    run = taken(held("other", lease=-LEASE), CHILDREN, EVENT, NOW)
    assert (run.revision, run.takes, run.holder, run.lease_until) == (2, 1, "e", NOW + LEASE)


def test_a_request_asks_until_its_pages_are_read_or_there_are_no_more() -> None:
    assert asks_more(None, CHILDREN, REQUEST)
    assert asks_more(held("x", progress=READ), CHILDREN, REQUEST)
    assert not asks_more(held("x", progress=replace(READ, pages=3)), CHILDREN, REQUEST)
    assert not asks_more(held("x", progress=replace(READ, complete=True)), CHILDREN, REQUEST)
    assert asks_more(replace(held("x", progress=replace(READ, pages=99)), ref=CREATOR), CREATOR, REQUEST)
    for ended in ({"cancelled": True}, {"completed": True}):
        assert not asks_more(None, CHILDREN, replace(REQUEST, **ended))  # type: ignore[arg-type]


def test_a_granted_child_is_read_for_one_page() -> None:
    of_a_child = replace(REQUEST, account=Address("GB"))
    assert asks_more(None, CHILDREN, of_a_child)
    assert not asks_more(held("x", progress=READ), CHILDREN, of_a_child)


def test_a_row_is_done_when_its_pages_are_read_whatever_became_of_the_run() -> None:
    failed = replace(held("x", progress=READ), state=RunState.FAILED)
    assert row_outcome(failed, REQUEST) is RowState.FAILED
    assert row_outcome(failed, replace(REQUEST, pages=1)) is RowState.DONE
    assert row_outcome(held("x", progress=READ), REQUEST) is None


def test_a_retry_has_one_try_at_a_failed_run_which_goes_on_where_it_was() -> None:
    stopped = replace(READ, reason="bug")
    failed = replace(held("x", progress=stopped), state=RunState.FAILED)
    retry = replace(REQUEST, retry=True)
    assert row_outcome(failed, retry) is None
    again = reopened(failed, "r")
    assert (again.progress, again.reopened_by) == (stopped, ("r",))
    assert row_outcome(again, retry) is RowState.FAILED
    assert freed(taken(failed, CHILDREN, replace_event(cursor="7"), NOW), NOW).state is RunState.FAILED


def test_a_retry_reads_anew_what_ended_without_an_answer() -> None:
    unknown = replace(
        held("x", progress=Progress(cursor="9", pages=2, complete=True, reason="too old")),
        ref=CREATOR,
        state=RunState.FINISHED,
    )
    again = reopened(unknown, "r")
    assert (again.progress.cursor, again.progress.pages, again.reopened_by) == ("", 0, ("r",))
    assert asks_more(replace(again, state=RunState.OPEN), CREATOR, REQUEST)
    let_go = freed(replace(again, state=RunState.OPEN), NOW)
    assert (let_go.state, let_go.progress.complete, let_go.progress.reason) == (RunState.FINISHED, True, "too old")


def replace_event(**fields: str) -> AccountRequested:
    return AccountRequested(id="n", network=NETWORK, account=ACCOUNT, step=Step.CHILDREN, **fields)  # type: ignore[arg-type]
