"""An account's status only ever becomes what it may become, whatever happens in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.domain.transitions import TERMINAL, may_become

pytestmark = pytest.mark.unit

statuses = st.sampled_from(AccountStatus)
wishes = st.lists(st.tuples(statuses, st.booleans()), max_size=30)


@given(wishes)
def test_every_walk_keeps_the_rules(wishes: list[tuple[AccountStatus, bool]]) -> None:
    status: AccountStatus | None = None
    for wish, asked_by_user in wishes:
        if not may_become(status, wish, asked_by_user=asked_by_user):
            continue
        if status in TERMINAL and wish is not status:
            assert asked_by_user
            assert wish in (AccountStatus.PENDING, AccountStatus.RE_INQUIRY)
        if wish in (AccountStatus.COMPLETE, AccountStatus.NOT_FOUND) and wish is not status:
            assert status is AccountStatus.PROCESSING
        if wish is AccountStatus.RE_INQUIRY and wish is not status:
            assert asked_by_user
            assert status is not None
        status = wish


@given(statuses)
def test_nothing_is_a_dead_end(status: AccountStatus) -> None:
    reached, before = {status}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {to for to in AccountStatus for at in set(reached) if may_become(at, to, asked_by_user=True)}
    assert AccountStatus.COMPLETE in reached


@given(statuses, statuses)
def test_what_the_pipeline_may_do_a_user_does_not_forbid(before: AccountStatus, after: AccountStatus) -> None:
    if may_become(before, after):
        assert may_become(before, after, asked_by_user=True)


def test_a_re_inquiry_is_handled_like_pending() -> None:
    leaves = {after for after in AccountStatus if may_become(AccountStatus.PENDING, after)}
    again = {after for after in AccountStatus if may_become(AccountStatus.RE_INQUIRY, after)}
    assert leaves - {AccountStatus.PENDING} == again - {AccountStatus.RE_INQUIRY}
