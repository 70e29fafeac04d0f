"""What the cost guard lets through, and what it says when it does not."""

from dataclasses import replace

import pytest

from stellarmap_common.domain.network import NetworkKey, NetworkName
from stellarmap_common.ports.book_store import QueryJob, Spent
from stellarmap_ingest_bigquery.guard import (
    GIB,
    MIB,
    TIB,
    Check,
    Refused,
    most_billed,
    over_budget,
    price_usd,
    require_on,
    require_small,
)
from tests.support.config import API_ONLY, FALLBACK, config_of
from tests.support.networks import networks_for_tests
from tests.support.stores import NOON

NETWORKS = networks_for_tests()
CONFIG = config_of(FALLBACK)


def test_the_sandbox_has_a_hubble_of_its_own_and_testnet_has_none() -> None:
    require_on(NETWORKS.named(NetworkName.SANDBOX), CONFIG)
    with pytest.raises(Refused, match="cannot be asked about testnet") as refused:
        require_on(NETWORKS.named(NetworkName.TESTNET), CONFIG)
    assert refused.value.check is Check.NETWORK


def test_public_needs_a_project() -> None:
    public = NETWORKS.named(NetworkName.PUBLIC)
    assert public
    with pytest.raises(Refused, match="STELLARMAP_BIGQUERY_PROJECT"):
        require_on(public, CONFIG)
    require_on(replace(public, bigquery_project="ours"), CONFIG)


def test_no_query_runs_in_api_mode() -> None:
    with pytest.raises(Refused) as refused:
        require_on(NETWORKS.named(NetworkName.SANDBOX), config_of(API_ONLY))
    assert refused.value.check is Check.MODE


def test_switched_off_comes_before_everything_else() -> None:
    with pytest.raises(Refused) as refused:
        require_on(None, replace(CONFIG, bigquery_enabled=False))
    assert refused.value.check is Check.DISABLED


@pytest.mark.parametrize(("mib", "check"), [(119_000, None), (119_200, Check.PRICE), (148_901, Check.SIZE)])
def test_at_the_usual_price_the_cost_binds_before_the_size(mib: int, check: Check | None) -> None:
    if check is None:
        require_small("lives", mib * MIB, CONFIG)
        return
    with pytest.raises(Refused) as refused:
        require_small("lives", mib * MIB, CONFIG)
    assert refused.value.check is check
    assert f"{mib:,}" in str(refused.value)


def test_exactly_the_limit_is_allowed() -> None:
    require_small("lives", 10 * MIB, replace(CONFIG, size_limit_mb=10, cost_limit_usd=1))
    with pytest.raises(Refused):
        require_small("lives", 10 * MIB + 1, replace(CONFIG, size_limit_mb=10, cost_limit_usd=1))


@pytest.mark.parametrize(
    ("estimate", "tables", "most"),
    [(0, 2, 20 * MIB), (GIB, 1, 1_035 * MIB), (GIB, 2, 1_045 * MIB), (1_000_001, 1, 10 * MIB)],
)
def test_what_may_be_billed_is_a_hundredth_more_and_at_least_what_bigquery_bills(
    estimate: int, tables: int, most: int
) -> None:
    assert most_billed(estimate, tables) == most


def test_a_tib_costs_its_price() -> None:
    assert price_usd(TIB, replace(CONFIG, price_usd_per_tib=6.25)) == 6.25


def test_a_refusal_tells_which_budget_is_spent_and_how_much_of_it() -> None:
    config = replace(CONFIG, daily_limit_gb=10, monthly_limit_gb=100)
    job = QueryJob(job_id="1", query="children", network=NetworkKey("public"), reserved_at=NOON, reserved=2 * GIB)
    today = over_budget(job, Spent(9 * GIB, 50 * GIB), config)
    month = over_budget(job, Spent(1 * GIB, 99 * GIB), config)
    confirmed = over_budget(replace(job, confirmed=True), Spent(9 * GIB, 99 * GIB), config)
    assert (today.check, month.check, confirmed.check) == (Check.DAY, Check.MONTH, Check.MONTH)
    assert "9.00 of 10 GiB (daily_limit_gb)" in str(today)
    assert "99.00 of 100 GiB (monthly_limit_gb)" in str(month)
