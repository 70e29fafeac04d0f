"""The status of an account is what its runs amount to, reached by transitions that are allowed."""

from itertools import product

import pytest

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.transitions import may_become
from stellarmap_common.lineage.status import Asked, step_towards, told_at_rest, told_by_runs
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState

REACHED = (AccountStatus.PROCESSING, AccountStatus.COMPLETE, AccountStatus.FAILED, AccountStatus.NOT_FOUND)


def run(state: RunState, **progress: object) -> Run:
    told = Progress(**{"complete": state is RunState.FINISHED, **progress})  # type: ignore[arg-type]
    return Run(ref=RunRef(AccountRef(NetworkKey("public"), Address("GA")), Step.CREATOR), state=state, progress=told)


DONE, OPEN, FAILED = run(RunState.FINISHED), run(RunState.OPEN), run(RunState.FAILED, reason="bug")


@pytest.mark.parametrize(
    ("creator", "children", "told"),
    [
        (OPEN, None, (AccountStatus.PROCESSING, None)),
        (DONE, OPEN, (AccountStatus.PROCESSING, None)),
        (FAILED, OPEN, (AccountStatus.PROCESSING, None)),
        (DONE, FAILED, (AccountStatus.FAILED, "bug")),
        (run(RunState.FINISHED, not_found=True), DONE, (AccountStatus.NOT_FOUND, None)),
        (DONE, DONE, None),
        (None, None, None),
    ],
)
def test_an_open_a_failed_or_a_fruitless_run_tells_by_itself(
    creator: Run | None, children: Run | None, told: object
) -> None:
    assert told_by_runs(creator, children) == told


@pytest.mark.parametrize(
    ("creator", "children", "asked", "status"),
    [
        (DONE, DONE, Asked.STILL, AccountStatus.COMPLETE),
        (DONE, None, Asked.STILL, AccountStatus.PROCESSING),  # its children are still to be read
        (None, None, Asked.STILL, None),
        (DONE, None, Asked.NEVER, AccountStatus.COMPLETE),  # an ancestor
        (None, DONE, Asked.NEVER, AccountStatus.COMPLETE),  # a granted child
        (DONE, None, Asked.BEFORE, AccountStatus.COMPLETE),
        (None, DONE, Asked.BEFORE, AccountStatus.FAILED),  # cancelled before its creator was looked for
        (None, None, Asked.BEFORE, AccountStatus.FAILED),
        (run(RunState.FINISHED, complete=False), DONE, Asked.BEFORE, AccountStatus.FAILED),
    ],
)
def test_at_rest_it_takes_what_was_asked(
    creator: Run | None, children: Run | None, asked: Asked, status: AccountStatus | None
) -> None:
    assert told_at_rest(creator, children, asked)[0] is status


@pytest.mark.parametrize(("before", "after"), list(product((None, *AccountStatus), REACHED)))
def test_every_status_is_reached_by_allowed_transitions(before: AccountStatus | None, after: AccountStatus) -> None:
    at, steps = before, 0
    while at is not after:
        following = step_towards(at, after)
        assert may_become(at, following, asked_by_user=True)
        at, steps = following, steps + 1
        assert steps <= 3
