"""Single rules of steps, runs and requests, each in the one order of things that needs it."""

import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, Lane, Step
from stellarmap_common.errors import InvalidEvent, RateLimited, RunLost, SourceRejected
from stellarmap_common.events.facts import ChildrenRecorded
from stellarmap_common.events.requests import AccountQueued, AccountRequested, StepEvent
from stellarmap_common.lineage import runs
from stellarmap_common.lineage.run_rules import Move, is_leased, move_of
from stellarmap_common.ports.request_store import RowState
from stellarmap_common.ports.run_store import Run, RunState
from tests.support.simulation_by_hand import FIRST, HUB, SECOND, THIRD, ByHand, by_hand, creation, small_hub
from tests.support.simulation_points import Point, at_once
from tests.support.simulation_world import NETWORK, STRANGER


def registered_when_the_holder_has_looked_for_the_last_time(hand: ByHand) -> None:
    first, second = hand.ask("first"), hand.ask("second", lane=Lane.QUEUED)
    reading = hand.run_to(hand.next(Step.CHILDREN, request=first), "swap", Point.AFTER_WRITE)
    coming = hand.run_to(hand.next(Step.CHILDREN, request=second), "register")
    hand.finish(reading)
    hand.finish(coming)
    hand.rest()


def test_a_held_run_is_read_again_before_its_event_is_acknowledged() -> None:
    with by_hand() as hand:
        registered_when_the_holder_has_looked_for_the_last_time(hand)
        assert hand.request("second").completed


def test_without_reading_it_again_the_request_would_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    found_held: set[str] = set()

    def believes_what_it_saw(run: Run | None, event: AccountRequested, **how: object) -> Move:
        move = Move.WAIT if event.id in found_held else move_of(run, event, **how)  # type: ignore[arg-type]
        found_held.update({event.id} if move is Move.WAIT else ())
        return move

    monkeypatch.setattr(runs, "move_of", believes_what_it_saw)
    with by_hand() as hand:
        registered_when_the_holder_has_looked_for_the_last_time(hand)
        assert not hand.request("second").completed
        assert hand.waiting() == ["second"]


def test_a_step_of_a_late_worker_is_lost_and_its_page_counted_once() -> None:
    with by_hand() as hand:
        hand.ask("one", pages=9)
        late = hand.run_to(hand.next(Step.CHILDREN), f"{HUB[:5]} children", Point.SOURCE)
        hand.finish(hand.again(late))
        with pytest.raises(RunLost):
            hand.finish(late)
        hand.rest()
        assert hand.run().progress.total == 3
        assert hand.request("one").completed


def test_a_leased_run_is_taken_over_by_the_event_that_names_its_holder() -> None:
    with by_hand() as hand:
        hand.ask("one")
        holding = hand.run_to(hand.next(Step.CHILDREN), f"{HUB[:5]} children", Point.SOURCE)
        successor = AccountQueued(
            id="successor",
            network=NETWORK,
            account=HUB,
            step=Step.CHILDREN,
            request_id="one",
            takes_over=holding.event.id,
        )
        hand.bus.append(successor)
        hand.finish(hand.next(Step.CHILDREN))
        assert hand.run().holder == "successor"
        with pytest.raises(RunLost):
            hand.finish(holding)


def test_who_takes_over_tells_the_page_that_its_predecessor_has_read_and_not_told() -> None:
    with by_hand() as hand:
        hand.ask("one")
        reading = hand.run_to(hand.next(Step.CHILDREN), "publish ChildrenRecorded")
        successor = AccountQueued(
            id="successor",
            network=NETWORK,
            account=HUB,
            step=Step.CHILDREN,
            request_id="one",
            takes_over=reading.event.id,
        )
        hand.bus.append(successor)
        hand.lose(reading)
        hand.rest()
        assert [event.page for event in hand.bus.published if isinstance(event, ChildrenRecorded)] == [1]


def test_a_leased_run_is_not_taken_by_any_other_event() -> None:
    with by_hand() as hand:
        hand.ask("one")
        holding = hand.run_to(hand.next(Step.CHILDREN), f"{HUB[:5]} children", Point.SOURCE)
        hand.bus.append(AccountQueued(id="other", network=NETWORK, account=HUB, step=Step.CHILDREN, request_id="one"))
        hand.finish(hand.next(Step.CHILDREN))
        assert hand.run().holder == holding.event.id
        hand.finish(holding)
        hand.rest()
        assert hand.simulation.world.calls[HUB, Step.CHILDREN] == 1


