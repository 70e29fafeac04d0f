"""What goes wrong in a schedule, between any two effects of anything that is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stellarmap_common.errors import RateLimited, SourceUnavailable, StoreUnavailable
from stellarmap_common.events.requests import step_request
from stellarmap_common.ports.request_store import RequestRef
from tests.support.simulation_bus import TRIES_OF_A_BUG, RecordTrouble
from tests.support.simulation_people import MOST_ASKS, ask_again, ask_for_something
from tests.support.simulation_points import Point, at_once
from tests.support.simulation_world import NETWORK, Injected

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.simulation import Simulation


def make_trouble(simulation: Simulation) -> None:
    """One thing goes wrong, of those that the kind of the schedule allows."""
    choices = [a_call_fails, a_call_fails, a_process_dies, a_partition_moves]
    if simulation.kind.late:
        choices += [a_partition_moves_unnoticed, time_jumps]
    if simulation.kind.recovery:
        choices += [recovery_runs]
    if simulation.kind.people:
        choices += [somebody_cancels, somebody_asks_more]
    if simulation.kind.cancels:
        choices += [somebody_cancels]
    if simulation.kind.refresh:
        choices += [somebody_asks_again, somebody_asks_again]
    if simulation.kind.grows:
        choices += [the_network_grows, the_network_grows]
    if simulation.kind.replays:
        choices += [a_dead_letter_is_replayed, a_source_is_mended]
    if simulation.kind.bugs:
        choices += [a_bug_strikes]
    chosen: Callable[[Simulation], None] = simulation.random.choice(choices)
    chosen(simulation)
    simulation.happened[chosen.__name__] += 1


def a_call_fails(simulation: Simulation) -> None:
    """What it was to write is written, or not; the caller is told that nobody knows."""
    if not simulation.tasks:
        return
    task = simulation.random.choice(simulation.tasks)
    if task.at is None:
        return
    error = {Point.SOURCE: SourceUnavailable("503"), Point.ADMIT: RateLimited("wait")}.get(
        task.at[0], StoreUnavailable("outcome unknown")
    )
    simulation.go_on(task, error)


def a_process_dies(simulation: Simulation) -> None:
    """With everything it has under way: a worker, or the one that people and recovery talk to."""
    worker = simulation.random.randrange(-1, 3)
    for task in [each for each in simulation.tasks if each.worker == worker]:
        simulation.kill(task)
    if worker >= 0:
        simulation.restart(worker)


def a_partition_moves(simulation: Simulation) -> None:
    """It is given to another worker, once its own has nothing of it in work."""
    place = simulation.random.choice(simulation.bus.places)
    if not place.running:
        place.commit()
        place.start_over()
        place.owner = simulation.random.randrange(3)


def a_partition_moves_unnoticed(simulation: Simulation) -> None:
    """It is given to another worker, and its own goes on for a while; what that had done is committed, or not."""
    place = simulation.random.choice(simulation.bus.places)
    for task in place.running.values():
        task.late = True
    if simulation.random.random() < 0.5:
        place.commit()
    place.start_over()
    place.owner = simulation.random.randrange(3)


def time_jumps(simulation: Simulation) -> None:
    """Beyond a lease, or beyond what recovery waits."""
    simulation.clock.pass_time(simulation.random.choice([30.0, 61.0, 130.0]))


def recovery_runs(simulation: Simulation) -> None:
    """Perhaps beside another that is under way."""
    simulation.recover()


def somebody_cancels(simulation: Simulation) -> None:
    """Any request, ended or not."""
    simulation.cancel(simulation.random.choice(sorted(simulation.asks)))


def somebody_asks_more(simulation: Simulation) -> None:
    """Something else, or the same again as a retry."""
    if len(simulation.asks) < MOST_ASKS:
        ask_for_something(simulation, retry=simulation.random.random() < 0.6)


def the_network_grows(simulation: Simulation) -> None:
    """Accounts are created and merged while they are read about."""
    if simulation.world.grow():
        simulation.happened["grew while a run reads" if _somebody_reads(simulation) else "grew"] += 1


def somebody_asks_again(simulation: Simulation) -> None:
    """What has its answer, or more of it."""
    ask_again(simulation)


def a_dead_letter_is_replayed(simulation: Simulation) -> None:
    """The record is handed to its handler again, perhaps when nobody waits for it any more."""
    if not simulation.dead:
        return
    dead = event, dead_letter = simulation.random.choice(simulation.dead)
    if simulation.random.random() < 0.7:  # else it may be replayed again
        simulation.dead.remove(dead)
    request = at_once(simulation.stores.requests.request(RequestRef(NETWORK, step_request(event).request_id)))
    simulation.happened["replay after its request" if request and request.completed else "replay"] += 1
    simulation.bus.replay(event, dead_letter)


def a_source_is_mended(simulation: Simulation) -> None:
    """What it could not tell before it can tell now."""
    if simulation.world.poison:
        del simulation.world.poison[simulation.random.choice(sorted(simulation.world.poison))]


def a_bug_strikes(simulation: Simulation) -> None:
    """For the last time this record may be tried: wherever its handling stands, it is given up."""
    working = [task for task in simulation.tasks if task.place and not task.sets_aside and not task.late and task.at]
    if (
        not simulation.kind.recovery
    ):  # an event given up in the middle of opening its request leaves the rest to recovery
        working = [task for task in working if step_request(task.event).request_id]
    if not working:
        return
    task = simulation.random.choice(working)
    assert task.place
    trouble = task.place.troubles.setdefault(task.offset, RecordTrouble())
    trouble.bugs = TRIES_OF_A_BUG - 1
    if not step_request(task.event).request_id:
        simulation.unasked.add(task.event.id)  # it may not have come to asking
    simulation.go_on(task, Injected("a bug"))


def _somebody_reads(simulation: Simulation) -> bool:
    return any(task.at and task.at[0] is Point.SOURCE for task in simulation.tasks)
