"""The chain of creators, as it is read from stored facts."""

from dataclasses import replace

import pytest

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.strkey import StrkeyKind
from stellarmap_common.domain.toid import ledger_of, provisional_toid, toid
from stellarmap_common.lineage import walk
from stellarmap_common.lineage.walk import Walker, WalkState
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import RunRef, RunState
from tests.support.facts import GENESIS, NETWORK, NETWORKS, facts, hops, named, ref


async def test_a_chain_goes_from_the_present_life_to_genesis() -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        await known.made("account", "maker", 20)
        walk = await known.walk("account")
        assert walk.state is WalkState.GENESIS
        assert [account for account, _ in hops(walk)] == [named("account"), named("maker"), GENESIS.address]


async def test_genesis_itself_is_a_whole_chain() -> None:
    async with facts() as known:
        walk = await known.walk("genesis")
        assert (walk.state, [hop.creation.account for hop in walk.hops]) == (WalkState.GENESIS, [GENESIS.address])


async def test_a_creator_whose_step_has_not_ended_is_pending_although_a_creation_of_it_is_stored() -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        await known.made("account", "maker", 20)
        await known.found("maker", state=RunState.OPEN)
        walk = await known.walk("account")
        assert (walk.state, walk.pending, len(walk.hops)) == (WalkState.PENDING, ref("maker"), 1)


async def test_an_account_nobody_looked_for_is_pending_itself() -> None:
    async with facts() as known:
        walk = await known.walk("account")
        assert (walk.state, walk.pending, walk.hops) == (WalkState.PENDING, ref("account"), ())


async def test_a_creator_step_that_was_let_go_before_its_end_is_pending() -> None:
    async with facts() as known:
        await known.found("account", complete=False)
        assert (await known.walk("account")).pending == ref("account")


async def test_a_failed_step_ends_the_chain_as_unknown_with_its_reason() -> None:
    async with facts() as known:
        await known.made("account", "maker", 20)
        await known.found("maker", state=RunState.FAILED, reason="three bugs")
        walk = await known.walk("account")
        assert (walk.state, walk.reason, len(walk.hops)) == (WalkState.UNKNOWN, "three bugs", 1)


async def test_a_retry_takes_a_failed_step_as_pending_until_it_has_reopened_it() -> None:
    async with facts() as known:
        await known.found("account", state=RunState.FAILED)
        assert (await known.walk("account", "retry")).pending == ref("account")
        run = await known.stores.runs.run_of(RunRef(ref("account"), Step.CREATOR))
        assert run
        await known.stores.runs.swap(replace(run, revision=2, reopened_by=("retry",)), 1)
        assert (await known.walk("account", "retry")).state is WalkState.UNKNOWN
        assert (await known.walk("account", "another")).pending == ref("account")


async def test_what_nobody_knows_is_unknown_with_the_reason_its_step_gave() -> None:
    async with facts() as known:
        await known.found("account", reason="created before ledger 100, where the history begins")
        walk = await known.walk("account")
        assert walk.state is WalkState.UNKNOWN
        assert walk.reason == "created before ledger 100, where the history begins"


async def test_an_account_the_network_never_saw_is_unknown() -> None:
    async with facts() as known:
        await known.found("account", not_found=True)
        walk = await known.walk("account")
        assert (walk.state, walk.hops) == (WalkState.UNKNOWN, ())
        assert "never seen" in (walk.reason or "")


async def test_the_chain_ends_where_a_contract_created() -> None:
    async with facts() as known:
        await known.made("account", "", 20, by="contract")
        walk = await known.walk("account")
        assert walk.state is WalkState.CONTRACT
        assert walk.hops[0].creation.creator == named("contract", StrkeyKind.CONTRACT)


async def test_the_creator_is_the_life_that_was_there_and_cycles_of_addresses_end() -> None:
    async with facts() as known:
        await known.made("a", "genesis", 10)
        await known.made("b", "a", 20)
        await known.merged("a", 25)
        await known.made("a", "b", 30)
        walk = await known.walk("a")
        assert [(account, ledger_of(op)) for account, op in hops(walk)] == [
            (named("a"), 30),
            (named("b"), 20),
            (named("a"), 10),
            (GENESIS.address, 1),
        ]


async def test_a_life_that_had_ended_made_nothing() -> None:
    async with facts() as known:
        await known.made("a", "genesis", 10)
        await known.merged("a", 15)
        await known.made("b", "a", 20)
        walk = await known.walk("b")
        assert (walk.state, len(walk.hops)) == (WalkState.UNKNOWN, 1)
        assert named("a") in (walk.reason or "")


async def test_chains_of_ledgers_alone_end() -> None:
    async with facts() as known:
        await known.made("a", "b", 10, exact=False)
        await known.made("b", "a", 10, exact=False)
        walk = await known.walk("a")
        assert hops(walk) == [(named("a"), provisional_toid(10)), (named("b"), provisional_toid(10))]
        assert walk.state is WalkState.UNKNOWN


async def test_a_creation_without_a_ledger_is_a_hop_and_its_creator_is_found_by_time() -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        await known.merged("maker", 15)
        await known.made("maker", "other", 30)
        await known.heard("account", "maker", 12)
        walk = await known.walk("account")
        assert hops(walk)[:2] == [(named("account"), 0), (named("maker"), toid(10, 1, 1))]
        assert walk.state is WalkState.GENESIS


async def test_creations_without_a_ledger_that_made_each_other_end() -> None:
    async with facts() as known:
        await known.heard("a", "b", 10)
        await known.heard("b", "a", 10)
        assert (await known.walk("a")).state is WalkState.UNKNOWN


