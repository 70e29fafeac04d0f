"""What goes wrong in a schedule, between any two effects of anything that is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stellarmap_common.errors import RateLimited, SourceUnavailable, StoreUnavailable
from tests.support.simulation_points import Point

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.simulation import Simulation

MOST_ASKS = 5


def make_trouble(simulation: Simulation) -> None:
    """One thing goes wrong, of those that the kind of the schedule allows."""
    choices = [a_call_fails, a_call_fails, a_process_dies, a_partition_moves]
    if simulation.kind.late:
        choices += [a_partition_moves_unnoticed, time_jumps]
    if simulation.kind.recovery:
        choices += [recovery_runs]
    if simulation.kind.people:
        choices += [somebody_cancels, somebody_asks_more]
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
        simulation.ask(retry=simulation.random.random() < 0.6)
