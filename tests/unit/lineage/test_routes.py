"""By which route a step goes, in every mode, wherever it is found."""

from dataclasses import dataclass, field, replace

import pytest

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import Lane, PipelineMode, PipelineSource, Route, Step
from stellarmap_common.events.base import Event
from stellarmap_common.events.requests import AccountQueued, AccountRequested
from stellarmap_common.lineage.routes import AGAIN_S, Routing, Way, rerouted, route_of, routes_in_force
from stellarmap_common.ports.config import Config
from tests.support.config import API_ONLY, BIGQUERY_ONLY, FALLBACK, config_of
from tests.support.gateway import address
from tests.support.networks import networks_for_tests
from tests.support.publishing import SendsAtOnce

NETWORKS = networks_for_tests()
HANDED_OVER = PipelineSource.BIGQUERY_WITH_API_FALLBACK


@dataclass
class Topics(SendsAtOnce):
    """What was published."""

    events: list[Event] = field(default_factory=list)
    slept_s: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept_s += seconds

    async def publish(self, *events: Event) -> None:
        self.events += events


@dataclass
class InForce:
    """A configuration that a test changes."""

    config: Config

    def __call__(self) -> Config:
        return self.config


def step(
    route: Route, source: PipelineSource = PipelineSource.API, network: NetworkName = NetworkName.SANDBOX
) -> AccountQueued:
    found = NETWORKS.named(network)
    assert found
    return AccountQueued(
        id="e1",
        network=found.key,
        account=address("a"),
        step=Step.CHILDREN,
        route=route,
        request_id="r1",
        cursor="v1:page:7",
        pipeline_source=source,
    )


def routing(here: Route, mode: PipelineMode) -> tuple[Routing, Topics]:
    topics, config = Topics(), InForce(config_of(mode))
    return Routing(here, routes_in_force(NETWORKS, config), config, topics, topics.sleep), topics


@pytest.mark.parametrize(
    ("name", "mode", "route"),
    [
        (NetworkName.SANDBOX, API_ONLY, Route.API),
        (NetworkName.SANDBOX, BIGQUERY_ONLY, Route.BIGQUERY),
        (NetworkName.SANDBOX, FALLBACK, Route.BIGQUERY),
        (NetworkName.TESTNET, FALLBACK, Route.API),
        (NetworkName.TESTNET, BIGQUERY_ONLY, Route.BIGQUERY),  # to be refused there, with the reason
        (NetworkName.PUBLIC, FALLBACK, Route.API),  # no project is named
    ],
)
def test_a_new_step_goes_where_mode_and_network_send_it(name: NetworkName, mode: PipelineMode, route: Route) -> None:
    assert route_of(NETWORKS.named(name), config_of(mode)) is route


def test_public_is_read_from_bigquery_where_a_project_pays() -> None:
    public = NETWORKS.named(NetworkName.PUBLIC)
    assert public
    ours = replace(public, bigquery_project="ours")
    assert route_of(ours, config_of(FALLBACK)) is Route.BIGQUERY
    assert route_of(ours, config_of(FALLBACK, bigquery_enabled=False)) is Route.API


@pytest.mark.parametrize(
    ("here", "mode", "found", "way"),
    [
        (Route.API, API_ONLY, step(Route.API), Way.READ),
        (Route.API, API_ONLY, step(Route.BIGQUERY), Way.NOT_OURS),
        (Route.API, FALLBACK, step(Route.API), Way.ELSEWHERE),
        (Route.API, FALLBACK, step(Route.API, HANDED_OVER), Way.READ),
        (Route.API, BIGQUERY_ONLY, step(Route.API, HANDED_OVER), Way.ELSEWHERE),
        (Route.API, FALLBACK, step(Route.API, network=NetworkName.TESTNET), Way.READ),
        (Route.BIGQUERY, FALLBACK, step(Route.BIGQUERY), Way.READ),
        (Route.BIGQUERY, API_ONLY, step(Route.BIGQUERY), Way.ELSEWHERE),
        (Route.BIGQUERY, BIGQUERY_ONLY, step(Route.BIGQUERY, network=NetworkName.TESTNET), Way.READ),
        (Route.BIGQUERY, FALLBACK, step(Route.API), Way.NOT_OURS),
    ],
)
def test_a_step_is_read_handed_on_or_left_by_the_mode_in_force(
    here: Route, mode: PipelineMode, found: AccountRequested, way: Way
) -> None:
    assert routing(here, mode)[0].way_of(found) is way


async def test_what_is_handed_over_names_its_predecessor_and_says_why() -> None:
    from_bigquery, topics = routing(Route.BIGQUERY, FALLBACK)
    await from_bigquery.send_elsewhere(step(Route.BIGQUERY), "too dear")
    (event,) = topics.events
    assert isinstance(event, AccountQueued)
    assert (event.route, event.takes_over, event.pipeline_source) == (Route.API, "e1", HANDED_OVER)
    assert (event.refusal, event.cursor, event.request_id) == ("too dear", "v1:page:7", "r1")


async def test_in_api_mode_nothing_is_said_to_come_from_bigquery() -> None:
    from_bigquery, topics = routing(Route.BIGQUERY, API_ONLY)
    await from_bigquery.send_elsewhere(step(Route.BIGQUERY))
    (event,) = topics.events
    assert isinstance(event, AccountQueued)
    assert event.pipeline_source is PipelineSource.API
    assert routing(Route.API, API_ONLY)[0].source_of(step(Route.API, HANDED_OVER)) is PipelineSource.API


def test_a_repeat_hands_the_same_event_over_and_going_back_makes_another() -> None:
    first = step(Route.BIGQUERY)
    there = rerouted(first, Route.API, HANDED_OVER)
    assert there.id == rerouted(first, Route.API, HANDED_OVER).id != first.id
    back = rerouted(there, Route.BIGQUERY, PipelineSource.BIGQUERY)
    assert back.id not in {first.id, there.id}
    assert back.takes_over == there.id


async def test_what_goes_back_and_forth_does_so_once_a_second() -> None:
    from_bigquery, topics = routing(Route.BIGQUERY, API_ONLY)
    await from_bigquery.send_elsewhere(step(Route.BIGQUERY))
    assert topics.slept_s == 0
    await from_bigquery.send_elsewhere(rerouted(step(Route.API), Route.BIGQUERY, PipelineSource.BIGQUERY))
    assert topics.slept_s == AGAIN_S


def test_a_persons_step_stays_in_its_lane() -> None:
    key = step(Route.BIGQUERY).network
    asked = AccountRequested(id="e1", network=key, account=address("a"), route=Route.BIGQUERY, request_id="r1")
    handed_over = rerouted(asked, Route.API, HANDED_OVER)
    assert type(handed_over) is AccountRequested
    assert handed_over.lane is Lane.USER
