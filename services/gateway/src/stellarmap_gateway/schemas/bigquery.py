"""What BigQuery costs: budgets, the projection of the month, and the queries that ran."""

from datetime import datetime

from pydantic import Field

from stellarmap_common.domain.status import PipelineMode
from stellarmap_gateway.schemas.common import Schema


class Budget(Schema):
    """Bytes of a day or a month (UTC): those that were read, and those that queries under way may read."""

    spent_bytes: int = Field(description="Settled, and reserved.")
    limit_bytes: int
    left_bytes: int = Field(description="A query that may read more is refused. Never below 0.")
    cost_usd: float = Field(description="Of the bytes spent, at the configured price; the free TiB is not taken off.")
    renews_at: datetime = Field(description="When it begins anew.")


class MonthBudget(Budget):
    """The same of a month, and where it leads."""

    free_left_bytes: int = Field(description="Of the TiB that Google gives for nothing each month.")
    projected_bytes: int = Field(
        description="Spent by the end of the month, if it goes on as so far; the first day counts as a whole one."
    )
    projected_cost_usd: float
    used_up_at: datetime | None = Field(
        description="When its limit is met, if it goes on as so far; null = not before."
    )


class QueryView(Schema):
    """A query that ran, or may still run."""

    query: str = Field(description="The name of its text.")
    network: str
    reserved_at: datetime = Field(description="When its bytes were reserved: it counts in that day and month.")
    settled_at: datetime | None = Field(description="Null = it may still run.")
    accounts: int = Field(description="How many accounts it is about; 0 = the whole network.")
    reserved_bytes: int
    billed_bytes: int | None = Field(description="Null = it may still run.")
    cached: bool = Field(description="Answered from the query cache, for nothing.")
    cost_usd: float = Field(description="Of what was billed, or else reserved, at the configured price.")


class BigQueryUsage(Schema):
    """Whether BigQuery is asked, and what that costs."""

    configured: bool = Field(description="False: no network of this installation can be asked there.")
    enabled: bool
    mode: PipelineMode = Field(description="In force now.")
    networks: list[str] = Field(description="Those that can be asked there.")
    idle_reason: str | None = Field(description="Why no query runs now, in words for people; null = queries may run.")
    price_usd_per_tib: float
    cost_alert_usd: float = Field(description="Projected cost of a month from which on it is warned of.")
    over_alert: bool = Field(description="True: the projection is at or above it.")
    day: Budget
    month: MonthBudget
    open: list[QueryView] = Field(description="Not settled, of this month and the one before, oldest first.")
    latest: list[QueryView] = Field(max_length=20, description="Settled, of this month, newest first.")
