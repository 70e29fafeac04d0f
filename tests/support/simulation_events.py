"""What must hold of every event that asks for a step: its id follows from what it follows from, and it has its reason."""

from collections.abc import Callable
from datetime import datetime, timedelta

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Step
from stellarmap_common.events.base import derived_id, fact_id
from stellarmap_common.events.requests import AccountQueued, AccountRequested, ChildDiscovered, StepEvent, step_request
from stellarmap_common.ports.run_store import Run, RunState
from tests.support.simulation import Simulation
from tests.support.simulation_bus import Task
from tests.support.simulation_points import at_once
from tests.support.simulation_routes import handed_over
from tests.support.simulation_stored import request_of, rows_of, run_of
from tests.support.simulation_world import NETWORK

QUIET = timedelta(minutes=2)
MOST_RECOVERIES = 3
MOST_PAGES = 60
A_DAY = timedelta(days=1)


class _Beginning:
    """What recovery finds when it begins."""

    def __init__(self, simulation: Simulation) -> None:
        now = simulation.clock.now()
        unread = simulation.bus.unread_since()
        self.quiet_before = min(now, unread or now) - QUIET
        self.now = now
        self.runs: dict[tuple[Address, Step], Run | None] = {
            (account, step): run_of(simulation.stores, account, step)
            for account in simulation.world.accounts()
            for step in Step
        }
        self.begun: dict[tuple[str, Address, Step], datetime] = {}
        for attempt in at_once(simulation.stores.attempts.begun_between(NETWORK, now - A_DAY, now + A_DAY)):
            of = attempt.request_id, attempt.account, attempt.step
            self.begun[of] = max(attempt.at, self.begun.get(of, attempt.at))


class EventCheck:
    """Looks at each step event that goes out."""

    def __init__(self, simulation: Simulation, hold: Callable[[bool, str], None]) -> None:
        self._simulation = simulation
        self._hold = hold
        self._beginnings: dict[Task, _Beginning] = {}
        self._published: dict[str, StepEvent] = {}

    def recovery_begins(self, task: Task) -> None:
        self._beginnings[task] = _Beginning(self._simulation)

    def check_step(self, task: Task | None, event: StepEvent) -> None:
        """Its id, its mark of a retry, its request and its reason."""
        self._published[event.id] = event
        step = step_request(event)
        named = f"{type(event).__name__} {step.step} of {event.account[:5]} for {step.request_id[:4]}"
        request = request_of(self._simulation.stores, step.request_id)
        if request is None:
            self._hold(False, f"{named} has no request")  # noqa: FBT003 - a fact
            return
        self._hold(step.retry == request.retry, f"{named} lost the mark of a retry")
        self._hold(self._is_derived(event, step), f"{named} has an id that follows from nothing")
        self._hold(self._is_noted(step), f"{named} goes out before it is noted")
        if isinstance(event, AccountQueued) and event.id in self._recovered(step):
            self._check_recovered(task, step, named)

    def _is_derived(self, event: StepEvent, step: AccountRequested) -> bool:
        if isinstance(event, ChildDiscovered):
            granted = rows_of(self._simulation.stores, event.request_id).get(event.account)
            return granted is not None and event.id == fact_id(
                ChildDiscovered.type, NETWORK, granted.operation_id, event.account, event.request_id
            )
        first = derived_id(step.request_id, AccountRequested.type, step.account, step.step)
        if event.id == first or event.id in self._recovered(step):
            return True
        before = self._published.get(step.takes_over)
        if before and event.id == handed_over(before).id:
            return True
        return any(event.id == derived_id(step.takes_over, AccountQueued.type, pages) for pages in range(MOST_PAGES))

    def _recovered(self, step: AccountRequested) -> list[str]:
        return [
            derived_id(step.request_id, AccountQueued.type, step.account, step.step, "recovery", number)
            for number in range(1, MOST_RECOVERIES + 1)
        ]

    def _is_noted(self, step: AccountRequested) -> bool:
        """What recovery goes by stands before its event can be lost."""
        now = self._simulation.clock.now()
        noted = at_once(self._simulation.stores.attempts.begun_between(NETWORK, now - A_DAY, now + A_DAY))
        return any(
            (each.request_id, each.account, each.step) == (step.request_id, step.account, step.step) for each in noted
        )

    def _check_recovered(self, task: Task | None, step: AccountRequested, named: str) -> None:
        beginning = self._beginnings.get(task) if task else None
        if beginning is None:
            return
        run = beginning.runs.get((step.account, step.step))
        leased = run is not None and run.lease_until is not None and run.lease_until >= beginning.now - QUIET
        at_work = run is not None and run.state is RunState.OPEN and leased
        self._hold(not at_work, f"{named} is taken up although it is worked on")
        begun = beginning.begun.get((step.request_id, step.account, step.step))
        waits = begun is not None and begun >= beginning.quiet_before
        self._hold(not waits, f"{named} is taken up although it may wait in a queue")