async def test_an_exact_link_is_read_once_and_again_after_a_fact_of_its_account_came() -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        await known.made("account", "maker", 20)
        assert (await known.walk("account")).hops[1].end is None
        await known.merged("maker", 40)
        assert (await known.walk("account")).hops[1].end is None
        known.walker.forget(ref("maker"))
        assert (await known.walk("account")).hops[1].end


async def test_what_was_read_before_an_import_was_seen_is_not_kept_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        await known.made("account", "maker", 20)
        read = known.stores.known.known_of

        async def read_and_overtaken(account: AccountRef) -> Known:
            found = await read(account)
            known.walker.forget_network(NETWORK)
            return found

        with monkeypatch.context() as slow:
            slow.setattr(known.stores.known, "known_of", read_and_overtaken)
            await known.walk("account")
        await known.merged("maker", 40)
        assert (await known.walk("account")).hops[1].end


async def test_an_import_of_one_network_leaves_what_is_kept_of_another() -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        await known.made("account", "maker", 20)
        await known.walk("account")
        await known.merged("maker", 40)
        known.walker.forget_network(NetworkKey("another"))
        assert (await known.walk("account")).hops[1].end is None
        known.walker.forget_network(NETWORK)
        assert (await known.walk("account")).hops[1].end


async def test_what_a_life_made_before_a_kept_creation_of_it_needs_no_read() -> None:
    async with facts() as known:
        await known.made("maker", "genesis", 10)
        for ledger in (20, 30, 50):
            await known.made(f"at {ledger}", "maker", ledger)
        await known.walk("at 30")
        await known.merged("maker", 60)  # of which the walker is not told, so whoever sees the end has read it
        ended = [bool((await known.walk(f"at {ledger}")).hops[1].end) for ledger in (20, 30, 50, 20)]
        assert ended == [False, False, True, True]


async def test_nothing_is_kept_that_was_read_before_facts_of_others_are_heard() -> None:
    hears = False
    async with facts() as known:
        walker = Walker(known.stores, NETWORKS, lambda: hears)
        await known.made("maker", "genesis", 10)
        await known.made("account", "maker", 20)
        assert (await walker.walk(ref("account"))).hops[1].end is None
        await known.merged("maker", 40)
        hears = True
        assert (await walker.walk(ref("account"))).hops[1].end


async def test_a_life_that_was_chosen_for_the_chain_alone_is_not_kept() -> None:
    async with facts() as known:
        await known.made("a", "genesis", 10)
        await known.made("a", "b", 30)
        await known.heard("b", "c", None)
        await known.made("c", "a", 40)
        chain = await known.walk("a")  # it comes back to a's life of 30, which is no ancestor of itself
        assert [ledger_of(op) for _, op in hops(chain)][:4] == [30, 0, 40, 10]
        assert ledger_of((await known.walk("c")).hops[1].creation.created_op) == 30


async def test_lives_of_no_more_creators_are_kept_than_may_be_and_those_dropped_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk, "CREATORS_KEPT", 2)
    async with facts() as known:
        for number in range(3):
            await known.made(f"maker {number}", "genesis", 10)
            await known.made(f"{number}", f"maker {number}", 20)
            assert len((await known.walk(f"{number}")).hops) == 3
        for number in range(3):
            await known.merged(f"maker {number}", 40)
        ended = [bool((await known.walk(f"{number}")).hops[1].end) for number in (2, 1, 0, 2)]
        assert ended == [False, False, True, True]


async def test_no_more_lives_of_a_creator_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "LIVES_KEPT", 2)
    async with facts() as known:
        for ledger in (10, 20, 30):
            await known.made("maker", "genesis", ledger)
            await known.made(f"of {ledger}", "maker", ledger + 1)
            await known.merged("maker", ledger + 2)
            walked = await known.walk(f"of {ledger}")
            assert [ledger_of(hop.creation.created_op) for hop in walked.hops[:2]] == [ledger + 1, ledger]
        first = (await known.walk("of 10")).hops[1]
        assert (ledger_of(first.creation.created_op), bool(first.end)) == (10, True)


async def test_what_an_import_holds_answers_without_a_creator_step() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("maker", "genesis", 10, found=False)
        await known.made("account", "maker", 20, found=False)
        walk = await known.walk("account")
        assert walk.state is WalkState.GENESIS
        assert [account for account, _ in hops(walk)] == [named("account"), named("maker"), GENESIS.address]


async def test_an_import_does_not_answer_of_what_came_after_it() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("maker", "genesis", 10, found=False)
        await known.made("new", "maker", 101, found=False)
        assert (await known.walk("new")).pending == ref("new")
        await known.found("new")
        assert (await known.walk("new")).pending == ref("maker"), "it may have begun another life after the import"
        await known.imported(to=101)
        assert (await known.walk("new")).state is WalkState.GENESIS


async def test_an_account_that_an_import_has_not_is_asked_for() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("account", "contract's", 20, found=False)
        assert (await known.walk("nobody")).pending == ref("nobody")
        assert (await known.walk("account")).pending == ref("contract's")


async def test_a_creator_that_was_gone_by_then_is_asked_for_although_an_import_has_it() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("maker", "genesis", 10, found=False)
        await known.merged("maker", 20)
        await known.made("account", "maker", 30, found=False)
        assert (await known.walk("account")).pending == ref("maker"), "a contract may have created it again"


async def test_a_step_that_has_begun_says_more_than_an_import() -> None:
    async with facts() as known:
        await known.imported(to=100)
        await known.made("account", "genesis", 10, found=False)
        await known.found("account", state=RunState.OPEN)
        assert (await known.walk("account")).pending == ref("account")


async def test_a_part_of_history_answers_nothing() -> None:
    async with facts() as known:
        await known.imported(to=0)
        await known.made("account", "genesis", 10, found=False)
        assert (await known.walk("account")).pending == ref("account")
