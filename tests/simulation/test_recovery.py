"""What recovery takes up, and what it leaves alone, each in the one order of things that needs it."""

from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.lineage.recovery import GIVEN_UP, MOST_RECOVERIES
from stellarmap_common.ports.request_store import RowState
from stellarmap_common.ports.run_store import RunState
from tests.support.simulation_by_hand import FIRST, HUB, by_hand, creation
from tests.support.simulation_points import Point
from tests.support.simulation_world import GENESIS, STRANGER


def test_recovery_takes_up_a_lost_step_and_gives_up_after_the_third_time() -> None:
    with by_hand() as hand:
        hand.ask("one")
        hand.lose(hand.next(Step.CHILDREN))
        hand.rest()
        for _ in range(MOST_RECOVERIES):
            hand.recover()
            hand.lose(hand.next(Step.CHILDREN))
            assert not hand.request("one").completed
        hand.recover()
        assert (hand.run().state, hand.run().progress.reason) == (RunState.FAILED, GIVEN_UP)
        assert hand.rows("one")[HUB].state is RowState.FAILED
        assert hand.request("one").completed


def test_recovery_leaves_alone_what_waits_in_a_queue() -> None:
    with by_hand() as hand:
        hand.ask("one")
        published = len(hand.bus.published)
        hand.recover(after_s=100_000)
        assert len(hand.bus.published) == published


def test_recovery_completes_a_request_whose_completion_was_never_told() -> None:
    with by_hand() as hand:
        hand.ask("one")
        hand.finish(hand.next(Step.CREATOR))
        died = hand.run_to(hand.next(Step.CHILDREN), "publish RequestCompleted")
        hand.lose(died)
        hand.rest()
        assert not hand.request("one").completed
        hand.recover()
        assert hand.request("one").completed


def test_an_asking_that_stood_still_while_recovery_went_on_is_taken_up() -> None:
    with by_hand() as hand:
        asking = hand.run_to(hand.asking("one"), "note")
        for _ in range(2):
            hand.recover(after_s=1_000)
        hand.run_to(asking, "open", Point.AFTER_WRITE).coroutine.close()
        hand.recover()
        hand.rest()
        assert hand.request("one").completed


def test_a_retry_that_recovery_takes_up_is_read_from_its_start() -> None:
    with by_hand() as hand:
        hand.ask("too early", STRANGER)
        hand.rest()
        hand.simulation.world.creations.append(creation(STRANGER, FIRST, ledger=99))
        hand.ask("retry", STRANGER, retry=True)
        hand.finish(hand.next(Step.CHILDREN, STRANGER))
        for _ in range(2):  # asked for by whoever asks, and by whoever finds that the walk has not ended
            hand.lose(hand.next(Step.CREATOR, STRANGER))
        assert hand.run(Step.CREATOR, STRANGER).progress.cursor  # where the fruitless one had ended
        hand.recover()
        hand.rest()
        assert hand.status(STRANGER) is AccountStatus.COMPLETE
        assert [hop.creation.account for hop in hand.walk(STRANGER).hops][:3] == [STRANGER, FIRST, HUB]


def test_the_step_of_genesis_is_taken_up_although_the_chain_is_known_without() -> None:
    with by_hand() as hand:
        hand.ask("one", GENESIS.address)
        hand.lose(hand.run_to(hand.next(Step.CREATOR, GENESIS.address), "swap", Point.AFTER_WRITE))
        hand.rest()
        assert not hand.request("one").completed
        hand.recover()
        hand.rest()
        assert hand.run(Step.CREATOR, GENESIS.address).state is RunState.FINISHED
        assert hand.waiting(Step.CREATOR, GENESIS.address) == []
        assert hand.status(GENESIS.address) is AccountStatus.COMPLETE
