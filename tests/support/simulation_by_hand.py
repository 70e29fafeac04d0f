"""Schedules written by hand: for what random ones come to too rarely."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypedDict, Unpack

from stellarmap_common.domain.creation import Creation, CreationKind, Source
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import AccountStatus, Lane, Step
from stellarmap_common.domain.toid import toid
from stellarmap_common.events.facts import LineageRecorded
from stellarmap_common.events.requests import StepEvent, step_request
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.routes import routes_in_force
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow
from stellarmap_common.ports.run_store import Run, RunRef
from stellarmap_common.ports.subscription import DeadLetter
from tests.support.config import config_of
from tests.support.simulation import Simulation
from tests.support.simulation_bus import Place, SimulatedPublisher, Task
from tests.support.simulation_kinds import CALM
from tests.support.simulation_points import Point, at_once
from tests.support.simulation_world import GENESIS, NAMES, NETWORK, NETWORKS, World

HUB, FIRST, SECOND, THIRD = NAMES[:4]


def small_hub(page: int = 1) -> World:
    """Genesis made a hub, and the hub three accounts, the first of which made another; a page is a record."""
    world = World(page=page)
    made = [(HUB, GENESIS.address), (FIRST, HUB), (SECOND, HUB), (THIRD, HUB), (NAMES[4], FIRST)]
    world.creations = [creation(account, creator, 10 + number) for number, (account, creator) in enumerate(made)]
    return world


def creation(account: Address, creator: Address, ledger: int) -> Creation:
    return Creation(
        network=NETWORK,
        account=account,
        created_op=toid(ledger, 1, 1),
        creator=creator,
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
    )


class How(TypedDict, total=False):
    """What an asking says beside the account; else it is for one page, and expands nothing."""

    budget: int
    depth: int
    pages: int
    retry: bool
    lane: Lane
    client: str


class ByHand:
    """A simulation without a scheduler: the test says who goes on, how far."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.stores = simulation.stores
        self.bus = simulation.bus

    def ask(self, name: str, account: Address = HUB, **how: Unpack[How]) -> str:
        """Somebody asks; the steps stand in the queue."""
        self.finish(self.asking(name, account, **how))
        return name

    def asking(self, name: str, account: Address = HUB, **how: Unpack[How]) -> Task:
        """The asking, not begun yet."""
        ask = Ask(account=AccountRef(NETWORK, account), budget=0, depth=0, pages=1, request_id=name)
        self.simulation.put_ask(replace(ask, **how))
        return self.simulation.tasks.pop()

    def cancel(self, name: str) -> None:
        """Somebody cancels; the ingest services hear of it by an event."""
        self.simulation.cancel(name)
        self.finish(self.simulation.tasks.pop())

    def recover(self, *, after_s: float = 200) -> None:
        """Recovery runs once, to its end, after that time."""
        self.simulation.clock.pass_time(after_s)
        self.simulation.recover()
        self.finish(self.simulation.tasks.pop())

    def rest(self) -> None:
        """Everything that stands in the queues is handled, and what follows from it."""
        self.simulation.come_to_rest()

    def next(self, step: Step, account: Address = HUB, request: str = "") -> Task:
        """The handling of the next such event, not begun yet."""
        return self.simulation.start(*self._next(step, account, request))

    def queued(self, step: Step, account: Address = HUB) -> StepEvent:
        """The next such event, as it stands in the queue."""
        place, offset = self._next(step, account, "")
        return place.records[offset][0]

    def _next(self, step: Step, account: Address, request: str) -> tuple[Place, int]:
        for place in self.bus.places:
            for offset in range(place.committed, len(place.records)):
                fresh = offset not in place.running and offset not in place.done
                if fresh and _is(place.records[offset][0], step, account, request):
                    return place, offset
        raise AssertionError(f"no such event: {step} {account[:5]} {request}")

    def again(self, task: Task) -> Task:
        """The record of a task is handled once more, from its beginning."""
        assert task.place
        task.place.running.pop(task.offset, None)
        return self.simulation.start(task.place, task.offset)

    def run_to(self, task: Task, what: str, kind: Point = Point.BEFORE_WRITE) -> Task:
        """The task goes on to that point, and stands there."""
        while task.at != (kind, what):
            task.at = task.coroutine.send(None)
        return task

    def finish(self, task: Task) -> None:
        """The task goes on to its end, and its record counts as handled."""
        try:
            while True:
                task.coroutine.send(None)
        except StopIteration:
            pass
        if task.place:
            task.place.running.pop(task.offset, None)
            task.place.done.add(task.offset)
            task.place.commit()

    def die(self, task: Task) -> None:
        """Its process dies; the record was not acknowledged."""
        task.coroutine.close()
        assert task.place
        task.place.running.pop(task.offset, None)

    def throw(self, task: Task, error: Exception) -> None:
        """The call it stands at comes back with that error; raises what the step ends with."""
        try:
            task.coroutine.throw(error)
        except StopIteration:
            return
        self.finish(task)

    def set_aside(self, event: StepEvent) -> None:
        """The bus gives the event up."""
        letter = DeadLetter(reason="a bug", attempts=3)
        work = self.simulation.fresh_lineage().giving_up.before_dead_letter(event, letter)
        self.finish(Task(work, "set aside", -1))

    def cut_off_while_set_aside(self, event: StepEvent, what: str) -> None:
        """The bus gives the event up, and its process dies on the way."""
        letter = DeadLetter(reason="a bug", attempts=3)
        work = self.simulation.fresh_lineage().giving_up.before_dead_letter(event, letter)
        self.run_to(Task(work, "set aside", -1), what).coroutine.close()

    def drop(self, task: Task) -> None:
        """Its record is acknowledged, whatever became of it."""
        assert task.place
        task.coroutine.close()
        task.place.running.pop(task.offset, None)
        task.place.done.add(task.offset)
        task.place.commit()

    def lose(self, task: Task) -> None:
        """Its event never arrives."""
        self.drop(task)

    def answered(self, account: Address, *, budget: int = 0, depth: int = 0, pages: int) -> bool:
        requests = Requests(
            self.stores,
            SimulatedPublisher(self.bus.append),
            self.simulation.clock,
            NETWORKS,
            self._walker(),
            open_requests=3,
            route_of=routes_in_force(NETWORKS, config_of),
        )
        ask = Ask(account=AccountRef(NETWORK, account), budget=budget, depth=depth, pages=pages)
        return at_once(requests.answered(ask))

    def walk(self, account: Address) -> Walk:
        return at_once(self._walker().walk(AccountRef(NETWORK, account)))

    def _walker(self) -> Walker:
        return Walker(self.stores, NETWORKS)

    def status(self, account: Address) -> AccountStatus | None:
        state = at_once(self.stores.accounts.state_of(AccountRef(NETWORK, account)))
        return state.status if state else None

    def lineage_told(self, account: Address) -> LineageRecorded:
        """The summary of the account that stands in its compacted topic."""
        told = [event for event in self.bus.published if isinstance(event, LineageRecorded)]
        return max((event for event in told if event.account == account), key=lambda event: event.version)

    def request(self, name: str) -> Request:
        found = at_once(self.stores.requests.request(RequestRef(NETWORK, name)))
        assert found
        return found

    def rows(self, name: str) -> dict[Address, RequestRow]:
        return {row.account: row for row in at_once(self.stores.requests.rows(RequestRef(NETWORK, name)))}

    def run(self, step: Step = Step.CHILDREN, account: Address = HUB) -> Run:
        found = at_once(self.stores.runs.run_of(RunRef(AccountRef(NETWORK, account), step)))
        assert found
        return found

    def waiting(self, step: Step = Step.CHILDREN, account: Address = HUB) -> list[str]:
        ref = RunRef(AccountRef(NETWORK, account), step)
        return [interest.request_id for interest in at_once(self.stores.runs.waiting_for(ref))]


def _is(event: StepEvent, step: Step, account: Address, request: str) -> bool:
    wanted = step_request(event)
    return wanted.step is step and event.account == account and request in {"", wanted.request_id}


@contextmanager
def by_hand(world: World | None = None) -> Iterator[ByHand]:
    """A simulation that stands still."""
    simulation = Simulation(0, CALM)
    simulation.world = world or small_hub()
    with simulation.opened():
        yield ByHand(simulation)
