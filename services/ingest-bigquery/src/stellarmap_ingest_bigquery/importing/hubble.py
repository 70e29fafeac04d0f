"""The rows of a network as BigQuery gives them: one query, under a limit of its own that whoever imports has confirmed.

Its answer is kept for a day: an import that was killed goes on in it, and pays for nothing twice.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

import pyarrow as pa

from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.config import Config
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.client import BigQueryApi
from stellarmap_ingest_bigquery.days import day_of
from stellarmap_ingest_bigquery.guard import MIB, most_billed, price_usd
from stellarmap_ingest_bigquery.importing.rows import ROWS_TOGETHER
from stellarmap_ingest_bigquery.jobs import Jobs, began_at

KEPT = timedelta(hours=23)  # BigQuery keeps an answer for 24


def rows_query(since: datetime | None) -> query.Query:
    """The query for the whole network, or for what happened from the day of `since` on."""
    return query.network() if since is None else query.network_since(day_of(since))


def confirmed(config: Config, estimate: int, tables: int) -> Config:
    """The configuration for a query of that size, which somebody has confirmed.

    The limits of one query are as high as it needs; that of the month stands.
    """
    most = most_billed(estimate, tables)
    return replace(
        config,
        pipeline_mode=PipelineMode.BIGQUERY_ONLY,  # whatever is read from elsewhere: this is asked for by name
        size_limit_mb=max(config.size_limit_mb, ceil(most / MIB)),
        cost_limit_usd=max(config.cost_limit_usd, price_usd(most, config)),
    )


@dataclass(frozen=True, slots=True)
class HubbleRows:
    """A RowSource: the rows of one answer."""

    api: BigQueryApi
    job_id: str
    rows: int | None
    size: int  # bytes that BigQuery read for it

    @property
    def name(self) -> str:
        """For people."""
        return f"BigQuery (job {self.job_id})"

    @property
    def asked_at(self) -> datetime:
        """When BigQuery was asked for them: an answer that is still kept is not paid for again."""
        return began_at(self.job_id)

    @property
    def identity(self) -> str:
        """The same job is the same rows."""
        return f"bigquery:{self.job_id}"

    async def batches(self, first: int) -> AsyncIterator[pa.RecordBatch]:
        """The rows from number `first` on. Raises: SourceUnavailable."""
        while self.rows is None or first < self.rows:
            found = await self.api.arrow(self.job_id, first, ROWS_TOGETHER)
            if found is None:
                raise SourceUnavailable(
                    f"BigQuery does not keep the answer of {self.job_id} any more: import again, which asks anew. What is "
                    "stored stays."
                )
            table, _ = found
            if not table.num_rows:
                return
            first += table.num_rows
            for batch in table.to_batches():
                yield batch


@dataclass(frozen=True, slots=True)
class RowsOf:
    """The rows of one network, asked for."""

    jobs: Jobs
    api: BigQueryApi
    confirmed: bool = False  # by a person who saw what they cost

    async def __call__(self, since: datetime | None) -> HubbleRows:
        """The rows, once BigQuery has them. Raises: Refused, SourceUnavailable, SourceRejected, StoreUnavailable."""
        answer = await self.jobs.run(rows_query(since), same_for=KEPT, confirmed=self.confirmed)
        first = await self.api.arrow(answer.job_id, 0, 1)
        return HubbleRows(self.api, answer.job_id, first[1] if first else None, 0)
