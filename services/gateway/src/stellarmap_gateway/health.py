"""Whether the parts work: each is really called, and what came of it is kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from stellarmap_common.domain.status import Lane, PipelineMode
from stellarmap_common.errors import DiskFull, RateLimited, StellarmapError
from stellarmap_common.events.topics import INGEST_HORIZON
from stellarmap_common.ports.limits import Trouble
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.resources import Resources
from stellarmap_gateway.reachability import Reachability, Seen, url_setting
from stellarmap_gateway.schemas.installation import Health, HealthCheck, HealthState
from stellarmap_gateway.views.bigquery import budgets_told, idle_reason, not_whole_told, seed_trouble_told

PATIENCE_S = 5.0
OWN_KEPT_S = 5.0  # store and bus
SOURCE_KEPT_S = 60.0
NOT_KEPT_S = 0.0  # what is seen of a Horizon is kept where it is looked at, and calls that fail are news


@dataclass(frozen=True, slots=True)
class _Found:
    """What a probe found, when nothing is wrong or less than all."""

    state: HealthState = HealthState.HEALTHY
    detail: str | None = None
    advice: str | None = None
    looked: Seen | None = None  # the look that found it, if that was an earlier one


Probe = Callable[[], Awaitable[_Found]]


class HealthChecks:
    """Checks store, bus, BigQuery, and the sources of the networks in use."""

    def __init__(self, resources: Resources, reachability: Reachability) -> None:
        self._resources = resources
        self._reachability = reachability
        self._kept: dict[str, tuple[float, HealthCheck]] = {}

    async def check(self) -> Health:
        """HEALTHY only if every check is; UNHEALTHY if nothing can be read, or nothing can be stored."""
        networks = list(self._resources.networks)
        checks = [
            self._checked("store", self._store, OWN_KEPT_S),
            self._checked("bus", self._bus, OWN_KEPT_S),
            self._checked("bigquery", self._bigquery, OWN_KEPT_S),
        ]
        for network in networks:
            if network is networks[0] or self._reachability.in_use(network) or self._reachability.away_since(network):
                checks += self._of_network(network)
        found = await asyncio.gather(*checks)
        return Health(state=_worst(found), as_of=self._resources.clock.now(), checks=found)

    def _of_network(self, network: Network) -> list[Coroutine[Any, Any, HealthCheck]]:
        async def horizon() -> _Found:
            return await self._horizon(network)

        async def expert() -> _Found:
            return await self._expert(network)

        checks = [self._checked(f"horizon:{network.name}", horizon, NOT_KEPT_S)]
        if network.expert_url:
            checks.append(self._checked(f"expert:{network.name}", expert, SOURCE_KEPT_S))
        return checks

    async def _checked(self, component: str, probe: Probe, kept_s: float) -> HealthCheck:
        now = self._resources.clock.monotonic()
        kept = self._kept.get(component)
        if kept and now - kept[0] < kept_s:
            return kept[1]
        check = await self._probed(component, probe)
        self._kept[component] = (now, check)
        return check

    async def _probed(self, component: str, probe: Probe) -> HealthCheck:
        clock = self._resources.clock
        began = clock.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await probe()
        except (StellarmapError, TimeoutError) as error:
            told = str(error) or f"No answer within {PATIENCE_S:.0f} s."
            advice = _MAKE_ROOM if isinstance(error, DiskFull) else _ADVICE.get(component, _SOURCE_ADVICE)
            found = _Found(_without(component), told, advice)
        took_ms, looked = round((clock.monotonic() - began) * 1_000, 1), found.looked
        return HealthCheck(
            component=component,
            state=found.state,
            latency_ms=looked.latency_ms if looked else took_ms,
            checked_at=looked.at if looked else clock.now(),
            detail=found.detail,
            advice=found.advice,
        )

    async def _store(self) -> _Found:
        network = next(iter(self._resources.networks))
        await self._resources.stores.accounts.state_of(network.genesis)
        await self._resources.stores.health.writable()  # a full disk can still be read
        return _Found()

    async def _bus(self) -> _Found:
        await self._resources.bus_writable()
        oldest = await self._resources.backlog.oldest_unread(INGEST_HORIZON)
        if oldest is None:
            return _Found()
        waits_s = (self._resources.clock.now() - oldest).total_seconds()
        return _Found(detail=f"The oldest step that waits was asked for {waits_s:.0f} s ago.")

    async def _bigquery(self) -> _Found:
        """Told by its books, and by who asks it: it is not called, for whatever is asked of it may cost."""
        config, networks = self._resources.config(), self._resources.networks
        only = config.pipeline_mode is PipelineMode.BIGQUERY_ONLY
        idle = idle_reason(networks, config)
        fits, told = budgets_told(await self._resources.stores.books.spent(self._resources.clock.now()), config)
        if idle is not None:
            works, detail = False, idle
        elif (trouble := self._trouble_of_queries()) is not None:
            until = "No step is answered" if only else "Horizon is read"
            works, detail = (
                False,
                f"Since {trouble.since:%Y-%m-%d %H:%M:%S} UTC: {trouble.told} {until} until a query runs.",
            )
        elif not fits:
            works, detail = (
                False,
                f"{told} {'Every step is refused' if only else 'Horizon is read'} until it begins anew.",
            )
        else:
            works, detail = True, told
        if idle is None:
            detail = " ".join((detail, *await self._not_kept_whole()))
        if config.standings_seed:
            detail = " ".join((detail, *await self._not_seeded()))
        return _Found(HealthState.DEGRADED, detail, _OTHER_MODE) if only and not works else _Found(detail=detail)

    async def _not_kept_whole(self) -> list[str]:
        """What keeps imported networks from being whole up to now, a sentence each."""
        networks = [network for network in self._resources.networks if network.bigquery_project]
        states = await asyncio.gather(*(self._resources.stores.imports.state_of(each.key) for each in networks))
        now = self._resources.clock.now()
        return [told for each in zip(networks, states, strict=True) if (told := not_whole_told(*each, now))]

    async def _not_seeded(self) -> list[str]:
        """What keeps large accounts of networks from being ranked, a sentence each. The log tells more."""
        networks = [network for network in self._resources.networks if network.bigquery_project]
        seeds = await asyncio.gather(*(self._resources.stores.seeds.seed_of(each.key) for each in networks))
        return [told for each in zip(networks, seeds, strict=True) if (told := seed_trouble_told(*each))]

    def _trouble_of_queries(self) -> Trouble | None:
        """What keeps queries from being begun, as far as those know who asked for the latest."""
        sources = [network.bigquery_source for network in self._resources.networks if network.bigquery_source]
        return next(filter(None, map(self._resources.limiter.trouble, sources)), None)

    async def _horizon(self, network: Network) -> _Found:
        filling = self._reachability.filling(network)
        if filling:
            told = f"The simulated network is being made: {filling.done:,} of {filling.total:,} accounts."
            return _Found(HealthState.DEGRADED, told, "Wait: what exists already can be read.")
        seen = await self._reachability.checked(network)
        if seen is None or seen.reachable:
            return _Found(detail=seen.detail if seen else None, looked=seen)
        advice = f"What is mapped stays readable. {url_setting(network.name)} sets another Horizon."
        return _Found(HealthState.DEGRADED, seen.detail, advice, seen)

    async def _expert(self, network: Network) -> _Found:
        expert = self._resources.expert(network.key)
        if expert is None or self._reachability.filling(network):
            return _Found(detail="Not asked." if expert else "Off.")
        try:
            await expert.account(network.genesis.address, Lane.USER)
        except RateLimited as error:  # our own limit, not its fault
            return _Found(detail=str(error))
        return _Found()


_SOURCE_ADVICE = "Mapping goes on without it; creators older than Horizon's history stay unknown."
_OTHER_MODE = (
    "`stellarmap config set pipeline_mode BIGQUERY_WITH_API_FALLBACK` lets Horizon answer what BigQuery may not."
)
_MAKE_ROOM = "What is stored can be read, and nothing is lost. Free some disk space, and mapping goes on by itself."
_ADVICE = {
    "store": "Nothing can be read or stored. See the log; `stellarmap doctor` says more.",
    "bus": "What is stored can be read; nothing new is mapped. See the log.",
    "bigquery": "What it costs cannot be told, and without the books no query runs. See the log.",
}


def _without(component: str) -> HealthState:
    return HealthState.UNHEALTHY if component == "store" else HealthState.DEGRADED


def _worst(checks: list[HealthCheck]) -> HealthState:
    states = {check.state for check in checks}
    return next(
        state for state in (HealthState.UNHEALTHY, HealthState.DEGRADED, HealthState.HEALTHY) if state in states
    )
