"""A seed: every large account is told once, the largest first, whoever dies at it; and a second one changes nothing."""

import json
from dataclasses import replace

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import ChangeReason, ChangeType
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.observability.failpoints import FailpointHit, arm_failpoint
from stellarmap_common.ports.standing_store import ChangeQuery
from stellarmap_ingest_bigquery.failpoints import SEED
from stellarmap_ingest_bigquery.jobs import began_at
from stellarmap_ingest_bigquery.seeding import rows, seeder
from tests.support.guarded import Hubble
from tests.support.seeding import LOWEST_XLM, Seeding, seeding
from tests.support.tracked import balance

PORTION, TOGETHER, FIRST = 30, 12, 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network's seed comes in as many parts as that of a large one."""
    monkeypatch.setattr(rows, "ROWS_TOGETHER", PORTION)
    monkeypatch.setattr(seeder, "TOLD_TOGETHER", TOGETHER)


def moved_by(one: Seeding, account: str, xlm: float, ledger: int, precision: int = 6) -> BalanceUpdated:
    """What the enricher tells of the account."""
    told = balance("it", xlm, ledger * 10 + precision, network=one.one.network.key)
    return BalanceUpdated(
        **{name: getattr(told, name) for name in told.__struct_fields__} | {"account": Address(account)}
    )


async def test_each_large_account_is_told_once_the_largest_first_and_the_last_says_that_these_are_all(
    network: Hubble,
) -> None:
    async with seeding(network, hva_board_size=FIRST) as one:
        done = await one.told()
        balances = one.taken(BalanceUpdated)
        looked_at = [event.account for event in one.taken(EnrichmentRequested)]
    true = one.true()
    assert len(true) > 2 * PORTION
    assert [event.account for event in balances] == [account for account, _ in true]
    exact = [(event.account, event.balance_stroops) for event in balances if event.balance_stroops < 1 << 51]
    assert exact == [each for each in true if each[1] < 1 << 51]
    assert [event.covers_ledger for event in balances] == [None] * (len(true) - 1) + [done.covers]
    assert done.covers
    assert balances[-1].covers_xlm == LOWEST_XLM
    assert all(event.discovered and event.version == event.ledger * 10 + 3 for event in balances)
    assert looked_at == [account for account, _ in true[:FIRST]], "Horizon tells their exact balances"


async def test_the_board_covers_the_network_and_nobody_overtakes_anybody(network: Hubble) -> None:
    async with seeding(network) as one:
        done = await one.told()
        await one.heard()
        board = await one.board()
        found = await one.one.stores.standings.changes(
            one.one.network.key, ChangeQuery(threshold_xlm=LOWEST_XLM, limit=10_000)
        )
    true = one.true()
    assert [row.account for row in board.rows] == [account for account, _ in true[:1_000]]
    assert (board.coverage.ledger, board.ranked) == (done.covers, len(true))
    assert {(change.type, change.reason) for change in found} == {(ChangeType.ENTERED, ChangeReason.DISCOVERED)}
    assert len(found) == len(true)


@pytest.mark.usefixtures("disarmed")
@pytest.mark.parametrize(("name", "times"), [(SEED[0], 1), *((SEED[1], times) for times in (1, 2, 4))])
async def test_one_that_was_interrupted_is_gone_on_with_and_paid_for_once(
    network: Hubble, name: str, times: int
) -> None:
    async with seeding(network) as one:
        arm_failpoint(f"{name}:{times}:raise")
        with pytest.raises(FailpointHit):
            await one.told()
        arm_failpoint("")
        done = await one.seeder().tell(await one.seed(), FIRST)
        events = [event for event in one.queue.published if isinstance(event, BalanceUpdated)]
        await one.heard()
        board = await one.board()
        ran = await network.ran()
    true = one.true()
    assert list(dict.fromkeys(event.account for event in events)) == [account for account, _ in true]
    assert len(events) - len(true) == (TOGETHER if name == SEED[1] else 0), "the part that was not noted comes again"
    assert len({event.id for event in events}) == len(true)
    assert [row.account for row in board.rows] == [account for account, _ in true[:1_000]]
    assert board.coverage.ledger == done.covers
    assert [job.query for job in ran] == ["standings_seed"]


