"""The cost guard: what a query may read, and what that costs. Pure: the same estimate and limits give the same answer.

In this order, the cheapest first: is BigQuery on; is the network one that it has; then, with the estimate of a dry run, the
size, the price, and what is left of the day and the month.
"""

from enum import StrEnum
from math import ceil

from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.errors import CostLimitExceeded
from stellarmap_common.ports.book_store import Over, QueryJob, Spent
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.networks import Network

MIB = 1 << 20
GIB = 1 << 30
TIB = 1 << 40
_LEAST_OF_A_TABLE = 10 * MIB  # BigQuery bills no less for a table that is read


class Check(StrEnum):
    """Which check refused a query."""

    MODE = "mode"
    DISABLED = "disabled"
    NETWORK = "network"
    SIZE = "size"
    PRICE = "price"
    DAY = "day"
    MONTH = "month"
    BILLED = "billed"  # BigQuery itself: it would have read more than was reserved
    ACCESS = "access"  # BigQuery itself: these credentials, or this project, may not run queries


class Refused(CostLimitExceeded):
    """A query that may not run; the message tells the estimate and the limit."""

    def __init__(self, check: Check, message: str) -> None:
        super().__init__(message)
        self.check = check


def require_on(network: Network | None, config: Config) -> None:
    """Raises: Refused, before anything is asked.

    An API_ONLY that nobody chose says no more than that there is no project: what can be asked without one costs nothing.
    """
    if config.pipeline_mode is PipelineMode.API_ONLY and config.mode_chosen:
        raise Refused(Check.MODE, "No query runs while pipeline_mode is API_ONLY.")
    if not config.bigquery_enabled:
        raise Refused(Check.DISABLED, "BigQuery is switched off (bigquery_enabled is false).")
    if network is None or not network.bigquery_project:
        name = network.name if network else "this network"
        raise Refused(
            Check.NETWORK,
            f"BigQuery cannot be asked about {name}: Hubble holds the public network alone, and that needs "
            "STELLARMAP_BIGQUERY_PROJECT. With a pipeline_mode that has API in its name Horizon is read instead.",
        )


def most_billed(estimate: int, tables: int) -> int:
    """Bytes that the query may be billed: one percent above the estimate, at least what BigQuery bills at all.

    In whole MiB, as BigQuery bills. One table may be large and each other one small, and billed as the least.
    """
    large = ceil(estimate * 1.01 / MIB) * MIB + (tables - 1) * _LEAST_OF_A_TABLE
    return max(large, tables * _LEAST_OF_A_TABLE)


def price_usd(size: int, config: Config) -> float:
    """What reading so many bytes costs."""
    return size / TIB * config.price_usd_per_tib


def require_small(name: str, estimate: int, config: Config) -> None:
    """Raises: Refused, when the query alone is too large or too dear."""
    if estimate > config.size_limit_mb * MIB:
        raise Refused(
            Check.SIZE,
            f"The query {name} would read {estimate / MIB:,.0f} MiB; size_limit_mb allows {config.size_limit_mb:,}.",
        )
    price = price_usd(estimate, config)
    if price > config.cost_limit_usd:
        raise Refused(
            Check.PRICE,
            f"The query {name} would cost ${price:.3f} ({estimate / MIB:,.0f} MiB); cost_limit_usd allows "
            f"${config.cost_limit_usd:g}.",
        )


def over_budget(job: QueryJob, spent: Spent, config: Config) -> Refused:
    """Why the job may not run: `spent` leaves no room for it, today or this month."""
    over = job.over(spent, daily=config.daily_limit_gb * GIB, monthly=config.monthly_limit_gb * GIB)
    if over is Over.DAY:
        check, told, used, limit, key = Check.DAY, "today", spent.day, config.daily_limit_gb, "daily_limit_gb"
    else:
        check, told, used, limit, key = (
            Check.MONTH,
            "this month",
            spent.month,
            config.monthly_limit_gb,
            "monthly_limit_gb",
        )
    return Refused(
        check,
        f"The query {job.query} may read up to {job.reserved / GIB:,.2f} GiB; {used / GIB:,.2f} of {limit:,} GiB ({key}) are "
        f"spent {told}.",
    )
