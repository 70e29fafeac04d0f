"""The source reads every account of the simulated network as it truly is, at every trap, and says so where history is cut."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stellarmap_common.domain.creation import AccountEnd, Creation, Source
from stellarmap_common.domain.network import Address, sandbox_key, sandbox_passphrase
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_ingest_horizon.asking import MOST_CALLS
from stellarmap_sandbox.keys import FAILED_ONLY
from stellarmap_sandbox.service import Sandbox, SandboxTraits, open_sandbox
from stellarmap_sandbox.spec import BASE_LEDGER
from stellarmap_sandbox.truth import TrueCreation, TrueEnd, Truth
from tests.support.sandbox import SEED, SMALL, sandbox_settings
from tests.support.sources import Found, Opened, network_at, opened_sources

KEY = sandbox_key(SEED, SMALL)
FULL, EARLY, LATE, LAST_WEEK = 0, BASE_LEDGER * 3 // 10, BASE_LEDGER * 7 // 10, BASE_LEDGER - 120_000


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@asynccontextmanager
async def opened_sandbox(
    folder: Path, elder: int, *, expert: bool = True, traits: SandboxTraits | None = None
) -> AsyncIterator[tuple[Sandbox, Opened]]:
    """A frozen network whose history begins at `elder`, and the source that reads it."""
    network = network_at("http://sandbox", passphrase=sandbox_passphrase(KEY), key=KEY, expert=expert)
    settings = sandbox_settings(elder_ledger=elder)
    async with (
        open_sandbox(settings, folder, SystemClock(), traits) as sandbox,
        opened_sources(sandbox.app, network=network) as opened,
    ):
        await sandbox.ready()
        yield sandbox, opened


def as_found(creation: TrueCreation) -> tuple[object, ...]:
    return (
        creation.operation_id,
        creation.account,
        creation.creator,
        creation.kind,
        creation.starting_balance_stroops,
        creation.transaction_hash,
        creation.transaction_source,
        creation.sponsor,
    )


def found(creation: Creation) -> tuple[object, ...]:
    return (
        creation.created_op,
        creation.account,
        creation.creator,
        creation.kind,
        creation.starting_balance_stroops,
        creation.transaction_hash,
        creation.transaction_source,
        creation.sponsor,
    )


def ended(end: AccountEnd | TrueEnd) -> tuple[object, ...]:
    operation = end.operation_id if isinstance(end, TrueEnd) else end.end_op
    return operation, end.account, end.merged_into, end.transaction_hash


def accounts(truth: Truth) -> list[Address]:
    return [truth.address(number) for number in range(1, truth.count())]


@pytest.mark.parametrize("elder", [FULL, EARLY, LATE, LAST_WEEK])
async def test_every_life_is_found_and_what_history_lost_is_never_wrong(networks: Path, elder: int) -> None:
    calls: Counter[int] = Counter()
    async with opened_sandbox(networks, elder) as (sandbox, opened):
        truth = sandbox.truth
        for account in accounts(truth):
            lives = await opened.lives_of(account)
            expected = [each for each in truth.creations(account) if truth.retained(each)]
            assert [found(each) for each in lives.creations] == [as_found(each) for each in expected], account
            ends = [each for each in truth.ends(account) if each.operation_id >> 32 >= elder]
            assert [ended(each) for each in lives.ends] == [ended(each) for each in ends], account
            check_what_was_lost(truth, account, lives)
            assert max(lives.calls) <= MOST_CALLS
            calls[sum(lives.calls)] += 1
    assert elder or calls[2] > 0.95 * calls.total(), calls


def check_what_was_lost(truth: Truth, account: Address, lives: Found) -> None:
    """The latest life has its creation, exact or from Stellar Expert, and a creator that is true."""
    latest = truth.creations(account)[-1]
    assert not lives.last.not_found
    assert lives.last.merged == (not truth.exists(account))
    assert lives.last.creator_unknown_reason is None
    if truth.retained(latest):
        assert lives.unplaced == []
    else:
        (unplaced,) = lives.unplaced
        assert (unplaced.creator, unplaced.source) == (latest.creator, Source.EXPERT)
        assert unplaced.created_at is not None
        assert lives.last.since_ledger is not None


@pytest.mark.parametrize("elder", [FULL, EARLY, LATE, LAST_WEEK])
async def test_every_child_is_found_once_and_in_order(networks: Path, elder: int) -> None:
    async with opened_sandbox(networks, elder) as (sandbox, opened):
        truth = sandbox.truth
        for account in (truth.genesis, *accounts(truth)):
            children = await opened.children_of(account)
            expected = [each for each in truth.children(account) if truth.retained(each)]
            assert sorted(map(found, children.creations)) == sorted(map(as_found, expected)), account
            operations = [each.created_op for each in children.creations]
            assert operations == sorted(operations)
            since = {page.since_ledger for page in children.pages[:1]}
            assert since == ({elder} if elder else {None})
            assert max(children.calls) <= MOST_CALLS
            for end in children.ends:
                assert ended(end) in [ended(each) for each in truth.ends(end.account)]


async def test_merges_into_and_of_an_account_close_lives_found_with_its_children(networks: Path) -> None:
    async with opened_sandbox(networks, FULL) as (sandbox, opened):
        truth = sandbox.truth
        merged = [account for account in accounts(truth) if truth.ends(account)]
        for account in merged[:50]:
            last = truth.ends(account)[-1]
            for at in (account, last.merged_into):
                assert ended(last) in [ended(each) for each in (await opened.children_of(at)).ends]


async def test_without_stellar_expert_what_history_lost_is_unknown_with_the_reason(networks: Path) -> None:
    async with opened_sandbox(networks, LATE, expert=False) as (sandbox, opened):
        truth = sandbox.truth
        lost = [each for each in accounts(truth) if not truth.retained(truth.creations(each)[-1])]
        assert len(lost) > 100
        for account in lost[:100]:
            lives = await opened.lives_of(account)
            assert lives.unplaced == []
            reason = lives.last.creator_unknown_reason
            assert reason is not None
            assert str(LATE) in reason
            assert "Stellar Expert is not asked" in reason
            if lives.last.not_found:  # gone, and without a trace
                assert truth.outside_history(account)
                assert not truth.exists(account)


@pytest.mark.parametrize(("elder", "told"), [(FULL, None), (LATE, f"not in the history from ledger {LATE}")])
async def test_an_address_of_a_failed_creation_alone_does_not_exist(
    networks: Path, elder: int, told: str | None
) -> None:
    async with opened_sandbox(networks, elder) as (sandbox, opened):
        network = sandbox.world.network
        assert network is not None
        lives = await opened.lives_of(network.keys.address(FAILED_ONLY))
        assert lives.last.not_found
        assert not lives.last.merged
        assert lives.creations == []
        assert (lives.last.creator_unknown_reason or "").startswith(told or "")


async def test_while_horizon_does_not_know_its_history_nothing_is_concluded_from_it(networks: Path) -> None:
    traits = SandboxTraits(elder_unknown_s=3_600)
    async with opened_sandbox(networks, LATE, traits=traits) as (sandbox, opened):
        truth = sandbox.truth
        lost = next(each for each in accounts(truth) if not truth.retained(truth.creations(each)[-1]))
        with pytest.raises(SourceUnavailable, match="does not know its history yet"):
            await opened.lives_of(lost)
        with pytest.raises(SourceUnavailable, match="does not know its history yet"):
            await opened.children_of(lost)
