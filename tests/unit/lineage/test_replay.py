"""A replayed step does what its dead letter has undone: it has the effect of a retry, once, and for nobody who needs none."""

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.errors import SourceRejected
from stellarmap_common.events.requests import StepEvent
from stellarmap_common.lineage.walk import WalkState
from stellarmap_common.ports.request_store import RowState
from stellarmap_common.ports.run_store import RunState
from tests.support.simulation_bus import Task
from tests.support.simulation_by_hand import FIRST, HUB, SECOND, THIRD, ByHand, by_hand

LETTER = "stellarmap.account.requested.v1.ingest-horizon.dlq:0:7"


def replay(hand: ByHand, event: StepEvent, letter: str = LETTER) -> None:
    """The record comes again by the replay topic, and what follows from it is worked off."""
    lineage = hand.simulation.fresh_lineage()
    hand.finish(Task(lineage.replaying.before_replay(event, letter), "before replay", -1))
    hand.bus.append(event)
    hand.rest()


def refuse(hand: ByHand, account: Address, step: Step) -> None:
    hand.simulation.world.poison[account, step] = SourceRejected


def mend(hand: ByHand) -> None:
    hand.simulation.world.poison.clear()


def handled(hand: ByHand, account: Address, step: Step) -> StepEvent:
    """The event of such a step that stood in the queue."""
    records = (event for place in hand.bus.places for event, _ in place.records)
    return next(
        event for event in records if event.account == account and getattr(event, "step", Step.CHILDREN) is step
    )


def test_a_replayed_creator_step_lets_the_chain_of_who_asked_go_on() -> None:
    with by_hand() as hand:
        refuse(hand, HUB, Step.CREATOR)
        hand.ask("one", FIRST)
        hand.rest()
        assert hand.request("one").completed
        assert hand.walk(FIRST).state is WalkState.UNKNOWN
        mend(hand)
        replay(hand, handled(hand, HUB, Step.CREATOR))
        assert hand.walk(FIRST).state is WalkState.GENESIS
        assert hand.status(FIRST) is AccountStatus.COMPLETE


def test_a_replayed_page_of_children_is_read_on_and_the_rest_of_the_budget_spent() -> None:
    with by_hand() as hand:
        refuse(hand, HUB, Step.CHILDREN)
        hand.ask("one", HUB, budget=3, depth=1, pages=5)
        hand.rest()
        assert hand.rows("one")[HUB].state is RowState.FAILED
        mend(hand)
        replay(hand, handled(hand, HUB, Step.CHILDREN))
        assert hand.run().progress.complete
        for child in (FIRST, SECOND, THIRD):
            assert hand.run(Step.CHILDREN, child).state is RunState.FINISHED


def test_a_replayed_grandchild_is_read_although_its_request_is_over() -> None:
    with by_hand() as hand:
        refuse(hand, FIRST, Step.CHILDREN)
        hand.ask("one", HUB, budget=3, depth=1, pages=5)
        hand.rest()
        assert hand.run(Step.CHILDREN, FIRST).state is RunState.FAILED
        mend(hand)
        replay(hand, handled(hand, FIRST, Step.CHILDREN))
        assert hand.run(Step.CHILDREN, FIRST).state is RunState.FINISHED


def test_replayed_twice_it_is_asked_and_read_once() -> None:
    with by_hand() as hand:
        refuse(hand, FIRST, Step.CHILDREN)
        hand.ask("one", FIRST)
        hand.rest()
        event = handled(hand, FIRST, Step.CHILDREN)
        mend(hand)
        before = hand.simulation.world.calls[FIRST, Step.CHILDREN]
        for _ in range(3):
            replay(hand, event)
        assert hand.simulation.world.calls[FIRST, Step.CHILDREN] == before + 1


def test_what_fails_again_can_be_replayed_again_by_its_new_dead_letter() -> None:
    with by_hand() as hand:
        refuse(hand, FIRST, Step.CHILDREN)
        hand.ask("one", FIRST)
        hand.rest()
        event = handled(hand, FIRST, Step.CHILDREN)
        replay(hand, event)
        assert hand.run(Step.CHILDREN, FIRST).state is RunState.FAILED
        mend(hand)
        replay(hand, event, f"{LETTER}8")
        assert hand.run(Step.CHILDREN, FIRST).state is RunState.FINISHED


def test_what_was_done_since_is_not_done_again() -> None:
    with by_hand() as hand:
        refuse(hand, FIRST, Step.CREATOR)
        hand.ask("one", FIRST)
        hand.rest()
        mend(hand)
        hand.ask("retry", FIRST, retry=True)
        hand.rest()
        before = dict(hand.simulation.world.calls)
        replay(hand, handled(hand, FIRST, Step.CREATOR))
        assert dict(hand.simulation.world.calls) == before


def test_a_step_whose_request_still_waits_for_it_does_its_own_work() -> None:
    with by_hand() as hand:
        hand.ask("one", FIRST)
        lost = hand.next(Step.CHILDREN, FIRST)
        hand.drop(lost)  # set aside without an event that could be told of: nothing was closed
        replay(hand, lost.event)
        assert hand.rows("one")[FIRST].state is RowState.DONE
        assert hand.request("one").completed


def test_nobody_asks_anew_for_what_was_cancelled() -> None:
    with by_hand() as hand:
        refuse(hand, FIRST, Step.CHILDREN)
        hand.ask("one", FIRST)
        hand.cancel("one")
        hand.rest()
        mend(hand)
        before = dict(hand.simulation.world.calls)
        replay(hand, handled(hand, FIRST, Step.CHILDREN))
        assert dict(hand.simulation.world.calls) == before