def test_a_step_that_gets_no_token_holds_nothing() -> None:
    with by_hand() as hand:
        hand.ask("one")
        limited = hand.run_to(hand.next(Step.CHILDREN), f"{HUB[:5]} children", Point.ADMIT)
        assert is_leased(hand.run(), hand.simulation.clock.now())
        with pytest.raises(RateLimited):
            hand.throw(limited, RateLimited("the next token comes in 40 s"))
        assert not is_leased(hand.run(), hand.simulation.clock.now())
        hand.finish(hand.again(limited))
        hand.rest()
        assert hand.request("one").completed


def test_an_event_whose_page_is_read_calls_no_source_and_publishes_the_next_event_again() -> None:
    with by_hand() as hand:
        hand.ask("one", pages=2)
        died = hand.run_to(hand.next(Step.CHILDREN), "publish ChildrenRecorded")
        hand.die(died)
        hand.finish(hand.again(died))
        assert hand.simulation.world.calls[HUB, Step.CHILDREN] == 1
        following = hand.queued(Step.CHILDREN)
        assert isinstance(following, AccountQueued)
        assert (following.id, following.cursor) == (hand.run().holder, hand.run().progress.cursor)
        assert following.takes_over == died.event.id
        told = [event for event in hand.bus.published if isinstance(event, ChildrenRecorded)]
        assert [(event.page, event.total, len(event.children)) for event in told] == [(1, 0, 0)]


def test_a_page_told_again_from_the_store_is_the_same_page() -> None:
    with by_hand(small_hub(page=2)) as hand:
        hand.ask("one", pages=2)
        for _ in range(2):
            hand.finish(hand.next(Step.CHILDREN))
        told = [event for event in hand.bus.published if isinstance(event, ChildrenRecorded)]
        with by_hand(small_hub(page=2)) as other:
            other.ask("one", pages=2)
            other.finish(other.next(Step.CHILDREN))
            died = other.run_to(other.next(Step.CHILDREN), "publish ChildrenRecorded")
            other.die(died)
            other.finish(other.again(died))
            again = [event for event in other.bus.published if isinstance(event, ChildrenRecorded)]
        assert again == told
        assert [child.account for event in told for child in event.children] == [FIRST, SECOND, THIRD]


def test_who_asks_for_more_pages_goes_on_where_others_ended() -> None:
    with by_hand() as hand:
        hand.ask("one", pages=2)
        hand.rest()
        assert (hand.run().state, hand.run().progress.pages) == (RunState.FINISHED, 2)
        hand.ask("more", pages=4)
        hand.rest()
        assert hand.run().progress.pages == 4
        assert hand.simulation.world.calls[HUB, Step.CHILDREN] == 4
        assert hand.request("more").completed


def test_children_are_granted_in_operation_order_while_budget_and_depth_last() -> None:
    with by_hand() as hand:
        hand.ask("one", budget=2, depth=1, pages=9)
        hand.rest()
        rows = hand.rows("one")
        assert set(rows) == {HUB, FIRST, SECOND}
        assert {row.state for row in rows.values()} == {RowState.DONE}
        assert hand.request("one").used == 2


def test_a_dead_letter_fails_everybody_who_waits_for_its_run() -> None:
    with by_hand() as hand:
        first, second = hand.ask("first"), hand.ask("second", lane=Lane.QUEUED)
        reading = hand.run_to(hand.next(Step.CHILDREN, request=first), f"{HUB[:5]} children", Point.SOURCE)
        hand.finish(hand.next(Step.CHILDREN, request=second))
        hand.die(reading)
        hand.set_aside(reading.event)
        assert hand.run().state is RunState.FAILED
        hand.drop(reading)
        hand.rest()
        for name in (first, second):
            assert hand.rows(name)[HUB].state is RowState.FAILED
            assert hand.request(name).completed


