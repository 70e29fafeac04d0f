"""By which routes a network is read now, and why: as the mode in force has it."""

from dataclasses import dataclass

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import PipelineMode, Route
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.networks import Network


@dataclass(frozen=True, slots=True)
class Routes:
    """What may answer a step of a network, the first asked first."""

    routes: tuple[Route, ...]
    bigquery: bool  # queries about it may run
    reason: str  # a sentence


def routes_of(network: Network, config: Config) -> Routes:
    """The routes of the network under this configuration."""
    hindrance = _hindrance(network, config)
    possible = hindrance is None
    mode = config.pipeline_mode
    if mode is PipelineMode.API_ONLY:
        why = hindrance or f"{mode} is in force"
        return Routes((Route.API,), possible, f"{why}: {network.name} is read from Horizon alone.")
    if mode is PipelineMode.BIGQUERY_ONLY:
        alone = f"{mode} is in force: Horizon is not asked about {network.name}, whatever BigQuery refuses."
        nothing = f"{mode} is in force, but {_begun(hindrance)}: nothing new of {network.name} can be mapped."
        return Routes((Route.BIGQUERY,), possible, nothing if hindrance else alone)
    if hindrance:
        return Routes((Route.API,), possible, f"{hindrance}: {network.name} is read from Horizon alone.")
    told = f"BigQuery is asked about {network.name} first; what it refuses is read from Horizon."
    return Routes((Route.BIGQUERY, Route.API), possible, told)


def _hindrance(network: Network, config: Config) -> str | None:
    """Why no query about the network can run; None if nothing is in the way."""
    if not network.bigquery_project:
        public = network.name is NetworkName.PUBLIC
        return "No Google project is configured" if public else f"BigQuery has no data of {network.name}"
    return None if config.bigquery_enabled else "BigQuery is switched off (bigquery_enabled)"


def _begun(hindrance: str | None) -> str:
    """The same in the middle of a sentence."""
    told = hindrance or ""
    return told if told.startswith("BigQuery") else told[:1].lower() + told[1:]
