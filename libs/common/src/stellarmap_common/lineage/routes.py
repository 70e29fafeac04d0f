"""By which route a step goes: told by the mode in force, when its request is made, and again when the step is handled."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto

import msgspec

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import PipelineMode, PipelineSource, Route
from stellarmap_common.events.base import derived_id
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.config import Config, Configured
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.publisher import EventPublisher

RouteOf = Callable[[NetworkKey], Route]


AGAIN_S = 1.0  # between two hand-overs of one step


class Way(Enum):
    """What becomes of a step that an ingest service finds."""

    READ = auto()  # it is read here
    ELSEWHERE = auto()  # the mode has changed meanwhile: it is published again, for the other route
    NOT_OURS = auto()  # the other service's


def routes_in_force(networks: Networks, config: Configured) -> RouteOf:
    """The route of a new step of each network, as it is when it is asked for."""
    return lambda key: route_of(networks.of(key), config())


def route_of(network: Network | None, config: Config) -> Route:
    """The route of a new step. Where BigQuery alone is allowed it goes there, if only to be refused with the reason."""
    if config.pipeline_mode is PipelineMode.API_ONLY:
        return Route.API
    if config.pipeline_mode is PipelineMode.BIGQUERY_ONLY:
        return Route.BIGQUERY
    return Route.BIGQUERY if network and network.bigquery_project and config.bigquery_enabled else Route.API


class Routing:
    """What the ingest service of one route does with steps, by the mode in force."""

    def __init__(
        self,
        here: Route,
        route_of: RouteOf,
        config: Configured,
        publisher: EventPublisher,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._here = here
        self._route_of = route_of
        self._config = config
        self._publisher = publisher
        self._sleep = sleep

    @property
    def falls_back(self) -> bool:
        """True while what BigQuery does not tell is read by API, first or, since the mode has changed meanwhile, alone."""
        return self._config().pipeline_mode is not PipelineMode.BIGQUERY_ONLY

    @property
    def _in_fallback_mode(self) -> bool:
        return self._config().pipeline_mode is PipelineMode.BIGQUERY_WITH_API_FALLBACK

    def way_of(self, step: AccountRequested) -> Way:
        """What becomes of the step here.

        In fallback mode what was handed to the API stays with it: it was refused, or failed, or was stuck.
        """
        if step.route is not self._here:
            return Way.NOT_OURS
        handed_over = step.pipeline_source is PipelineSource.BIGQUERY_WITH_API_FALLBACK
        if self._here is Route.API and handed_over and self._in_fallback_mode:
            return Way.READ
        return Way.READ if self._route_of(step.network) is self._here else Way.ELSEWHERE

    def source_of(self, step: AccountRequested) -> PipelineSource:
        """The pipeline that is noted for what the step reads now."""
        if self._here is Route.BIGQUERY:
            return PipelineSource.BIGQUERY
        api_only = self._config().pipeline_mode is PipelineMode.API_ONLY
        return PipelineSource.API if api_only else step.pipeline_source

    async def send_elsewhere(self, step: AccountRequested, refusal: str = "") -> None:
        """Afterwards the step, whose run is held by its event, is published for the other route, which takes the run over."""
        if step.reroutes:
            await self._sleep(AGAIN_S)  # two processes do not agree about the mode: they will, in a moment
        if self._here is Route.API:
            await self._publisher.publish(rerouted(step, Route.BIGQUERY, PipelineSource.BIGQUERY))
            return
        source = PipelineSource.BIGQUERY_WITH_API_FALLBACK if self._in_fallback_mode else PipelineSource.API
        await self._publisher.publish(rerouted(step, Route.API, source, refusal))


def rerouted(step: AccountRequested, route: Route, source: PipelineSource, refusal: str = "") -> AccountRequested:
    """The step for that route, with why the other refused it. It names its predecessor, whose run it may take."""
    return msgspec.structs.replace(
        step,
        id=derived_id(step.id, step.type, "route", route),
        route=route,
        takes_over=step.id,
        pipeline_source=source,
        refusal=refusal,
        reroutes=step.reroutes + 1,
    )
