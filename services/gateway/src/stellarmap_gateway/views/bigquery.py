"""What BigQuery costs, as the books and the configuration in force tell it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.ports.book_store import QueryJob, Spent
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.seed_store import StandingsSeed
from stellarmap_common.runtime.resources import Resources
from stellarmap_gateway.schemas.bigquery import BigQueryUsage, Budget, MonthBudget, QueryView

LATEST = 20
GIB = 1 << 30
TIB = 1 << 40
LEAST_BILLED = 10 << 20  # BigQuery bills no less for a table that is read
FREE = TIB  # a month, of each billing account
DAY = timedelta(days=1)
BEHIND = 3 * DAY  # an increment is made each day, and of a day that has ended Hubble may not hold all yet

_WAY_OUT = "What is younger is read, and paid for, as without an import; docs/import.md tells the way out."


class Span(NamedTuple):
    """A day or a month, in UTC."""

    begins: datetime
    ends: datetime


async def bigquery_usage_of(resources: Resources) -> BigQueryUsage:
    """Day and month up to now, and the latest queries."""
    books, networks = resources.stores.books, resources.networks
    config, now = resources.config(), resources.clock.now()
    spent, under_way, latest = await asyncio.gather(books.spent(now), books.open_jobs(now), books.jobs(now, LATEST))
    month = _month(spent.month, now, config)
    return BigQueryUsage(
        configured=bool(askable(networks)),
        enabled=config.bigquery_enabled,
        mode=config.pipeline_mode,
        networks=askable(networks),
        idle_reason=idle_reason(networks, config),
        price_usd_per_tib=config.price_usd_per_tib,
        cost_alert_usd=config.cost_alert_usd,
        over_alert=spent.month > 0 and month.projected_cost_usd >= config.cost_alert_usd,
        day=_budget(spent.day, config.daily_limit_gb, day_around(now).ends, config),
        month=month,
        open=[_query(job, networks, config) for job in under_way],
        latest=[_query(job, networks, config) for job in latest],
    )


def askable(networks: Networks) -> list[str]:
    """The networks that BigQuery can be asked about."""
    return [str(network.name) for network in networks if network.bigquery_project]


def idle_reason(networks: Networks, config: Config) -> str | None:
    """Why no query runs, in words for people; None if queries may."""
    only = config.pipeline_mode is PipelineMode.BIGQUERY_ONLY
    instead = "and pipeline_mode is BIGQUERY_ONLY: every step is refused." if only else "so Horizon alone is read."
    if not askable(networks):
        return f"Not configured: STELLARMAP_BIGQUERY_PROJECT names no Google Cloud project, {instead}"
    if config.pipeline_mode is PipelineMode.API_ONLY:
        which = "query" if config.mode_chosen else "query about a lineage"
        return f"No {which} runs: pipeline_mode is API_ONLY, {instead}"
    if not config.bigquery_enabled:
        return f"No query runs: bigquery_enabled is false, {instead}"
    return None


def budgets_told(spent: Spent, config: Config) -> tuple[bool, str]:
    """Whether any query fits into the budgets, and how much of them is spent."""
    for used, limit_gb, of in (
        (spent.month, config.monthly_limit_gb, "month"),
        (spent.day, config.daily_limit_gb, "day"),
    ):
        if limit_gb * GIB - used < LEAST_BILLED:
            return False, f"The {of}'s budget is used up: {used / GIB:,.1f} of {limit_gb:,} GiB."
    return True, f"{spent.day / GIB:,.1f} of {config.daily_limit_gb:,} GiB of today's budget are spent."


def not_whole_told(network: Network, state: NetworkImport | None, now: datetime) -> str | None:
    """Why an imported network is not whole up to now, in words for people; None if it is, or never was whole."""
    if state is None or state.whole_at is None:
        return None
    so_far = f"{network.name} is whole up to {state.whole_at:%Y-%m-%d} only"
    if state.done and state.rejected:
        return f"{so_far}: {state.rejected:,} rows of its latest import were no facts. {_WAY_OUT}"
    # The time of the sandbox is its own.
    if network.name is not NetworkName.SANDBOX and now - state.whole_at > BEHIND:
        return f"{so_far}: it is not kept so day by day. The log (increment_failed) says why. {_WAY_OUT}"
    return None


def seed_trouble_told(network: Network, seed: StandingsSeed | None) -> str | None:
    """Why the network's large accounts are not known, in words for people; None if nothing keeps them from being."""
    return f"Not all large accounts of {network.name} are ranked: {seed.trouble}" if seed and seed.trouble else None


def day_around(at: datetime) -> Span:
    """The day of that moment."""
    begins = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(begins, begins + DAY)


def month_around(at: datetime) -> Span:
    """The month of that moment."""
    begins = day_around(at).begins.replace(day=1)
    return Span(begins, (begins + 31 * DAY).replace(day=1))


def projected(spent: int, month: Span, now: datetime) -> int:
    """Bytes at the end of the month, at the pace so far. One query in the month's first minute is no pace: a day at least."""
    return max(spent, round(spent * ((month.ends - month.begins) / _passed(month, now))))


def used_up_at(spent: int, limit: int, month: Span, now: datetime) -> datetime | None:
    """When the limit is met at the pace so far: now, if it is already; None if the month ends before."""
    if spent >= limit:
        return now
    if spent == 0 or projected(spent, month, now) <= limit:
        return None
    return now + _passed(month, now) * ((limit - spent) / spent)


def _passed(month: Span, now: datetime) -> timedelta:
    return max(now - month.begins, DAY)


def _month(spent: int, now: datetime, config: Config) -> MonthBudget:
    month = month_around(now)
    budget = _budget(spent, config.monthly_limit_gb, month.ends, config)
    expected = projected(spent, month, now)
    return MonthBudget(
        **budget.model_dump(),
        free_left_bytes=max(FREE - spent, 0),
        projected_bytes=expected,
        projected_cost_usd=_usd(expected, config),
        used_up_at=used_up_at(spent, budget.limit_bytes, month, now),
    )


def _budget(spent: int, limit_gb: int, renews_at: datetime, config: Config) -> Budget:
    limit = limit_gb * GIB
    return Budget(
        spent_bytes=spent,
        limit_bytes=limit,
        left_bytes=max(limit - spent, 0),
        cost_usd=_usd(spent, config),
        renews_at=renews_at,
    )


def _query(job: QueryJob, networks: Networks, config: Config) -> QueryView:
    network = networks.of(job.network)
    return QueryView(
        query=job.query,
        network=network.segment if network else job.network,
        reserved_at=job.reserved_at,
        settled_at=job.settled_at,
        accounts=len(job.accounts),
        reserved_bytes=job.reserved,
        billed_bytes=job.billed,
        cached=job.cached,
        cost_usd=_usd(job.counted, config),
    )


def _usd(size: int, config: Config) -> float:
    return size / TIB * config.price_usd_per_tib
