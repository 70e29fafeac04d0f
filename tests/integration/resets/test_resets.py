"""A reset is seen by a latest ledger that fell or a kept one that is another, by two looks; never by lag. Nothing mixes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.errors import InvalidEvent, NetworkReset, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.walk import WalkState
from stellarmap_common.ports.account_store import UNFINISHED
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.epoch_store import KeptLedger
from stellarmap_common.ports.horizon import LAG
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_ingest_horizon.reset_rules import DAY
from stellarmap_ingest_horizon.resets import AGAIN_S, FRESH_S, KEPT_S
from stellarmap_sandbox.network import Network
from tests.support.resetting import FIRST_KEY, SECOND_KEY, Resetting, resetting
from tests.support.testnet import Testnet, epoch_of_testnet, in_both, true_chain

CHECK_S = 300


@pytest.fixture
def before(tmp_path: Path) -> Network:
    return epoch_of_testnet(tmp_path, 1_000, ledgers=2 * LAG)


@pytest.fixture
def after(tmp_path: Path) -> Network:
    """The same addresses; fewer and other ledgers, and another history."""
    return epoch_of_testnet(tmp_path, 1_200)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Network:
    """Other addresses; other ledgers, as many."""
    return epoch_of_testnet(tmp_path, 1_000, played="another testnet", ledgers=2 * LAG)


@pytest.fixture
async def system(before: Network) -> AsyncIterator[Resetting]:
    async with resetting(Testnet(before)) as opened:
        yield opened


async def further_on(system: Resetting, highest: int, *, kept: int) -> None:
    """As if another Horizon of the epoch had shown so much more of it."""
    await system.stores.epochs.note(system.current.name, 1, highest=highest, kept=KeptLedger(kept, "aa"))


async def look_twice(system: Resetting) -> None:
    """The loop looks, and once more when it may."""
    system.pass_s(CHECK_S)
    await system.turn("resets")
    system.pass_s(AGAIN_S)
    await system.turn("resets")


async def test_a_latest_ledger_that_fell_opens_the_next_epoch(
    system: Resetting, before: Network, after: Network
) -> None:
    address = in_both(before, after)
    await system.map(address)
    highest = before.ledger + 2 * DAY
    await further_on(system, highest, kept=highest - DAY)
    system.testnet.play(after)
    await look_twice(system)
    assert system.current.key == SECOND_KEY
    (first, second) = await system.stores.epochs.epochs()
    assert (first.highest, second.highest) == (highest, after.ledger)
    assert second.reason == f"the latest ledger is {after.ledger}, and was {highest}"


@pytest.mark.parametrize("kept_behind", [10, DAY])
async def test_a_horizon_that_stood_still_and_lacks_the_kept_ledger_is_no_reset_and_waited_for(
    system: Resetting, before: Network, kept_behind: int
) -> None:
    await system.map(Address(before.keys.address(900)))
    highest = before.ledger + min(kept_behind + LAG, DAY)
    await further_on(system, highest, kept=max(highest - kept_behind, before.ledger + 1))
    for _ in range(3):
        await look_twice(system)
    assert system.current.key == FIRST_KEY
    await system.ask(Address(before.keys.address(901)))
    with pytest.raises(SourceUnavailable, match="nothing is recorded until it catches up"):
        await system.handle_next()


async def test_a_kept_ledger_with_another_hash_opens_the_next_epoch(
    system: Resetting, before: Network, after: Network, elsewhere: Network
) -> None:
    await system.map(in_both(before, after))
    system.testnet.play(elsewhere)
    system.pass_s(KEPT_S)
    await look_twice(system)
    assert system.current.key == SECOND_KEY
    assert system.current.epoch == 2
    assert (await system.stores.epochs.epochs())[1].reason == f"ledger {before.ledger - DAY} is another one than it was"


async def test_a_single_look_opens_nothing_and_records_nothing_until_the_second(
    system: Resetting, before: Network, after: Network
) -> None:
    await system.map(in_both(before, after))
    system.testnet.play(after)
    system.pass_s(CHECK_S)
    await system.turn("resets")
    assert system.current.key == FIRST_KEY
    await system.ask(Address(before.keys.address(900)))
    with pytest.raises(SourceUnavailable, match="testnet may have been reset") as held:
        await system.handle_next()
    assert held.value.retry_after_s == pytest.approx(AGAIN_S)
    system.testnet.play(before)  # it was a Horizon that had lost its way
    system.pass_s(AGAIN_S)
    await system.handle_all()
    assert system.current.key == FIRST_KEY
    assert await system.chain(AccountRef(FIRST_KEY, Address(before.keys.address(900))))


@pytest.mark.parametrize("behind", [1, LAG // 2, LAG])
async def test_a_horizon_that_lags_is_no_reset(system: Resetting, before: Network, tmp_path: Path, behind: int) -> None:
    address = Address(before.keys.address(900))
    await system.map(address)
    system.testnet.play(epoch_of_testnet(tmp_path, 1_000, ledgers=2 * LAG - behind))
    for _ in range(4):
        await look_twice(system)
    assert system.current.key == FIRST_KEY


async def test_a_horizon_far_behind_that_has_the_kept_ledger_is_no_reset(
    system: Resetting, before: Network, tmp_path: Path
) -> None:
    await system.map(Address(before.keys.address(900)))
    system.testnet.close_ledgers(3 * LAG)
    system.pass_s(CHECK_S)
    await system.turn("resets")
    assert (await system.stores.epochs.epochs())[0].highest == before.ledger
    system.testnet.play(epoch_of_testnet(tmp_path, 1_000, ledgers=2 * LAG))
    await look_twice(system)
    assert system.current.key == FIRST_KEY


async def test_a_url_that_leads_to_another_network_is_no_reset(
    system: Resetting, before: Network, after: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.map(in_both(before, after))
    system.testnet.play(after)
    monkeypatch.setattr(type(after.spec), "passphrase", "Some other network")
    await look_twice(system)
    assert system.current.key == FIRST_KEY
    await system.ask(Address(before.keys.address(900)))
    with pytest.raises(SourceUnavailable, match="answers, but for another network"):
        await system.handle_next()


async def test_the_network_as_it_was_before_the_reset_never_comes_back(
    system: Resetting, before: Network, elsewhere: Network, after: Network
) -> None:
    address = in_both(before, after)
    await system.map(address)
    system.testnet.play(elsewhere)
    system.pass_s(KEPT_S)
    await look_twice(system)
    await system.turn("resets")  # it keeps a ledger of the new epoch
    system.testnet.play(before)
    system.pass_s(KEPT_S)
    for _ in range(3):
        await look_twice(system)
    assert system.current.key == SECOND_KEY


async def test_what_was_unfinished_is_ended_and_nobody_waits(
    system: Resetting, before: Network, after: Network
) -> None:
    address = in_both(before, after)
    asked = await system.ask(address)
    await system.handle_next()  # one step of several
    system.testnet.play(after)
    await look_twice(system)
    await system.turn("past-epochs")
    ended = await system.request(asked)
    assert (ended.completed, ended.cancelled) == (True, True)
    assert [(event.request_id, event.cancelled) for event in system.completed()] == [(asked.ref.request_id, True)]
    state = await system.stores.accounts.state_of(asked.asked)
    assert state
    assert state.status is AccountStatus.FAILED
    assert state.last_error
    assert "testnet was reset on" in state.last_error
    calls = len(system.testnet.asked)
    await system.handle_all()  # what waited is dropped: no error, no call, no further event
    await system.turn("recovery")
    await system.turn("past-epochs")
    assert len(system.testnet.asked) == calls
    assert len(system.completed()) == 1
    assert await system.stores.accounts.states(FIRST_KEY, UNFINISHED) == ()
    walk = await system.walk(asked.asked)
    assert walk.state is WalkState.UNKNOWN
    assert "testnet was reset" in (walk.reason or "")


async def test_a_step_that_meets_the_reset_is_dropped_and_records_nothing(
    system: Resetting, before: Network, after: Network
) -> None:
    address = in_both(before, after)
    await system.ask(address)
    system.testnet.away = True  # so it is for a while, when it is reset
    with pytest.raises(SourceUnavailable):
        await system.handle_next()
    system.testnet.away = False
    await system.handle_all()
    mapped = await system.stores.accounts.figures(FIRST_KEY)
    await system.ask(Address(before.keys.address(900)))
    system.testnet.away = True
    with pytest.raises(SourceUnavailable):
        await system.handle_next()
    system.testnet.away = False
    system.testnet.play(after)
    with pytest.raises(SourceUnavailable, match="may have been reset"):
        await system.handle_next()
    system.pass_s(AGAIN_S)
    await system.handle_all()
    assert system.current.key == SECOND_KEY
    figures = await system.stores.accounts.figures(FIRST_KEY)
    assert (figures.creations, figures.ends) == (mapped.creations, mapped.ends)


async def test_the_same_address_has_another_lineage_in_each_epoch_and_both_are_read(
    system: Resetting, before: Network, after: Network
) -> None:
    address = in_both(before, after)
    chains = [true_chain(network, address) for network in (before, after)]
    assert await system.map(address) == chains[0]
    old_facts = await system.stores.creations.children_of(AccountRef(FIRST_KEY, chains[0][1]), ChildRange(), 500)
    system.testnet.play(after)
    await look_twice(system)
    assert await system.map(address) == chains[1]
    assert await system.chain(AccountRef(FIRST_KEY, address)) == chains[0]
    assert await system.chain(AccountRef(SECOND_KEY, address)) == chains[1]
    still = await system.stores.creations.children_of(AccountRef(FIRST_KEY, chains[0][1]), ChildRange(), 500)
    assert still == old_facts
    assert {each.network for each in still} == {FIRST_KEY}


async def test_nothing_more_is_mapped_of_an_epoch_that_is_over(
    system: Resetting, before: Network, after: Network
) -> None:
    address = in_both(before, after)
    await system.map(address)
    system.testnet.play(after)
    await look_twice(system)
    with pytest.raises(NetworkReset, match="testnet was reset on"):
        await system.ask(Address(before.keys.address(900)), FIRST_KEY)
    await system.queue.publish(AccountRequested(id="late", network=FIRST_KEY, account=address))
    await system.handle_all()
    assert await system.stores.requests.open_requests(FIRST_KEY) == ()


async def test_a_process_that_has_not_learned_of_the_epoch_learns_of_it_by_its_events(
    system: Resetting, before: Network, after: Network
) -> None:
    await system.map(in_both(before, after))
    system.testnet.play(after)
    async with resetting(system.testnet) as other:  # its networks are its own; the store is whose epochs it reads
        epochs = Epochs(other.networks, system.stores.epochs)
        handled: list[AccountRequested] = []

        async def handler(event: AccountRequested) -> None:
            handled.append(event)

        event = AccountRequested(id="1", network=SECOND_KEY, account=in_both(before, after))
        with pytest.raises(InvalidEvent, match="testnet-2"):
            await epochs.of_current(handler)(event)
        await look_twice(system)
        await epochs.of_current(handler)(event)
        assert handled == [event]


async def test_of_two_who_see_the_reset_one_opens_the_epoch(system: Resetting, before: Network, after: Network) -> None:
    address = in_both(before, after)
    await system.map(address)
    system.testnet.play(after)
    system.pass_s(CHECK_S)
    await system.turn("resets")
    system.pass_s(AGAIN_S)
    await system.ask(address)
    await asyncio.gather(system.turn("resets"), system.handle_all())
    assert [epoch.number for epoch in await system.stores.epochs.epochs()] == [1, 2]


async def test_looks_are_few(system: Resetting, before: Network, after: Network) -> None:
    """One in half a minute while steps run; the kept ledger is read once an hour."""
    await system.map(in_both(before, after))
    looked = system.testnet.asked.count("/horizon/")
    await system.map(Address(before.keys.address(900)))
    assert system.testnet.asked.count("/horizon/") == looked
    system.pass_s(FRESH_S + 1)
    await system.map(Address(before.keys.address(901)))
    assert system.testnet.asked.count("/horizon/") == looked + 1
    assert system.testnet.asked.count("/horizon/ledgers") == 1


async def test_nobody_is_asked_of_a_testnet_that_nobody_uses(system: Resetting) -> None:
    system.pass_s(CHECK_S)
    await system.turn("resets")
    assert system.testnet.asked == []
