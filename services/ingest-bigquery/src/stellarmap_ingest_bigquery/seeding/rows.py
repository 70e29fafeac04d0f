"""What a seed reads: every account that is large enough, the largest first, as BigQuery has them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stellarmap_common.domain.amounts import STROOPS_PER_XLM, stroops_from_float
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.profile import LONGEST_DOMAIN, printable
from stellarmap_common.domain.strkey import has_form
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.ports.config import Config
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.answers import rows_of
from stellarmap_ingest_bigquery.client import BigQueryApi
from stellarmap_ingest_bigquery.jobs import Jobs
from stellarmap_ingest_bigquery.mapping import Row

ROWS_TOGETHER = 10_000
PRECISION = 3  # of BigQuery: what Horizon says of the same ledger is exact, and counts for more


@dataclass(frozen=True, slots=True)
class HubbleAccount:
    """One row."""

    address: Address
    balance_stroops: int  # 0 of one that is gone
    ledger: Ledger  # in which it was changed last
    home_domain: str | None

    @property
    def version(self) -> int:
        """Of its balance."""
        return version_of(self.ledger)


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows of an answer, in its order."""

    first: int  # number of the first one
    accounts: tuple[HubbleAccount, ...]
    total: int  # rows of the whole answer
    loaded: Ledger  # the latest ledger that BigQuery knew


def lowest_threshold_xlm(config: Config) -> int:
    """The balance from which on accounts are ranked."""
    return config.hva_supported_thresholds[0]


def seed_query(lowest_xlm: int) -> query.Query:
    """The query for every account that has at least so much."""
    return query.standings_seed(float(lowest_xlm))


def version_of(ledger: int) -> int:
    """The version of what BigQuery says of an account that was last changed in that ledger."""
    return ledger * 10 + PRECISION


def account_of(row: Row) -> HubbleAccount:
    """What the row says. Raises: SourceRejected: with an account left out nobody could say that all are told."""
    address, balance, ledger = row["account_id"], row["balance"], row["last_modified_ledger"]
    if not isinstance(address, str) or not has_form(address) or not isinstance(ledger, int) or balance is None:
        raise SourceRejected(f"BigQuery sent a balance that cannot be read: {str(row)[:200]}")
    # From 537 million XLM on a FLOAT64 is some stroops off: Horizon, which is asked about the first ranks, tells the rest.
    exact = stroops_from_float(balance)
    stroops = round(balance * STROOPS_PER_XLM) if exact is None else exact
    return HubbleAccount(Address(address), stroops, Ledger(ledger), printable(row["home_domain"], LONGEST_DOMAIN))


def account_as_of(row: Row, loaded: Ledger) -> HubbleAccount:
    """The same of a row that tells whether the account is gone: by that ledger, for the row may be older than its merge."""
    account = account_of(row)
    return HubbleAccount(account.address, 0, loaded, None) if row["deleted"] else account


@dataclass(frozen=True, slots=True)
class SeedRows:
    """The rows of one network, asked for.

    Raises, in every method: Refused, SourceUnavailable, SourceRejected, StoreUnavailable.
    """

    jobs: Jobs
    api: BigQueryApi

    async def ask(self, lowest_xlm: int, same_for: timedelta) -> str:
        """The job that has the rows. One that answered the same, and is younger than `same_for`, is taken again."""
        answer = await self.jobs.run(seed_query(lowest_xlm), same_for=same_for)
        return answer.job_id

    async def portions(self, job_id: str) -> AsyncIterator[Portion]:
        """All rows of the job's answer; one portion without rows, if it has none."""
        first = total = 0
        while not first or first < total:
            found = await self.api.arrow(job_id, first, ROWS_TOGETHER)
            if found is None:
                raise SourceUnavailable(f"BigQuery does not keep the answer of {job_id} any more.")
            rows: list[dict[str, Any]] = found[0].to_pylist()
            total = max(total, found[1])
            if not rows and first < total:
                raise SourceUnavailable(f"BigQuery's answer of {job_id} ended after {first} of {total} rows.")
            loaded = Ledger(rows[0]["loaded_ledger"] if rows else 0)
            yield Portion(first, tuple(map(account_of, rows)), total, loaded)
            if not rows:
                return
            first += len(rows)

    async def now_of(self, accounts: Sequence[Address], loaded: Ledger) -> list[HubbleAccount]:
        """What these accounts have, as of that ledger or later. One that BigQuery does not know is not among them."""
        answer = await self.jobs.run(query.balances(sorted(accounts)))
        return [account_as_of(row, loaded) for row in await rows_of(answer)]

    async def has(self, job_id: str) -> bool:
        """True while BigQuery knows of the job."""
        return await self.api.state(job_id) is not None