async def test_a_second_seed_tells_of_its_ledger_alone_where_nothing_moved(network: Hubble) -> None:
    async with seeding(network) as one:
        first = await one.told()
        await one.heard()
        before = await one.board()
        one.taken(EnrichmentRequested)
        second = await one.told()
        (again,) = await one.heard()
        asked = one.taken(EnrichmentRequested)
        after = await one.board()
    assert again.covers_ledger == second.covers == first.covers
    assert asked == []
    assert (after.number, after.rows) == (before.number, before.rows)


async def test_who_is_known_better_is_not_told_again_and_who_moved_since_has_moved(network: Hubble) -> None:
    async with seeding(network) as one:
        (_, _), (same, _), (older, _), *_ = one.true()
        await one.told()
        balances = {event.account: event for event in one.taken(BalanceUpdated)}
        exactly = moved_by(one, same, 1_234, balances[Address(same)].ledger)
        before = moved_by(one, older, 5, balances[Address(older)].ledger - 1)
        await one.owner.take([exactly, before])
        await one.told()
        told = {event.account: event for event in one.taken(BalanceUpdated)}
        await one.owner.take(list(told.values()))
        changes = {
            change.account.address: change
            for change in await one.one.stores.standings.changes(
                one.one.network.key, ChangeQuery(threshold_xlm=LOWEST_XLM, limit=10_000)
            )
        }
    assert same not in told, "Horizon has read the same ledger"
    assert changes[Address(same)].balance_stroops == exactly.balance_stroops
    assert changes[Address(older)].reason is ChangeReason.MOVED
    assert changes[Address(older)].balance_stroops == told[Address(older)].balance_stroops


async def test_who_was_large_and_is_not_any_more_leaves_the_board_before_it_is_said_to_be_complete(
    network: Hubble,
) -> None:
    async with seeding(network) as one:
        truth, true = network.served.truth, one.true()
        gone = next(account for account in truth.accounts() if truth.ends(account) and not truth.exists(account))
        large = {account for account, _ in true}
        small = next(account for account in truth.accounts() if truth.exists(account) and account not in large)
        younger = next(account for account in truth.accounts() if account not in large | {gone, small})
        merged = truth.ends(gone)[-1].operation_id >> 32
        await one.owner.take([moved_by(one, gone, 5_000, merged - 3), moved_by(one, small, 5_000, 40)])
        done = await one.told()
        assert done.covers
        balances = await one.heard()
        board = await one.board()
        await one.owner.take([moved_by(one, younger, 5_000, done.covers + 1)])
        await one.told()
        assert [event.account for event in await one.heard()] == [true[-1][0]], "what is younger is left alone"
        ran = [job.query for job in await network.ran()]
    left = {event.account: event for event in balances[-3:-1]}
    assert set(left) == {gone, small}
    assert (left[gone].balance_stroops, left[gone].ledger) == (0, done.covers)
    assert 0 < left[small].balance_stroops < LOWEST_XLM * 10**7
    assert balances[-1].covers_ledger == done.covers
    assert [row.account for row in board.rows] == [account for account, _ in true[:1_000]]
    assert ran == ["standings_seed", "balances"]


async def test_a_merge_that_the_tables_do_not_know_yet_is_not_undone_by_an_older_balance(network: Hubble) -> None:
    async with seeding(network) as one:
        merged = one.true()[3][0]
        done = await one.told()
        assert done.covers
        one.taken(BalanceUpdated)
        await one.owner.take([moved_by(one, merged, 0, done.covers + 5)])
        await one.told()
        await one.heard()
        board = await one.board()
    assert merged not in {row.account for row in board.rows}
    assert len(board.rows) == len(one.true()) - 1


