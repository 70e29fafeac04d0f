"""The parts of lineage, put together once for a service that reads sources."""

from dataclasses import dataclass

from stellarmap_common.lineage.announce import Announcer
from stellarmap_common.lineage.completion import Completion
from stellarmap_common.lineage.dead_letter import GivingUp
from stellarmap_common.lineage.imported import Imported
from stellarmap_common.lineage.record import Recorder
from stellarmap_common.lineage.recovery import Recovery
from stellarmap_common.lineage.replay import Replaying
from stellarmap_common.lineage.requests import Requests
from stellarmap_common.lineage.routes import routes_in_force
from stellarmap_common.lineage.runs import Runs
from stellarmap_common.lineage.settle import Settler
from stellarmap_common.lineage.stages import Stages
from stellarmap_common.lineage.status import Statuses
from stellarmap_common.lineage.stuck import Stuck
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What handlers and loops use."""

    runs: Runs
    recorder: Recorder
    giving_up: GivingUp
    replaying: Replaying
    recovery: Recovery
    stuck: Stuck
    imported: Imported


def open_lineage(  # noqa: PLR0913 - the ports it stands on
    stores: Stores,
    publisher: EventPublisher,
    clock: Clock,
    networks: Networks,
    backlog: Backlog,
    *,
    group: str,
    config: Configured,
    open_requests: int,
    walker: Walker | None = None,
) -> Lineage:
    """The parts on these ports. They keep nothing but links of chains, so nothing of it is closed."""
    walker = walker or Walker(stores, networks)
    route_of = routes_in_force(networks, config)
    statuses = Statuses(stores, clock)
    stages = Stages(stores, publisher, clock)
    waiting = Waiting(stores)
    announcer = Announcer(stores, publisher, statuses)
    completion = Completion(stores, publisher, clock, walker=walker, stages=stages, announcer=announcer)
    settler = Settler(stores, publisher, clock, completion)
    giving_up = GivingUp(stores, clock, waiting=waiting, announcer=announcer, settler=settler)
    requests = Requests(stores, publisher, clock, networks, walker, open_requests=open_requests, route_of=route_of)
    parts = (completion, settler, statuses, giving_up)
    recovery = Recovery(stores, publisher, clock, networks, *parts, backlog=backlog, group=group, route_of=route_of)
    return Lineage(
        runs=Runs(
            stores,
            publisher,
            clock,
            requests=requests,
            config=config,
            waiting=waiting,
            announcer=announcer,
            settler=settler,
            statuses=statuses,
            stages=stages,
        ),
        recorder=Recorder(stores, clock, waiting=waiting, announcer=announcer, walker=walker),
        giving_up=giving_up,
        replaying=Replaying(stores, requests),
        recovery=recovery,
        stuck=Stuck(stores, clock, recovery, config),
        imported=Imported(stores),
    )
