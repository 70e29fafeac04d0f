"""Steps that are given up: what is told and who is settled, each in the one order of things that needs it."""

from collections.abc import Callable

import pytest

from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.events.facts import ChildrenRecorded
from stellarmap_common.ports.request_store import RowState
from stellarmap_common.ports.run_store import RunState
from tests.support.simulation_bus import Task
from tests.support.simulation_by_hand import HUB, ByHand, by_hand
from tests.support.simulation_points import Point


def test_a_dead_letter_settles_a_request_that_is_served_while_another_reads_on() -> None:
    with by_hand() as hand:
        first, second = hand.ask("first", pages=2), hand.ask("second", lane=Lane.QUEUED)
        hand.finish(hand.next(Step.CHILDREN, request=first))
        reading = hand.run_to(hand.next(Step.CHILDREN, request=first), f"{HUB[:5]} children", Point.SOURCE)
        dead = hand.next(Step.CHILDREN, request=second)
        hand.set_aside(dead.event)
        hand.drop(dead)
        assert hand.rows(second)[HUB].state is RowState.DONE
        hand.finish(reading)
        hand.rest()
        assert hand.request(second).completed


def test_a_dead_letter_closes_a_run_whose_next_event_was_lost() -> None:
    with by_hand() as hand:
        first, second = hand.ask("first", pages=2), hand.ask("second", pages=3, lane=Lane.QUEUED)
        hand.finish(hand.next(Step.CHILDREN, request=first))
        hand.lose(hand.next(Step.CHILDREN, request=first))
        dead = hand.next(Step.CHILDREN, request=second)
        hand.set_aside(dead.event)
        hand.drop(dead)
        assert (hand.run().state, hand.waiting()) == (RunState.FAILED, [])
        hand.rest()
        assert (hand.request(first).completed, hand.request(second).completed) == (True, True)


def pages_told(hand: ByHand) -> list[int]:
    return [event.page for event in hand.bus.published if isinstance(event, ChildrenRecorded)]


def handle(hand: ByHand, task: Task) -> None:
    hand.finish(hand.again(task))


def give_up(hand: ByHand, task: Task) -> None:
    hand.set_aside(task.event)


@pytest.mark.parametrize("what_comes_next", [handle, give_up])
def test_a_page_is_told_again_when_its_event_was_given_up_and_the_telling_lost(
    what_comes_next: Callable[[ByHand, Task], None],
) -> None:
    with by_hand() as hand:
        hand.ask("one", pages=2)
        reading = hand.run_to(hand.next(Step.CHILDREN), "publish ChildrenRecorded")
        hand.die(reading)
        hand.cut_off_while_set_aside(reading.event, "close_row")
        assert hand.run().state is RunState.FAILED
        hand.bus.published = [event for event in hand.bus.published if not isinstance(event, ChildrenRecorded)]
        what_comes_next(hand, reading)
        assert pages_told(hand) == [1]


def test_a_page_is_told_although_the_event_of_another_request_closes_its_run() -> None:
    with by_hand() as hand:
        first, second = hand.ask("first", pages=2), hand.ask("second", pages=3, lane=Lane.QUEUED)
        reading = hand.run_to(hand.next(Step.CHILDREN, request=first), "publish ChildrenRecorded")
        hand.die(reading)
        dead = hand.next(Step.CHILDREN, request=second)
        hand.set_aside(dead.event)
        hand.drop(dead)
        assert hand.run().state is RunState.FAILED
        handle(hand, reading)
        assert pages_told(hand) == [1]
