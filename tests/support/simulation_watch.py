"""What must hold of every schedule while it runs: of each write, of each event, of each step that came to its end."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.transitions import may_become
from stellarmap_common.errors import RunLost, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.events.requests import RequestCompleted, step_request
from stellarmap_common.lineage.turn import run_ref
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.request_store import Request, RequestRef, RowState
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from tests.support.simulation import Simulation
from tests.support.simulation_bus import STEPS, Task
from tests.support.simulation_events import EventCheck
from tests.support.simulation_observer import Observer
from tests.support.simulation_points import Point, at_once
from tests.support.simulation_stored import request_of, rows_of, run_of, waiting_for, walk_of, wanted_pages
from tests.support.simulation_told import ToldFacts
from tests.support.simulation_world import NETWORK, is_within

MANY = 1_000
WRITES = {"record", "swap", "close_row", "grant"}  # after which a task looks again at what it settles


@dataclass(slots=True)
class Course:
    """What one task has done so far."""

    began: datetime
    wanted: frozenset[str]  # requests that nobody had cancelled and that were not completed when it began
    over: frozenset[str]  # those that were
    calls: int = 0
    horizon: int = 0  # how far the network had come when its source was asked
    seen: Run | None = None  # its run, as it first read it
    lease: datetime | None = None
    waited: tuple[str, ...] = ()  # who waited when its facts were stored
    advanced: Run | None = None  # its run, after it had counted its page
    lost: bool = False  # another advanced its run while it read
    untold: set[AccountRef] = field(
        default_factory=set
    )  # accounts whose run it ended, before it looked at their status
    news: set[Address] = field(
        default_factory=set
    )  # accounts that others have told something new of, or tried again, since its own last write


class Watch(Observer):
    """Looks at a schedule while it runs."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.events = EventCheck(simulation, self.hold)
        self.told = ToldFacts(simulation.happened)
        self.courses: dict[Task, Course] = {}
        self.statuses: dict[AccountRef, AccountStatus] = {}
        self.read_to: dict[RunRef, dict[int, int]] = {}  # the last child found up to a page, by its number
        self.horizons: dict[RunRef, int] = {}  # how far the network had come when the run was last read
        self.granted_upto: dict[tuple[str, Address], int] = {}  # what was read for a row when it was closed as done
        self.closed: dict[tuple[str, Address], RowState] = {}
        simulation.observer = self

    def hold(self, fact: bool, otherwise: str) -> None:  # noqa: FBT001 - a fact, and what is told without it
        if not fact:
            self.simulation.problems.append(otherwise)

    # Tasks

    def on_start(self, task: Task) -> None:
        stores = self.simulation.stores
        asked = [each for each in (request_of(stores, request_id) for request_id in self.simulation.asks) if each]
        over = frozenset(each.ref.request_id for each in asked if _is_over(each))
        wanted = frozenset(each.ref.request_id for each in asked) - over
        self.courses[task] = Course(self.simulation.clock.now(), wanted, over)
        if task.name == "recovery":
            self.events.recovery_begins(task)

    def on_failure(self, task: Task, error: Exception) -> None:
        """A step that could not read holds nothing."""
        course = self.courses.pop(task)
        waited_for_its_source = [at for at, _ in task.struck] in ([Point.ADMIT], [Point.SOURCE])
        if not waited_for_its_source or not isinstance(error, TransientError) or isinstance(error, RunLost):
            return
        step = step_request(task.event)
        run = run_of(self.simulation.stores, step.account, step.step)
        held = run and run.holder == step.id and run.lease_until == course.lease and self._is_leased(run)
        self.hold(not held, f"{task.name} of {step.account[:5]} could not read, and holds its run")

    def on_end(self, task: Task) -> None:
        """Whoever waited for the step has got what it read, and its own request what was read by others."""
        course = self.courses.pop(task)
        if task.place is None or task.sets_aside:
            return
        step = step_request(task.event)
        ref = run_ref(step)
        self.hold(not course.lost, f"{task.name} of {step.account[:5]} lost its run and is acknowledged")
        if ref.step is Step.CREATOR:
            return
        if course.seen:
            self._check_served(course.seen, step.request_id, "its own event met the run")
        for request_id in course.waited if course.advanced else ():
            self._check_served(course.advanced, request_id, "it waited when the page was stored")

    def _check_served(self, run: Run | None, request_id: str, when: str) -> None:
        assert run
        account = run.ref.account.address
        standing = at_once(self.simulation.stores.requests.standing(RequestRef(NETWORK, request_id), account))
        if standing is None or standing.row is None or standing.row.state is not RowState.OPEN:
            return
        request = standing.request
        if request.cancelled or request.completed:
            return
        now = run_of(self.simulation.stores, account, Step.CHILDREN)
        if now is None or now.progress.pages < run.progress.pages:
            return  # somebody's retry has begun it anew since
        named = f"{request_id[:4]} {account[:5]}"
        enough = run.progress.complete or run.progress.pages >= wanted_pages(request, account)
        served = enough and run.progress.pages > 0 and not request.retry  # a retry may begin it anew
        self.hold(not served, f"{named} is still open: {when}")
        if standing.row.depth_left <= 0 or request.used >= request.budget:
            return
        stored = at_once(self.simulation.stores.creations.children_of(run.ref.account, ChildRange(), MANY))
        known = rows_of(self.simulation.stores, request_id)
        missing = [made.account[:5] for made in stored if made.account not in known and _is_read(made, run)]
        self.hold(not missing, f"{named} was not granted {missing}: {when}")

    # Source calls

    def on_call(self, task: Task | None, account: Address, step: Step, *, admitted: bool) -> None:
        """One call a step, its tokens taken before, and somebody waits for what it brings."""
        named = f"{step} of {account[:5]}"
        self.hold(admitted, f"{named} is read without tokens")
        if task is None:
            return
        course = self.courses[task]
        course.calls += 1
        course.horizon = self.simulation.world.grown_to
        self.hold(course.calls == 1, f"{named} takes {course.calls} calls in one step")
        ref = RunRef(AccountRef(NETWORK, account), step)
        run = run_of(self.simulation.stores, account, step)
        if run is None or run.lease_until != course.lease:
            return  # another has taken it since, and may have settled whoever waited
        stores = self.simulation.stores
        waiting = waiting_for(stores, ref)
        ended_since = any(_is_over(each) for each in (request_of(stores, one) for one in course.wanted) if each)
        for_somebody = bool({*waiting} - course.over) or ended_since
        self.hold(for_somebody, f"{named} is read for nobody: {[each[:4] for each in waiting]}")

    # Stores

    def on_access(self, task: Task | None, name: str, args: Any, result: Any) -> None:
        course = self.courses.get(task) if task else None
        if name == "put_state" and result:
            self._on_status(args[0])
        elif name == "swap" and result:
            self._on_swap(task, course, args[0])
        elif name == "swap" and course and course.calls and course.advanced is None:
            course.lost = True
        elif name == "record":
            self._on_record(task, course, *args)
        elif name == "close_row":
            self._on_close(course, *args)
        elif name == "run_of" and course and task and task.place:
            course.seen = course.seen or (result if args[0] == run_ref(step_request(task.event)) else None)
        elif name == "state_of" and course:
            course.untold.discard(args[0])
        if name in WRITES and course:
            course.news.clear()

    def _on_status(self, state: Any) -> None:
        before = self.statuses.get(state.ref)
        self.hold(may_become(before, state.status, asked_by_user=True), f"{state.ref} {before} → {state.status}")
        self.statuses[state.ref] = state.status

    def _bring_news(self, course: Course | None, accounts: Collection[Address]) -> None:
        for other in self.courses.values():
            if other is not course:
                other.news.update(accounts)

    def _on_swap(self, task: Task | None, course: Course | None, new: Run) -> None:
        if course is None or task is None:
            return
        if self._is_leased(new):
            mine = task.place is not None and new.holder == task.event.id
            self.hold(mine, f"{new.ref} is leased to {new.holder[:4]}, which does not read")
            course.lease = new.lease_until
        elif course.calls and course.advanced is None and not task.sets_aside and new.progress.pages:
            course.advanced = new
            self.horizons[new.ref] = course.horizon
            if new.state is RunState.FINISHED:  # who has come by now was told that somebody reads
                course.waited = tuple(dict.fromkeys((*course.waited, *waiting_for(self.simulation.stores, new.ref))))
            pages = self.read_to.setdefault(new.ref, {})
            if new.progress.pages == 1:
                pages.clear()
            pages[new.progress.pages] = new.progress.last_op
        if new.state is not RunState.OPEN:
            course.untold.add(new.ref.account)
        if len(new.reopened_by) > 0 and new.state is RunState.OPEN and not new.progress.pages:
            self.simulation.happened["fruitless step tried again"] += 1
        if new.reopened_by and new.state is RunState.OPEN and new.ref.step is Step.CREATOR:
            self._bring_news(course, [new.ref.account.address])

    def _on_record(
        self,
        task: Task | None,
        course: Course | None,
        creations: tuple[Creation, ...],
        ends: tuple[AccountEnd, ...],
        unplaced: tuple[UnplacedCreation, ...],
    ) -> None:
        self._bring_news(course, self.told.add(creations, ends, unplaced))
        if task and course and task.place:
            step = step_request(task.event)
            own = () if step.request_id == "" else (step.request_id,)
            course.waited = (*own, *waiting_for(self.simulation.stores, run_ref(step)))

    def _on_close(self, course: Course | None, ref: RequestRef, account: Address, wanted: RowState) -> None:
        row = rows_of(self.simulation.stores, ref.request_id).get(account)
        request = request_of(self.simulation.stores, ref.request_id)
        if row is None or request is None:
            return
        named = f"{ref.request_id[:4]} {account[:5]}"
        before = self.closed.setdefault((ref.request_id, account), row.state)
        self.hold(before is row.state, f"{named} was {before} and is {row.state}")
        untold = course is not None and AccountRef(NETWORK, account) in course.untold
        self.hold(not untold, f"{named} is closed before the status tells that its run has ended")
        if wanted is RowState.DONE is row.state:
            pages = self.read_to.get(RunRef(AccountRef(NETWORK, account), Step.CHILDREN), {})
            upto = min(wanted_pages(request, account), max(pages, default=0))
            self.granted_upto.setdefault((ref.request_id, account), pages.get(upto, 0))

    def _is_leased(self, run: Run) -> bool:
        return run.lease_until is not None and run.lease_until > self.simulation.clock.now()

    # Events

    def on_publish(self, task: Task | None, event: Event) -> None:
        if isinstance(event, STEPS):
            self.events.check_step(task, event)
        if isinstance(event, RequestCompleted) and not event.cancelled:
            self._on_completed(task, event)

    def _on_completed(self, task: Task | None, event: RequestCompleted) -> None:
        """request.completed is never early. Told again it is no news: what is found since changes nothing of it."""
        if any(told.id == event.id for told in self.simulation.bus.published):
            return
        stores = self.simulation.stores
        request = request_of(stores, event.request_id)
        assert request
        named = event.request_id[:4]
        still_open = [row.account for row in rows_of(stores, event.request_id).values() if row.state is RowState.OPEN]
        self.hold(not still_open, f"completed with open rows: {named} {still_open}")
        walk = walk_of(stores, request)
        on_the_way = {hop.creation.account for hop in walk.hops} | ({walk.pending.address} if walk.pending else set())
        # Nobody can look and tell in one instant. Of a chain that had ended, others may find more in between, or try again
        # where it had ended: that is as good as found after the telling. What was known at its own last write is not.
        goes_on_since = task is not None and not self.courses[task].news.isdisjoint(on_the_way)
        self.hold(not walk.pending or goes_on_since, f"completed before its walk ended: {named} {walk.pending}")
        self.hold(event.used == request.used, f"completed with {event.used} used of {request.used}")


def _is_read(made: Creation, run: Run) -> bool:
    return bool(run.progress.last_op) and is_within(made, run.progress.last_op)


def _is_over(request: Request) -> bool:
    return request.cancelled or request.completed
