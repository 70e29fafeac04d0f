"""What the simulated Hubble answers is what is true of the network: every life, every creation, and none that failed."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_ingest_bigquery import query as queries
from stellarmap_ingest_bigquery.query import OnDays
from stellarmap_sandbox.spec import close_time
from stellarmap_sandbox.truth import TrueCreation, TrueEnd, Truth
from tests.support.bigquery import ALWAYS, AskedHubble, Rows, asked_hubble

XLM = 10_000_000


@pytest.fixture
async def asked(networks_dir: Path) -> AsyncIterator[AskedHubble]:
    async with asked_hubble(networks_dir) as asked:
        yield asked


def created(truth: Truth) -> list[TrueCreation]:
    """Every creation that is an operation of its own."""
    lives = (life for account in truth.accounts() for life in truth.creations(account))
    return [life for life in lives if life.kind is CreationKind.CREATE_ACCOUNT]


def by_contracts(truth: Truth) -> list[TrueCreation]:
    lives = (life for account in truth.accounts() for life in truth.creations(account))
    return [life for life in lives if life.kind is CreationKind.CONTRACT_TRANSFER]


def ended(truth: Truth) -> list[TrueEnd]:
    return [end for account in truth.accounts() for end in truth.ends(account)]


def facts(truth: Truth) -> Rows:
    """op_id, closed_at, account, funder, starting_balance, merged_into, in order of operation."""
    begun = [
        (each.operation_id, each.account, each.creator, each.starting_balance_stroops / XLM, None)
        for each in created(truth)
    ]
    over = [(each.operation_id, each.account, None, None, each.merged_into) for each in ended(truth)]
    told = sorted([*begun, *over], key=lambda fact: fact[0])
    return [(operation, close_time(operation >> 32), *rest) for operation, *rest in told]


async def test_the_network_is_every_creation_and_merge_in_order(asked: AskedHubble) -> None:
    assert await asked.rows(queries.network()) == facts(asked.truth)


async def test_the_network_since_a_time_begins_with_the_ledger_that_closed_then(asked: AskedHubble) -> None:
    everything = facts(asked.truth)
    since = everything[len(everything) // 2][1]
    assert await asked.rows(queries.network_since(since)) == [fact for fact in everything if fact[1] >= since]


async def test_lives_of_everybody_are_all_of_them(asked: AskedHubble) -> None:
    query = queries.lives([], OnDays((), ()), list(asked.truth.accounts()), ALWAYS)
    assert await asked.rows(query) == facts(asked.truth)


async def test_lives_on_days_leave_out_the_other_days(asked: AskedHubble) -> None:
    reborn = asked.network.keys.address(asked.network.cast.examples["reborn"])
    of_it = [fact for fact in facts(asked.truth) if fact[2] == reborn]
    day = of_it[0][1].date()
    found = await asked.rows(queries.lives([], OnDays([reborn], {day}), [], ALWAYS))
    assert found == [fact for fact in of_it if fact[1].date() == day]
    assert 0 < len(found) < len(of_it)


async def test_children_of_an_account_are_told_with_their_number_and_who_was_merged_into_it(asked: AskedHubble) -> None:
    hub = asked.network.keys.address(asked.network.cast.examples["hub"])
    expected = [fact for fact in facts(asked.truth) if hub in (fact[3], fact[5])]
    assert await asked.rows(queries.children([hub], ALWAYS)) == [(hub, *fact, len(expected)) for fact in expected]


async def test_a_cheap_childs_ledger_is_told_where_its_sequence_number_says_that_it_was_created_once(
    asked: AskedHubble,
) -> None:
    truth = asked.truth
    creators = sorted({each.creator for each in created(truth)})
    found = await asked.rows(queries.children_cheap(creators))
    assert sorted(row[:3] for row in found) == sorted(
        (each.creator, each.account, each.starting_balance_stroops / XLM) for each in created(truth)
    )
    numbers = {row[0]: row[1:3] for row in await asked.rows(queries.account_ledgers(list(truth.accounts())))}
    for _, account, _, ledger, _ in found:
        lives = truth.creations(Address(account))
        first, latest = numbers[account]
        once = sum(life.kind is CreationKind.CREATE_ACCOUNT for life in lives) == 1 and first == latest
        assert ledger == (lives[0].ledger if once else None)
        assert len({life.ledger for life in lives}) == 1 or ledger is None


async def test_every_life_lies_between_the_ledgers_that_are_told(asked: AskedHubble) -> None:
    truth = asked.truth
    found = {row[0]: row[1:] for row in await asked.rows(queries.account_ledgers(list(truth.accounts())))}
    assert set(found) == set(truth.accounts())
    for account in truth.accounts():
        first, latest, deleted, modified, first_at, _, modified_at = found[account]
        lives = truth.creations(account)
        assert deleted is not truth.exists(account)
        assert first == (lives[0].ledger if lives else 0)
        assert first_at == (close_time(first) if lives else None)
        assert all(life.ledger <= latest for life in lives)
        if deleted:
            assert lives[-1].ledger <= modified <= truth.ends(account)[-1].operation_id >> 32
            assert modified_at == close_time(modified)


async def test_rows_of_accounts_that_are_gone_are_as_their_merges_left_them_or_as_they_were_before(
    asked: AskedHubble,
) -> None:
    gone = [account for account in asked.truth.accounts() if not asked.truth.exists(account)]
    modified = [row[4] for row in sorted(await asked.rows(queries.account_ledgers(gone)))]
    merged = [asked.truth.ends(account)[-1].operation_id >> 32 for account in sorted(gone)]
    forms = Counter(told == ended for told, ended in zip(modified, merged, strict=True))
    assert min(forms[True], forms[False]) > len(gone) / 3


async def test_what_a_contract_created_is_found_by_its_first_transfer_in_its_ledger(asked: AskedHubble) -> None:
    made = by_contracts(asked.truth)
    days = {close_time(each.ledger).date() for each in made}
    found = await asked.rows(queries.completions([], OnDays([each.account for each in made], days), [], ALWAYS))
    told = {(account, operation): (*row, closed_at) for operation, closed_at, account, *row in found}
    assert made
    for each in made:
        creator, _, transaction, amount, closed_at = told[each.account, each.operation_id]
        assert (creator, transaction) == (each.creator, each.transaction_hash)
        assert (closed_at, amount) == (close_time(each.ledger), str(each.starting_balance_stroops))


async def test_who_has_enough_is_told_the_richest_first(asked: AskedHubble) -> None:
    network, lowest = asked.network, 100.0
    balances = [(network.accounts.balance[number] / XLM, number) for number in range(len(network.accounts))]
    rich = {
        network.keys.address(number) for balance, number in balances if balance >= lowest and network.exists(number)
    }
    found = await asked.rows(queries.standings_seed(lowest))
    assert {row[0] for row in found} == rich
    assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True)


async def test_an_address_of_failed_creations_alone_is_unknown(asked: AskedHubble) -> None:
    never = asked.network.keys.address(1 << 30)
    assert await asked.rows(queries.account_ledgers([never])) == []
    assert await asked.rows(queries.lives([], OnDays((), ()), [never], ALWAYS)) == []


async def test_what_closes_later_changes_no_answer(tmp_path: Path) -> None:
    async with asked_hubble(tmp_path, ledger_s=0.002) as asked:
        job = await asked.ended(queries.network())

        async def read() -> Rows:
            return await asked.call(lambda _: [row.values() for row in job.result(page_size=500, job_retry=None)])

        first, begun = await read(), asked.network.ledger
        while asked.network.ledger < begun + 200:
            await asked.sandbox.world.next_ledger()
        assert await read() == first
        later = await asked.rows(queries.network_since(first[-1][1] + timedelta(microseconds=1)))
        assert all(row[0] > first[-1][0] for row in later)
