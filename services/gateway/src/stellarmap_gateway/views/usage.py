"""How much of each source's limit is used, over all processes, and what BigQuery costs."""

from collections.abc import Sequence
from datetime import timedelta

from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.usage_store import SourceStatus
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.installation import SourceUsage, Usage
from stellarmap_gateway.views.bigquery import bigquery_usage_of

REPORTED_WITHIN = timedelta(minutes=2)


async def usage_of(gateway: Gateway) -> Usage:
    """Every source of the networks, those too that nothing has called yet."""
    now = gateway.resources.clock.now()
    reported = await gateway.stores.usage.statuses(now - REPORTED_WITHIN)
    sources = _sources(gateway.resources.networks)
    # Of BigQuery the processes tell its troubles alone: what it costs is told by the books.
    sources |= {status.source: [] for status in reported if status.source not in sources and status.last_call_at}
    return Usage(
        as_of=now,
        sources=[
            _usage(source, names, [status for status in reported if status.source == source])
            for source, names in sources.items()
        ],
        bigquery=await bigquery_usage_of(gateway.resources),
    )


def _sources(networks: Networks) -> dict[str, list[str]]:
    """Each source, and the networks whose calls count against its limit."""
    sources: dict[str, list[str]] = {}
    for network in networks:
        for source in filter(None, (network.horizon_source, network.expert_source)):
            sources.setdefault(source, []).append(network.name)
    return sources


def _usage(source: str, networks: Sequence[str], reports: Sequence[SourceStatus]) -> SourceUsage:
    """The sum of what all processes say of one source; limits are the same in each."""
    kind, _, base_url = source.partition(":")
    return SourceUsage(
        source=kind,
        network=networks[0] if len(networks) == 1 else None,
        base_url=base_url,
        calls_minute=sum(report.calls_minute for report in reports),
        calls_hour=sum(report.calls_hour for report in reports),
        calls_day=sum(report.calls_day for report in reports),
        limit_per_hour=max((report.limit_per_hour for report in reports), default=0) or None,
        burst=max((report.burst for report in reports), default=None),
        rate_per_s=max((report.rate_per_s for report in reports), default=None),
        delay_s=max((report.delay_s for report in reports), default=None),
        last_call_at=max((report.last_call_at for report in reports if report.last_call_at), default=None),
        last_429_at=max((report.last_429_at for report in reports if report.last_429_at), default=None),
    )