def test_a_dead_letter_leaves_a_run_that_another_holds_and_stays_registered_with_it() -> None:
    with by_hand() as hand:
        first, second = hand.ask("first"), hand.ask("second", lane=Lane.QUEUED)
        reading = hand.run_to(hand.next(Step.CHILDREN, request=first), f"{HUB[:5]} children", Point.SOURCE)
        dead = hand.next(Step.CHILDREN, request=second)
        hand.set_aside(dead.event)
        hand.drop(dead)
        assert hand.run().holder == reading.event.id
        assert hand.waiting() == ["first", "second"]
        hand.finish(reading)
        hand.rest()
        assert hand.rows(second)[HUB].state is RowState.DONE


def test_a_dead_letter_at_the_page_limit_fails_its_own_request_alone() -> None:
    with by_hand() as hand:
        hand.ask("first", pages=1)
        hand.rest()
        second = hand.ask("second", pages=3)
        dead = hand.next(Step.CHILDREN, request=second)
        hand.set_aside(dead.event)
        hand.drop(dead)
        hand.rest()
        assert hand.run().state is RunState.FINISHED
        assert hand.rows("first")[HUB].state is RowState.DONE
        assert hand.rows("second")[HUB].state is RowState.FAILED
        assert hand.request("second").completed


def test_a_page_that_was_read_is_told_although_its_event_is_given_up() -> None:
    with by_hand() as hand:
        hand.ask("one", pages=2)
        reading = hand.run_to(hand.next(Step.CHILDREN), "publish ChildrenRecorded")
        hand.die(reading)
        hand.set_aside(reading.event)
        hand.drop(reading)
        hand.rest()
        told = [event for event in hand.bus.published if isinstance(event, ChildrenRecorded)]
        assert [event.page for event in told] == [1]
        assert hand.request("one").completed


def test_the_lineage_told_last_tells_of_a_failure_after_its_telling_was_cut_off() -> None:
    with by_hand() as hand:
        hand.ask("one")
        hand.finish(hand.next(Step.CREATOR))
        hand.cut_off_while_set_aside(hand.queued(Step.CHILDREN), "publish LineageRecorded")
        hand.finish(hand.next(Step.CHILDREN))
        assert hand.status(HUB) is AccountStatus.FAILED
        assert hand.lineage_told(HUB).status is AccountStatus.FAILED


def test_the_lineage_told_last_tells_how_a_cancelled_asking_ended() -> None:
    with by_hand() as hand:
        hand.ask("one")
        hand.finish(hand.next(Step.CREATOR))
        hand.cancel("one")
        hand.finish(hand.next(Step.CHILDREN))
        hand.lose(hand.next(Step.CREATOR))
        assert hand.lineage_told(HUB).status is hand.status(HUB) is AccountStatus.COMPLETE


def test_a_child_known_by_its_ledger_is_granted_although_it_became_exact_before() -> None:
    with by_hand() as hand:
        hand.simulation.world.children_told.add(HUB)
        hand.ask("first", THIRD)
        hand.rest()
        hand.ask("one", budget=3, depth=1, pages=9)
        hand.rest()
        assert set(hand.rows("one")) == {HUB, FIRST, SECOND, THIRD}


def test_a_retry_reopens_what_failed_once_and_others_do_not() -> None:
    with by_hand() as hand:
        hand.simulation.world.poison[HUB, Step.CREATOR] = SourceRejected
        hand.ask("one", FIRST)
        hand.rest()
        assert hand.run(Step.CREATOR).state is RunState.FAILED
        assert hand.request("one").completed
        hand.ask("no retry", FIRST)
        hand.rest()
        assert hand.simulation.world.calls[HUB, Step.CREATOR] == 1
        hand.ask("in vain", FIRST, retry=True)
        hand.rest()
        assert hand.simulation.world.calls[HUB, Step.CREATOR] == 2
        assert hand.request("in vain").completed
        del hand.simulation.world.poison[HUB, Step.CREATOR]
        hand.ask("retry", FIRST, retry=True)
        hand.rest()
        assert hand.run(Step.CREATOR).state is RunState.FINISHED
        assert [hop.creation.account for hop in hand.walk(FIRST).hops][:2] == [FIRST, HUB]


def test_a_retry_looks_again_for_an_account_that_was_not_there() -> None:
    with by_hand() as hand:
        hand.ask("too early", STRANGER)
        hand.rest()
        assert hand.status(STRANGER) is AccountStatus.NOT_FOUND
        hand.simulation.world.creations.append(creation(STRANGER, FIRST, ledger=99))
        hand.ask("retry", STRANGER, retry=True)
        hand.rest()
        assert hand.status(STRANGER) is AccountStatus.COMPLETE
        assert [hop.creation.account for hop in hand.walk(STRANGER).hops][:3] == [STRANGER, FIRST, HUB]


