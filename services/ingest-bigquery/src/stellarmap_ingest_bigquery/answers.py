"""Reads the rows of an answer."""

import asyncio
from collections.abc import Sequence

from stellarmap_common.errors import SourceUnavailable
from stellarmap_ingest_bigquery.client import Row
from stellarmap_ingest_bigquery.jobs import Answer

READ_TOGETHER = 10_000
_AGAIN_S = (0.2, 0.5, 1.0, 2.0, 4.0)


async def rows_of(answer: Answer) -> list[Row]:
    """All rows: of answers about a bounded number of accounts, each of which has a few."""
    rows: list[Row] = []
    while True:
        more = await page_of(answer, len(rows), READ_TOGETHER)
        rows += more
        if len(more) < READ_TOGETHER:
            return rows


async def page_of(answer: Answer, start: int, count: int) -> Sequence[Row]:
    """At most `count` rows from `start` on. Raises: SourceUnavailable, also when the answer is not kept any more."""
    for wait_s in (*_AGAIN_S, None):
        try:
            rows = await answer.api.rows(answer.job_id, start, count)
        except SourceUnavailable:
            if wait_s is None:
                raise
            await asyncio.sleep(wait_s)  # the answer is paid for: it is not let go for a moment's trouble
            continue
        if rows is None:
            break
        return rows
    raise SourceUnavailable(f"BigQuery does not keep the answer of {answer.job_id} any more.")
