"""A running system's store as BigQuery leaves it: queries that cost, steps it did not answer. Written beside the system."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import AccountStatus, PipelineSource, StageState, Step
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.book_store import QueryJob
from stellarmap_common.ports.config_store import ConfigChange
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores
from tests.support.gateway import address

GIB = 1 << 30
ALL = 10**15
TOO_DEAR = "The query lives would cost $2.424 (406,700 MiB); cost_limit_usd allows $0.71."
QUERIES = (("account_ledgers", 2), ("lives", 17), ("children", 38), ("lives_cheap", 27), ("account_ledgers", 1))


class Billed:
    """What is written into the store of one network."""

    def __init__(self, stores: Stores, network: NetworkKey) -> None:
        self._stores = stores
        self._network = network

    async def choose(self, key: str, value: str, now: datetime) -> None:
        """Afterwards it is configured so: every service sees it within two seconds."""
        change = ConfigChange(key=key, version=1, value=value, before=None, changed_at=now, changed_by="a test")
        assert await self._stores.config.put(change)

    async def queries(self, count: int, now: datetime) -> None:
        """So many have run today, the latest from the cache, and one runs."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(count):
            name, size = QUERIES[number % len(QUERIES)]
            at = max(now - timedelta(minutes=17 * (count - number)), midnight)
            job = self._job(f"{name} {number}", at, size, accounts=200 * (number % 5))
            assert await self._stores.books.reserve(job, daily=ALL, monthly=ALL) is None
            last = number == count - 1
            billed = 0 if last else int(job.reserved * 0.99)
            assert await self._stores.books.settle(job, billed, at + timedelta(seconds=3), cached=last)
        assert await self._stores.books.reserve(self._job("children open", now, 3), daily=ALL, monthly=ALL) is None

    async def read_by_api(self, account: AccountRef) -> None:
        """The API read the children of that mapped account instead."""
        ref, source = RunRef(account, Step.CHILDREN), PipelineSource.BIGQUERY_WITH_API_FALLBACK
        run, state = await self._stores.runs.run_of(ref), await self._stores.accounts.state_of(account)
        assert run
        assert state
        progress = replace(run.progress, refusal=TOO_DEAR, pipeline_source=source)
        assert await self._stores.runs.swap(replace(run, revision=run.revision + 1, progress=progress), run.revision)
        assert await self._stores.accounts.put_state(replace(state, version=state.version + 1, pipeline_source=source))

    async def refused(self, account: AccountRef, now: datetime) -> None:
        """Nothing but BigQuery could be asked for that account's creator, and that was too dear."""
        progress = Progress(reason=TOO_DEAR, refusal=TOO_DEAR, pipeline_source=PipelineSource.BIGQUERY)
        run = Run(ref=RunRef(account, Step.CREATOR), revision=1, state=RunState.FAILED, progress=progress)
        assert await self._stores.runs.swap(run, None)
        failed: dict[str, Any] = {
            "pipeline_source": PipelineSource.BIGQUERY,
            "last_error": TOO_DEAR,
            "request_id": "r1",
        }
        asked: dict[str, Any] = {"requested": True, "requested_at": now, "last_pipeline_attempt": now}
        state = AccountState(ref=account, version=1, status=AccountStatus.FAILED, **failed, **asked)
        assert await self._stores.accounts.put_state(state)
        await self._stores.stages.record_stages([self._failed_stage(account, stage, now) for stage in (1, 7)])

    def _failed_stage(self, account: AccountRef, stage: int, now: datetime) -> StageExecuted:
        return StageExecuted(
            id=f"stage-{stage}",
            network=account.network,
            account=account.address,
            request_id="r1",
            stage=stage,
            state=StageState.FAILED,
            at=now,
            duration_ms=812,
            error=TOO_DEAR,
            detail={"pipeline_source": PipelineSource.BIGQUERY, "refusal": TOO_DEAR},
        )

    def _job(self, name: str, at: datetime, gib: int, accounts: int = 12) -> QueryJob:
        return QueryJob(
            job_id=f"stellarmap_{name}_{at.timestamp()}",
            query=name.split(maxsplit=1)[0],
            network=self._network,
            reserved_at=at,
            reserved=gib * GIB,
            accounts=tuple(address(number) for number in range(accounts)),
        )


@asynccontextmanager
async def billed(data_dir: Path, network: NetworkKey) -> AsyncIterator[Billed]:
    """The store in a data folder while a system runs on it."""
    async with open_database(data_dir / "store.sqlite", readers=1) as database:
        yield Billed(open_stores(database), network)