async def test_who_grew_since_the_last_seed_has_moved_and_who_was_passed_over_by_it_is_discovered(
    network: Hubble,
) -> None:
    async with seeding(network) as one:
        true = one.true()
        last = max((await one.told()).covers or 0, 0)
        ledgers = {event.account: event.ledger for event in one.taken(BalanceUpdated)}
        middle = Ledger(sorted(ledgers.values())[len(ledgers) // 2])
        for covers_xlm, moved in ((LOWEST_XLM, middle), (LOWEST_XLM + 1, last)):
            await one.one.stores.seeds.keep(replace(await one.seed(), covers=middle, covers_xlm=covers_xlm))
            await one.told()
            found = one.taken(BalanceUpdated)
            assert len(found) == len(true)
            assert {event.account for event in found if not event.discovered} == {
                account for account, ledger in ledgers.items() if ledger > moved
            }


async def test_an_answer_that_is_not_kept_any_more_is_asked_for_anew(network: Hubble) -> None:
    async with seeding(network) as one:
        started = await one.begun()
        assert await one.seeder().is_kept(started)
        assert not await one.seeder().is_kept(replace(started, job_id="stellarmap_unheard_of"))
        with pytest.raises(SourceUnavailable, match="does not keep"):
            await one.seeder().tell(replace(started, job_id="stellarmap_unheard_of"), FIRST)
        network.clock.pass_time(23 * 3_600)
        assert not await one.seeder().is_kept(started)


async def test_an_answer_that_is_taken_again_is_told_as_of_when_it_was_asked_for(network: Hubble) -> None:
    async with seeding(network) as one:
        first = await one.begun()
        network.clock.pass_time(5 * 60)
        again = await one.begun()
        done = await one.seeder().tell(again, FIRST)
        (told_at,) = {event.at for event in one.taken(BalanceUpdated)}
    assert again.job_id == first.job_id
    assert again.read_at == first.read_at == done.covered_at == told_at == began_at(first.job_id)


@pytest.mark.parametrize(
    "lost", [{"rows", "pageToken"}, {"rows", "pageToken", "totalRows"}], ids=["rows", "the total, too"]
)
async def test_an_answer_that_ends_before_its_last_row_is_not_said_to_be_told(network: Hubble, lost: set[str]) -> None:
    async with seeding(network) as one:
        begun = await one.begun()
        portions = 0

        def cut_short(body: bytes) -> bytes:
            nonlocal portions
            portions += b'"rows"' in body
            return without(body, lost) if portions > 1 else body

        network.served.said = cut_short
        with pytest.raises(SourceUnavailable, match=f"ended after {PORTION} of {len(one.true())} rows"):
            await one.seeder().tell(begun, FIRST)
        cut = await one.seed()
        network.served.said = bytes
        done = await one.seeder().tell(cut, FIRST)
        balances = one.taken(BalanceUpdated)
    assert (cut.job_id, cut.told, cut.covers) == (begun.job_id, PORTION, None)
    assert done.covers
    assert [event.account for event in balances] == [account for account, _ in one.true()]


async def test_what_is_said_to_be_covered_is_another_fact_for_another_lowest_balance(network: Hubble) -> None:
    async with seeding(network) as one:
        await one.told()
        (*_, covering) = await one.heard()
        await one.one.stores.seeds.keep(replace(await one.begun(), lowest_xlm=LOWEST_XLM + 1))
        await one.seeder().tell(await one.seed(), FIRST)
        (other,) = one.taken(BalanceUpdated)
    assert (other.account, other.version, other.covers_ledger) == (
        covering.account,
        covering.version,
        covering.covers_ledger,
    )
    assert (covering.covers_xlm, other.covers_xlm) == (LOWEST_XLM, LOWEST_XLM + 1)
    assert other.id != covering.id


def without(body: bytes, lost: set[str]) -> bytes:
    """The same page, as long, without that."""
    page = {key: value for key, value in json.loads(body).items() if key not in lost}
    return json.dumps(page).encode().ljust(len(body))