def test_a_cancelled_request_ends_and_frees_a_run_that_nobody_else_waits_for() -> None:
    with by_hand() as hand:
        hand.ask("one", pages=9)
        hand.finish(hand.next(Step.CHILDREN))
        hand.cancel("one")
        hand.rest()
        assert hand.request("one").completed
        assert (hand.run().state, hand.run().progress.pages) == (RunState.FINISHED, 1)
        assert hand.waiting() == []
        assert hand.status(HUB) is AccountStatus.FAILED  # its creator was never looked for


def test_a_cancelled_request_leaves_the_run_to_the_others() -> None:
    with by_hand() as hand:
        hand.ask("one", pages=9)
        hand.ask("other", pages=3)
        hand.finish(hand.next(Step.CHILDREN, request="one"))
        hand.finish(hand.next(Step.CHILDREN, request="other"))
        hand.cancel("one")
        hand.rest()
        assert hand.run().progress.pages == 3
        assert (hand.request("one").completed, hand.request("other").completed) == (True, True)


def test_an_event_without_a_request_opens_one_under_its_own_id() -> None:
    with by_hand() as hand:
        hand.bus.append(AccountRequested(id="an event", network=NETWORK, account=HUB))
        hand.rest()
        request = hand.request("an event")
        assert (request.budget, request.depth, request.pages, request.completed) == (3, 1, 4, True)
        assert set(hand.rows("an event")) == {HUB, FIRST, SECOND, THIRD}


def test_an_event_of_a_request_that_nobody_knows_is_invalid() -> None:
    with by_hand() as hand:
        event: StepEvent = AccountRequested(id="e", network=NETWORK, account=HUB, request_id="unknown")
        hand.bus.append(event)
        with pytest.raises(InvalidEvent):
            hand.finish(hand.next(Step.CREATOR))


def test_hops_of_a_person_stay_in_the_user_lane_and_later_pages_go_to_the_second() -> None:
    with by_hand() as hand:
        hand.ask("one", FIRST, pages=2)
        hand.rest()
        steps = [event for event in hand.bus.published if isinstance(event, AccountRequested)]
        lanes = {(event.account, event.step, bool(event.cursor)): type(event) for event in steps}
        assert lanes[HUB, Step.CREATOR, False] is AccountRequested
        assert lanes[FIRST, Step.CHILDREN, True] is AccountQueued


def test_a_client_with_many_open_requests_goes_to_the_second_lane() -> None:
    with by_hand() as hand:
        for number in range(3):
            hand.ask(f"{number}", client="somebody")
        hand.ask("one more", client="somebody")
        assert hand.request("2").lane is Lane.USER
        assert hand.request("one more").lane is Lane.QUEUED


def test_what_is_stored_answers_what_asks_for_no_more() -> None:
    with by_hand() as hand:
        assert not hand.answered(HUB, pages=2)
        hand.ask("one", budget=2, depth=1, pages=2)
        hand.rest()
        assert hand.answered(HUB, pages=2)
        assert hand.answered(HUB, budget=2, depth=1, pages=1)
        assert not hand.answered(HUB, pages=3)
        assert not hand.answered(HUB, budget=3, depth=1, pages=2)
        assert not hand.answered(HUB, budget=2, depth=2, pages=2)
        assert not hand.answered(FIRST, pages=1)


def test_the_status_of_an_account_tells_when_everything_asked_of_it_is_read() -> None:
    with by_hand() as hand:
        hand.ask("one")
        assert hand.status(HUB) is AccountStatus.PENDING
        hand.finish(hand.next(Step.CREATOR))
        assert hand.status(HUB) is AccountStatus.PROCESSING
        hand.finish(hand.next(Step.CHILDREN))
        assert hand.status(HUB) is AccountStatus.COMPLETE
        hand.ask("again", pages=2)
        assert hand.status(HUB) is AccountStatus.RE_INQUIRY
        hand.rest()
        state = at_once(hand.stores.accounts.state_of(AccountRef(NETWORK, HUB)))
        assert state
        assert (state.status, state.request_id, state.requested) == (AccountStatus.COMPLETE, "again", True)
