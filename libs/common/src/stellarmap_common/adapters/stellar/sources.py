"""The Horizons and Stellar Experts of an installation, behind one HTTP client and one limiter."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from stellarmap_common.adapters.stellar.expert import ExpertClient
from stellarmap_common.adapters.stellar.federation import DomainFederation
from stellarmap_common.adapters.stellar.guard import Resolver, system_resolver
from stellarmap_common.adapters.stellar.home_domains import TomlsOfDomains
from stellarmap_common.adapters.stellar.horizon import HorizonClient
from stellarmap_common.adapters.stellar.http import open_http
from stellarmap_common.adapters.stellar.limiter import LeasedLimiter
from stellarmap_common.adapters.stellar.retries import IN_PLACE, Retries
from stellarmap_common.adapters.stellar.source import Endpoint, HttpSource, Wire
from stellarmap_common.adapters.stellar.strangers import Strangers
from stellarmap_common.domain.network import NetworkKey, NetworkName
from stellarmap_common.errors import NetworkReset, SourceRejected
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.horizon import ExpertApi, HorizonApi
from stellarmap_common.ports.limits import Limiter, SourceLimit
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.usage_store import UsageStore

_MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How sources may be asked. Tests bring retries, a transport and a resolver of their own."""

    config: Config  # with which it begins
    alone: bool = True  # no other process of the installation asks, or tells of it
    retries: Retries = IN_PLACE
    transport: httpx.AsyncBaseTransport | None = None
    resolve: Resolver = system_resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is asked over HTTP."""

    limiter: Limiter
    federation: DomainFederation
    home_domains: TomlsOfDomains
    networks: Networks
    horizons: dict[NetworkName, HorizonClient]  # of every epoch: a reset leaves the URL as it is
    experts: dict[NetworkName, ExpertClient]

    def horizon(self, network: NetworkKey) -> HorizonApi:
        """The Horizon of a network.

        Raises: NetworkReset for an epoch that is over, SourceRejected for a network that this installation does not have.
        """
        return self.horizons[self._current(network)]

    def expert(self, network: NetworkKey) -> ExpertApi | None:
        """The Stellar Expert of a network; None where it is off. Raises: as `horizon`."""
        return self.experts.get(self._current(network))

    def limit(self, config: Config) -> None:
        """Afterwards they are asked as often as the configuration says. The sandbox's Horizon has a limit of its own."""
        for network in self.networks:
            own = network.name is NetworkName.SANDBOX
            self.limiter.limit(
                SourceLimit(
                    source=network.horizon_source,
                    per_hour=network.max_per_hour if own else config.horizon_max_per_hour,
                    percentage=config.horizon_percentage,
                )
            )
            if network.expert_url:
                per_hour = 0 if own else config.expert_max_per_minute * _MINUTES
                self.limiter.limit(
                    SourceLimit(source=network.expert_source, per_hour=per_hour, percentage=config.expert_percentage)
                )

    def _current(self, key: NetworkKey) -> NetworkName:
        network = self.networks.of(key)
        if network is None:
            raise SourceRejected(f"this installation has no network {key} (any more): STELLARMAP_NETWORKS names them")
        if not network.current:
            raise NetworkReset(f"{network.over}; what its Horizon tells now belongs to another epoch.")
        return network.name


@asynccontextmanager
async def open_sources(
    networks: Networks, access: Access, *, usage: UsageStore, clock: Clock, metrics: Metrics
) -> AsyncIterator[Sources]:
    """The sources of the networks, and the limiter that everything going out passes."""
    limiter = LeasedLimiter(usage, clock, f"{socket.gethostname()}-{os.getpid()}", alone=access.alone)
    async with open_http(limiter, access.transport) as http:
        wire = Wire(http=http, limiter=limiter, clock=clock, metrics=metrics, retries=access.retries)
        reporting = asyncio.create_task(limiter.keep_reporting(), name="source status")
        strangers = Strangers(http, access.resolve)
        domains = TomlsOfDomains(strangers)
        try:
            sources = Sources(
                limiter=limiter,
                federation=DomainFederation(domains, strangers),
                home_domains=domains,
                networks=networks,
                horizons={network.name: _horizon(network, wire) for network in networks},
                experts={network.name: _expert(network, wire) for network in networks if network.expert_url},
            )
            sources.limit(access.config)
            yield sources
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
            await limiter.aclose()


def _horizon(network: Network, wire: Wire) -> HorizonClient:
    variable = f"STELLARMAP_HORIZON_URL_{network.name.upper()}"
    endpoint = Endpoint(
        title="Horizon",
        base_url=network.horizon_url,
        source=network.horizon_source,
        advice=f"{variable} chooses another Horizon.",
    )
    return HorizonClient(HttpSource(wire, endpoint))


def _expert(network: Network, wire: Wire) -> ExpertClient:
    variable = f"STELLARMAP_EXPERT_URL_{network.name.upper()}"
    endpoint = Endpoint(
        title="Stellar Expert",
        base_url=network.expert_url,
        source=network.expert_source,
        advice=f"{variable} chooses another one; empty turns it off, and old creators stay unknown.",
    )
    return ExpertClient(HttpSource(wire, endpoint))
