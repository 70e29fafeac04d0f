"""What each query would cost now: a dry run of it, for nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from stellarmap_common.domain.network import Address, NetworkName
from stellarmap_common.errors import CostLimitExceeded, StellarmapError
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.networks import networks_of
from stellarmap_common.runtime.reading import config_in_force
from stellarmap_common.runtime.running import running_url
from stellarmap_common.runtime.settings import Settings
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.client import BigQueryApi, open_bigquery
from stellarmap_ingest_bigquery.days import FIRST_DAY, day_of
from stellarmap_ingest_bigquery.guard import price_usd, require_small
from stellarmap_ingest_bigquery.seeding.rows import lowest_threshold_xlm, seed_query
from stellarmap_ingest_bigquery.tables import differences


class NotToBeAsked(StellarmapError):
    """BigQuery cannot be asked about this network; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One query, as BigQuery would bill it."""

    query: str
    about: str  # of what, in words
    size: int  # bytes
    usd: float
    refusal: str  # why the cost guard would not let it run; "" = it would


@asynccontextmanager
async def open_network(settings: Settings, name: str) -> AsyncIterator[tuple[Network, BigQueryApi]]:
    """The network of that name, and its BigQuery. Raises: NotToBeAsked."""
    network = networks_of(settings, running_url(settings.process.data_dir) or "").named(name)
    if network is None or not network.bigquery_project:
        raise NotToBeAsked(
            f"BigQuery cannot be asked about {name}: of the real networks Hubble holds public alone, and queries about it run "
            "in a Google Cloud project of yours (STELLARMAP_BIGQUERY_PROJECT; docs/bigquery.md). `--network sandbox` needs none"
        )
    if network.name is NetworkName.SANDBOX and not network.bigquery_url.startswith("http"):
        raise NotToBeAsked(
            "The sandbox's BigQuery answers while StellarMap runs (`stellarmap up`), or the sandbox does "
            "(`stellarmap sandbox serve`, and STELLARMAP_BIGQUERY_URL_SANDBOX)"
        )
    async with open_bigquery(network.bigquery_project, network.bigquery_url) as api:
        yield network, api


@asynccontextmanager
async def open_estimates(name: str) -> AsyncIterator[tuple[tuple[str, ...], AsyncIterator[Estimate]]]:
    """What is not as expected of the tables, and an estimate of each query.

    Raises: NotToBeAsked, SourceUnavailable, SchemaRefused, StoreUnavailable.
    """
    settings = Settings.load()
    async with open_network(settings, name) as (network, api):
        found = estimates(api, await config_in_force(settings), network.genesis.address, SystemClock().now())
        yield await differences(api), found


async def estimates(api: BigQueryApi, config: Config, some_account: Address, now: datetime) -> AsyncIterator[Estimate]:
    """Each query once, in the order of `docs/bigquery.md`. Raises: SourceUnavailable, SourceRejected."""
    accounts = (some_account,)
    lowest_xlm, today = lowest_threshold_xlm(config), day_of(now)
    yesterday = today - timedelta(days=1)
    one_day = query.OnDays(accounts, {yesterday.date()})
    for about, asked in (
        ("up to 1,000 accounts", query.account_ledgers(accounts)),
        ("accounts created on one day", query.lives(accounts, one_day, (), FIRST_DAY)),
        ("accounts created more than once", query.lives(accounts, query.OnDays((), ()), accounts, FIRST_DAY)),
        ("up to 1,000 accounts, without operations", query.lives_cheap(accounts, accounts)),
        ("up to 1,000 creators, of the latest year", query.children(accounts, today - timedelta(days=365))),
        ("up to 1,000 creators, of all time", query.children(accounts, FIRST_DAY)),
        ("up to 1,000 creators, without operations", query.children_cheap(accounts)),
        ("accounts created by contracts on one day", query.completions(accounts, one_day, (), FIRST_DAY)),
        ("merges of all time", query.completions(accounts, query.OnDays((), ()), accounts, FIRST_DAY)),
        (f"accounts that have {lowest_xlm:,} XLM", seed_query(lowest_xlm)),
        ("some accounts that were large", query.balances(accounts)),
        ("the whole network", query.network()),
        ("the network, one more day", query.network_since(yesterday)),
    ):
        yield await estimate_of(api, config, asked, about)


async def estimate_of(api: BigQueryApi, config: Config, asked: query.Query, about: str) -> Estimate:
    """What the query would cost. Raises: SourceUnavailable, SourceRejected, Refused (no access)."""
    size = await api.estimate(asked)
    return Estimate(
        query=asked.name,
        about=about,
        size=size,
        usd=price_usd(size, config),
        refusal=_refusal(asked.name, size, config),
    )


def _refusal(name: str, size: int, config: Config) -> str:
    try:
        require_small(name, size, config)
    except CostLimitExceeded as refused:
        return str(refused)
    return ""
