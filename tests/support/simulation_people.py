"""What people ask for in a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, Lane
from stellarmap_common.events.requests import AccountQueued, AccountRequested
from stellarmap_common.lineage.requests import Ask, ask_of
from stellarmap_common.ports.request_store import RequestRef
from tests.support.simulation_points import at_once
from tests.support.simulation_world import NETWORK

if TYPE_CHECKING:
    from tests.support.simulation import Simulation

MOST_ASKS = 5
MOST_REFRESHES = 3  # beyond these


def everybody_begins(simulation: Simulation) -> None:
    """The first requests of a schedule; sometimes an internal service publishes a step without one."""
    random = simulation.random
    for _ in range(random.randint(2, MOST_ASKS) if simulation.kind.crowd else random.randint(1, 3)):
        ask_for_something(simulation)
    if random.random() < 0.2:
        kind = random.choice([AccountRequested, AccountQueued])
        event = kind(id=simulation.new_id(), network=NETWORK, account=random.choice(simulation.world.accounts()))
        simulation.asks[event.id] = ask_of(event, simulation.config)
        simulation.bus.append(event)


def ask_for_something(simulation: Simulation, *, retry: bool = False) -> None:
    """Somebody asks for some account."""
    random = simulation.random
    simulation.put_ask(
        Ask(
            account=AccountRef(NETWORK, random.choice(simulation.popular)),
            budget=random.randint(0, 5),
            depth=random.randint(0, 2),
            pages=random.choice([1, 2, 4, 20]),
            retry=retry,
            client=random.choice(["", "somebody"]),
            request_id=simulation.new_id(),
            lane=random.choice([Lane.USER, Lane.USER, Lane.QUEUED]),
        )
    )


def ask_again(simulation: Simulation) -> None:
    """Somebody asks once more what has its answer: for the same, for more, or for another try."""
    random = simulation.random
    answered = [each for each in simulation.asks.values() if _is_answered(simulation, each)]
    if not answered or len(simulation.asks) >= MOST_ASKS + MOST_REFRESHES:
        return
    before = random.choice(answered)
    larger = random.random() < 0.6
    more = int(larger)
    again = Ask(
        account=before.account,
        budget=before.budget + more * random.randint(0, 3),
        depth=min(before.depth + more * random.randint(0, 1), 2),
        pages=before.pages + more * random.choice([1, 4, 20]),
        retry=random.random() < 0.5,
        client="somebody",
        request_id=simulation.new_id(),
    )
    state = at_once(simulation.stores.accounts.state_of(before.account))
    if state and state.status is AccountStatus.COMPLETE:
        simulation.happened["larger request on COMPLETE" if larger else "repeated request on COMPLETE"] += 1
    simulation.put_ask(again)


def _is_answered(simulation: Simulation, ask: Ask) -> bool:
    request = at_once(simulation.stores.requests.request(RequestRef(NETWORK, ask.request_id)))
    return request is not None and request.completed
