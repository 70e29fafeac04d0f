"""The real handlers, runs, lineage and SQLite store under a seeded scheduler.

Several workers handle records as coroutines that are suspended at every effect. The scheduler goes on with one of them at
a time, by the seed; what goes wrong between any two effects stands in simulation_trouble.py.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Route, Step
from stellarmap_common.errors import PermanentError, RunLost, SourceRejected, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.events.requests import StepEvent, step_request
from stellarmap_common.lineage import settle
from stellarmap_common.lineage.core import Lineage, open_lineage
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.routes import Routing, routes_in_force
from stellarmap_common.lineage.steps import StepHandlers
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.subscription import DeadLetter
from stellarmap_ingest_horizon.handlers import SourcePages
from tests.support.config import config_of
from tests.support.simulation_bus import (
    GROUP,
    STEPS,
    TRIES_OF_A_BUG,
    Place,
    RecordTrouble,
    SimulatedBus,
    SimulatedPublisher,
    Task,
)
from tests.support.simulation_clock import SimulatedClock
from tests.support.simulation_kinds import Kind, kind_of
from tests.support.simulation_network import random_world
from tests.support.simulation_observer import Observer
from tests.support.simulation_people import MOST_ASKS, ask_again, ask_for_something, everybody_begins
from tests.support.simulation_points import Point, interruptible
from tests.support.simulation_routes import OtherRoute, handled, is_handed_over
from tests.support.simulation_source import WorldSource
from tests.support.simulation_stored import opened_stores
from tests.support.simulation_trouble import make_trouble
from tests.support.simulation_world import NETWORK, NETWORKS, Injected

WORKERS = 3
CLIENTS = -1  # the worker of what no consumer does: asking, cancelling, recovery
MOST_TICKS = 20_000
MOST_ROUNDS = 40  # of recovery, once everything is calm
AT_FAULT = 12  # a record that failed so often for its source's sake is at fault itself
OPEN_REQUESTS = 3
CONFIG = config_of(request_budget=3, request_depth=1, request_pages=4)


class Unending(AssertionError):
    """A schedule that does not come to rest."""


SENT_IS_DURABLE = 0.3  # chance, each time a task goes on, that what it sent has become durable


class Simulation:
    """One schedule. Whatever happens follows from the seed and the kind."""

    stores: Stores
    config = CONFIG

    def __init__(self, seed: int, kind: Kind | None = None) -> None:
        self.seed = seed
        self.kind = kind or kind_of(seed)
        self.random = Random(seed)
        self.world = random_world(self.random, self.kind)
        self.clock = SimulatedClock()
        self.bus = SimulatedBus(self.clock)
        self.tasks: list[Task] = []
        self.asks: dict[str, Ask] = {}
        self.unasked: set[str] = set()  # whoever asked went away before there was an answer
        self.interrupted: Counter[tuple[Address, Step]] = Counter()  # steps that did not come to their end
        self.happened: Counter[str] = Counter()
        self.problems: list[str] = []
        self.observer = Observer()
        self.dead: list[tuple[StepEvent, str]] = []  # what was set aside and may be replayed, and which letter it is
        self.chaos = True
        # A step takes 20 s at most; only where leases may end under it does it take longer.
        self._pace_s = self.random.choice([0.01, 0.3, 3.0] if self.kind.late else [0.01])
        self._last: Task | None = None
        self._now: Task | None = None  # whoever goes on at this moment
        self._burst = self.random.choice(
            [0.0, 0.5, 0.9]
        )  # chance that the same task goes on: others stand still for long
        self._reads_seen = self.random.choice([0.05, 0.3, 1.0])
        accounts = self.world.accounts()
        self.popular = (self.random.choice(accounts),) if self.kind.crowd else accounts
        for account in accounts:
            for step in Step:
                if self.random.random() < self.kind.poison:
                    self.world.poison[account, step] = self.random.choice([SourceRejected, Injected])

    def run(self, check: Callable[[], None]) -> None:
        """Runs the schedule to its end, and then the check."""
        with self.opened():
            everybody_begins(self)
            self._go_wild()
            self._calm_down()
            check()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Everybody who takes part is there, and nothing has begun."""
        with opened_stores() as self.stores, _small_grants():
            self._open()
            try:
                yield
            finally:
                for task in self.tasks:
                    task.coroutine.close()

    @property
    def at_rest(self) -> bool:
        """Nothing is under way, and nothing is left to read."""
        return not self.tasks and self.bus.read_through

    # Who takes part

    def _open(self) -> None:
        self._between = interruptible(self.stores, self._accessed)
        self._publisher = SimulatedPublisher(self._publish, lambda: self._now)
        self._lineages = [self.fresh_lineage() for _ in range(WORKERS)]
        self._recovering = self.fresh_lineage()
        walker = Walker(self._between, NETWORKS)
        self._requests = Requests(
            self._between,
            self._publisher,
            self.clock,
            NETWORKS,
            walker,
            open_requests=OPEN_REQUESTS,
            route_of=routes_in_force(NETWORKS, config_of),
        )
        for number, place in enumerate(self.bus.places):
            place.owner = number % WORKERS

    def fresh_lineage(self) -> Lineage:
        """What a process has that has just started."""
        return open_lineage(
            self._between,
            self._publisher,
            self.clock,
            NETWORKS,
            self.bus,
            group=GROUP,
            config=lambda: CONFIG,
            open_requests=OPEN_REQUESTS,
        )

    def restart(self, worker: int) -> None:
        """Afterwards the worker knows nothing of what it did."""
        self._lineages[worker] = self.fresh_lineage()
        for place in self.bus.places:
            if place.owner == worker:
                place.start_over()

    def _handlers(self, worker: int) -> StepHandlers:
        routing = Routing(Route.API, routes_in_force(NETWORKS, config_of), config_of, self._publisher, self.clock.sleep)
        lineage = self._lineages[worker]
        pages = SourcePages(WorldSource(self.world, self._called), lineage.imported)
        return StepHandlers(pages, lineage, routing)

    def _publish(self, event: Event) -> None:
        self.observer.on_publish(self._now, event)
        if self.chaos and isinstance(event, STEPS) and self.random.random() < self.kind.lost:
            self.happened["lost event"] += 1
        else:
            self.bus.append(event)

    def _accessed(self, name: str, args: Any, result: Any) -> None:
        if name == "open" and result:
            self._know(args[0])
        self.observer.on_access(self._now, name, args, result)

    def _know(self, request: Request) -> None:
        """A replay asks anew in the name of those whose request is over."""
        again = Ask(
            account=request.asked,
            budget=request.budget,
            depth=request.depth,
            pages=request.pages,
            retry=request.retry,
            request_id=request.ref.request_id,
        )
        self.asks.setdefault(request.ref.request_id, again)

    def _called(self, account: Address, step: Step, admitted: bool) -> None:  # noqa: FBT001 - as the source calls it
        self.observer.on_call(self._now, account, step, admitted=admitted)

    # What people do

    def new_id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def put_ask(self, ask: Ask) -> None:
        """Afterwards the asking is under way, perhaps once more."""
        self.asks[ask.request_id] = ask
        self.tasks.append(Task(self._requests.ask(ask), "ask", CLIENTS, asked=ask.request_id))

    def cancel(self, request_id: str) -> None:
        """Somebody cancels a request."""
        work = self._requests.cancel(RequestRef(NETWORK, request_id))
        self.tasks.append(Task(work, "cancel", CLIENTS, cancelled=request_id))

    def recover(self) -> None:
        """The loop of recovery runs once."""
        self.tasks.append(Task(self._recovering.recovery.run_once(), "recovery", CLIENTS))

    # One tick

    def _go_wild(self) -> None:
        for _ in range(self.random.randint(100, 1_200)):
            if self.at_rest and not self._goes_on():
                return
            self._tick()

    def _goes_on(self) -> bool:
        """Something more happens in a schedule that has come to rest before its time; or not."""
        if self.kind.refresh and self.random.random() < 0.7:
            self.world.grow()
            ask_again(self)
            return bool(self.tasks)
        if not self.kind.people or len(self.asks) >= MOST_ASKS:
            return False
        ask_for_something(self, retry=self.random.random() < 0.6)
        return True

    def _tick(self) -> None:
        self.clock.pass_time(self.random.random() * self._pace_s)
        if self.chaos and self.random.random() < self.kind.trouble:
            make_trouble(self)
            return
        if self._last in self.tasks and self.random.random() < self._burst:
            self.go_on(self._last)
            return
        unread = [place for place in self.bus.places if not place.read_through]
        if self.tasks and (not unread or self.random.random() < 0.7):
            self._last = self.random.choice(self.tasks)
            self.go_on(self._last)
        elif unread:
            self._read_on(self.random.choice(unread))

    def _read_on(self, place: Place) -> None:
        offset = place.startable()
        if offset is None or (place.committed in place.done and self.random.random() < 0.5):
            place.commit()
            return
        self.tasks.append(self.start(place, offset))

    def start(self, place: Place, offset: int) -> Task:
        """The owner of the partition takes the record into work."""
        event = place.records[offset][0]
        handlers = self._handlers(place.owner)
        other_route = self.kind.fallback and not is_handed_over(event) and self.random.random() < self.kind.fallback
        work: Coroutine[Any, Any, None]
        if self.chaos and other_route:
            self.happened["handed over by the other route"] += 1
            work = OtherRoute(self._lineages[place.owner], self._publisher).on_step(event)
        else:
            work = handled(handlers, event, place.letters.get(offset))
        task = Task(work, type(event).__name__, place.owner, place=place, offset=offset)
        place.running[offset] = task
        return task

    def go_on(self, task: Task, error: Exception | None = None) -> None:
        """Runs the task to its next point that is worth a look; with `error`, that is what its last call comes back with."""
        if task.at is None:
            self.observer.on_start(task)
        elif error:
            task.struck.append(task.at)
        self._now = task
        if task.sent and self.random.random() < SENT_IS_DURABLE:
            self._publisher.make_durable(task)
        try:
            while True:
                task.at = task.coroutine.throw(error) if error else task.coroutine.send(None)
                error = None
                if task.at[0] is not Point.READ or self.random.random() < self._reads_seen:
                    return
        except StopIteration:
            self._publisher.make_durable(task)
            self._ended(task)
        except (TransientError, PermanentError, Injected) as failure:
            self._publisher.make_durable(task)
            self._failed(task, failure)
        finally:
            self._now = None

    def _ended(self, task: Task) -> None:
        self.tasks.remove(task)
        self.observer.on_end(task)
        if task.sets_aside:
            self.dead.append((task.event, f"dead letter {len(self.dead)} of {task.event.id}"))
        if task.place and not task.late:
            del task.place.running[task.offset]
            task.place.done.add(task.offset)

    def _failed(self, task: Task, error: Exception) -> None:
        """The kind of error decides what becomes of a record, as it does on the bus."""
        self.tasks.remove(task)
        self.observer.on_failure(task, error)
        self.ended_early(task)
        self.happened[type(error).__name__] += 1
        if task.place is None:
            return
        trouble = task.place.troubles.setdefault(task.offset, RecordTrouble()) if not task.late else RecordTrouble()
        if not task.late:
            del task.place.running[task.offset]
        trouble.transient += isinstance(error, TransientError) and not isinstance(error, RunLost)
        trouble.bugs += isinstance(error, Injected)
        hopeless = trouble.transient >= AT_FAULT or trouble.bugs >= TRIES_OF_A_BUG or isinstance(error, PermanentError)
        if hopeless and not task.sets_aside:
            self._set_aside(task, error)

    def _set_aside(self, task: Task, error: Exception) -> None:
        assert task.place
        letter = DeadLetter(reason=f"{type(error).__name__}: {error}", attempts=1)
        work: Coroutine[Any, Any, Any] = self._handlers(task.worker).before_dead_letter(task.event, letter)
        aside = Task(
            work, "set aside", task.worker, place=task.place, offset=task.offset, sets_aside=True, late=task.late
        )
        if not task.late:
            task.place.running[task.offset] = aside
        self.tasks.append(aside)
        self.happened["dead letter"] += 1

    def kill(self, task: Task) -> None:
        """The task ends where it is, as if its process had died."""
        self.tasks.remove(task)
        task.coroutine.close()
        self.ended_early(task)

    def ended_early(self, task: Task) -> None:
        """Counts a step that did not come to its end; who was asking asks again, or goes away."""
        if task.place:
            step = step_request(task.event).step
            self.interrupted[task.event.account, step] += 1
        elif task.cancelled and self.kind.cancels:
            self.cancel(task.cancelled)
        elif task.asked:
            if self.chaos and self.kind.people and self.random.random() < 0.5:
                self.unasked.add(task.asked)
            else:
                self.put_ask(self.asks[task.asked])

    # The end

    def _calm_down(self) -> None:
        """Nothing more goes wrong; everything under way ends, and recovery finds nothing more to do."""
        self.chaos = False
        for task in [each for each in self.tasks if each.late and self.random.random() < 0.5]:
            self.kill(task)
        self.come_to_rest()
        if not self.kind.recovery:
            return
        for _ in range(MOST_ROUNDS):
            published = len(self.bus.published)
            self.clock.pass_time(200)
            self.recover()
            self.come_to_rest()
            if len(self.bus.published) == published:
                return
            self.happened["recovery"] += 1
        raise Unending("recovery always finds something to do")

    def come_to_rest(self) -> None:
        """Afterwards nothing is under way, and nothing is left to read. Raises: Unending."""
        for _ in range(MOST_TICKS):
            if self.at_rest:
                return
            self._tick()
        raise Unending(f"still under way: {[(task.name, task.at) for task in self.tasks]}")


@contextmanager
def _small_grants() -> Iterator[None]:
    """Networks are small here; so that some accounts need several grants, a grant is small too."""
    usual, settle.GRANTED_TOGETHER = settle.GRANTED_TOGETHER, 2
    try:
        yield
    finally:
        settle.GRANTED_TOGETHER = usual
