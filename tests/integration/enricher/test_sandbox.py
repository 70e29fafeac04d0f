"""Every account of a mapped lineage is known as it truly is; both services stay under the one limit of their Horizon."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.profile import Profile
from stellarmap_common.domain.status import StageState
from stellarmap_common.events.enrichment import AccountEnriched
from stellarmap_common.events.facts import LineageRecorded, StageExecuted
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_ingest_horizon.service import open_service as open_ingest
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.profiles import held_asset, home_domain, issued_assets, listed
from stellarmap_sandbox.service import Sandbox
from tests.support.enriching import enriched_sandbox
from tests.support.harness_network import most_within


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


def network_of(sandbox: Sandbox) -> Network:
    assert sandbox.world.network
    return sandbox.world.network


def true_profile(network: Network, account: Address) -> dict[str, Any]:
    """Balance, domain, tags and assets, read from the generator's own record."""
    number = network.number_of(account)
    assert number is not None
    here, held, entry = network.exists(number), held_asset(network, number), listed(network, number)
    own = held is not None and held[0].issuer == number
    return {
        "exists": here,
        "balance": network.accounts.balance[number] if here else 0,
        "domain": home_domain(network, number) if here else None,
        "assets": [(held[0].code, network.keys.address(held[0].issuer), held[1])] if here and held and not own else [],
        "issued": sorted(asset.code for asset in issued_assets(network, number)),
        "name": entry.name if entry else None,
        "tags": entry.tags if entry else (),
    }


def known_profile(profile: Profile) -> dict[str, Any]:
    assert profile.entry
    assert profile.lines
    assert profile.issued
    assert profile.listed
    listing = profile.listed.listing
    return {
        "exists": profile.entry.exists,
        "balance": profile.entry.balance_stroops,
        "domain": profile.entry.home_domain,
        "assets": [(line.code, line.issuer, line.balance_stroops) for line in profile.lines.held],
        "issued": sorted(asset.code for asset in profile.issued.issued.assets),
        "name": listing.name if listing else None,
        "tags": listing.tags if listing else (),
    }


async def test_every_account_of_a_mapped_lineage_is_known_as_it_truly_is(networks: Path) -> None:
    async with enriched_sandbox(networks, open_ingest) as (sandbox, system):
        network = network_of(sandbox)
        for example in network.cast.examples.values():
            await system.map(network.keys.address(example))
        met = {event.account for event in system.told(LineageRecorded) if event.account.startswith("G")}
        assert len(met) > 20
        for account in met:
            assert known_profile(await system.profile(account)) == true_profile(network, account)
        told = {event.account: event for event in system.told(AccountEnriched)}
        assert set(told) == met
        balances = system.told(BalanceUpdated)
        assert {event.account for event in balances} == met
        assert len(balances) == len(met)
        assert all(event.discovered for event in balances)


async def test_accounts_of_every_kind_are_known_as_they_truly_are(networks: Path) -> None:
    async with enriched_sandbox(networks) as (sandbox, system):
        network, truth = network_of(sandbox), sandbox.truth
        accounts = [account for account in truth.accounts() if truth.exists(account)][:400]
        await system.enrich(*accounts)
        seen = [known_profile(await system.profile(account)) for account in accounts]
        assert seen == [true_profile(network, account) for account in accounts]
        for kind in ("domain", "assets", "issued", "name", "tags"):
            assert any(each[kind] for each in seen), kind


async def test_a_merged_account_has_nothing_as_of_its_merge(networks: Path) -> None:
    async with enriched_sandbox(networks, open_ingest) as (sandbox, system):
        truth = sandbox.truth
        gone = next(account for account in truth.accounts() if truth.ends(account) and not truth.exists(account))
        await system.map(gone)
        end = truth.ends(gone)[-1]
        entry = (await system.profile(gone)).entry
        assert entry
        assert (entry.exists, entry.balance_stroops) == (False, 0)
        assert entry.version == (end.operation_id >> 32) * 10 + 6
        (balance,) = [event for event in system.told(BalanceUpdated) if event.account == gone]
        assert (balance.balance_stroops, balance.version) == (0, entry.version)
        assert balance.created_op == truth.creations(gone)[-1].operation_id


async def test_stages_two_to_six_of_a_request_run_and_end(networks: Path) -> None:
    async with enriched_sandbox(networks, open_ingest) as (sandbox, system):
        network = network_of(sandbox)
        asked = network.keys.address(network.cast.examples["hub"])
        await system.map(asked)
        stages = await system.stores.stages.stages_of(system.ref(asked))
        assert {stage.stage: stage.state for stage in stages} == dict.fromkeys(range(1, 9), StageState.DONE)
        ours = [event for event in system.told(StageExecuted) if event.stage in range(2, 7)]
        assert Counter(event.state for event in ours) == {StageState.RUNNING: 5, StageState.DONE: 5}
        assert {event.account for event in ours} == {asked}
        assert stages[5].detail["name"] == "Lumen Vault hot wallet"


async def test_without_a_stellar_expert_stage_six_is_left_out_with_a_reason(networks: Path) -> None:
    async with enriched_sandbox(networks, open_ingest, expert=False) as (sandbox, system):
        network = network_of(sandbox)
        asked = network.keys.address(network.cast.examples["hub"])
        await system.map(asked)
        stages = await system.stores.stages.stages_of(system.ref(asked))
        assert [stage.state for stage in stages[1:6]] == [*[StageState.DONE] * 4, StageState.SKIPPED]
        assert "Stellar Expert" in str(stages[5].detail["reason"])
        assert (await system.profile(asked)).listed is None


async def test_ingest_and_enricher_at_once_stay_under_one_limit(networks: Path) -> None:
    per_hour = 3_600
    async with enriched_sandbox(networks, open_ingest, max_per_hour=per_hour) as (sandbox, system):
        network = network_of(sandbox)
        for example in network.cast.examples.values():
            await system.map(network.keys.address(example))
        asked = [each for each in system.asked if "/horizon/" in each.question]
        enricher = [each for each in asked if "/assets" in each.question]
        lineage = [each for each in asked if each.question.endswith(("/payments", "/operations"))]
        assert min(len(enricher), len(lineage)) > 20
        took_s = asked[-1].at - asked[0].at
        assert len(asked) > per_hour * took_s / 3_600 / 2  # the limit is what both of them waited for
        at_once = per_hour / 360  # what ten seconds hold
        for seconds in (10, 60):
            assert most_within(asked, seconds) <= per_hour * seconds / 3_600 + at_once
