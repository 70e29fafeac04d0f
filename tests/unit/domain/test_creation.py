"""Lives of accounts and their makers, on small random histories."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.creation import (
    AccountEnd,
    Creation,
    CreationKind,
    Incarnation,
    Source,
    creator_incarnation,
    genesis_creation,
    incarnations,
)
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.toid import Toid, provisional_toid, toid

pytestmark = pytest.mark.unit

NET = NetworkKey("sandbox-1-1000")
GENESIS = Address("GENESIS")
NAMES = tuple(Address(name) for name in "ABCD")


def creation(account: str, creator: str, op: Toid) -> Creation:
    return Creation(
        network=NET,
        account=Address(account),
        created_op=op,
        creator=Address(creator),
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
    )


def end(account: str, op: Toid, into: str = "GENESIS") -> AccountEnd:
    return AccountEnd(
        network=NET, account=Address(account), end_op=op, merged_into=Address(into), source=Source.HORIZON
    )


def provisional(exact: Creation) -> Creation:
    return replace(exact, created_op=provisional_toid(exact.ledger), source=Source.EXPERT)


@dataclass
class History:
    """What happened on a small network: the truth the domain has to find again."""

    creations: list[Creation] = field(default_factory=list)
    ends: list[AccountEnd] = field(default_factory=list)
    maker: dict[Creation, Creation] = field(default_factory=dict)

    def lives(self, account: str) -> tuple[Incarnation, ...]:
        if account == GENESIS:
            return (Incarnation(genesis_creation(AccountRef(NET, GENESIS))),)
        return incarnations(
            [one for one in self.creations if one.account == account],
            [one for one in self.ends if one.account == account],
        )


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Creations, merges and re-creations by living accounts, several of them in one ledger."""
    history = History()
    alive = {GENESIS: genesis_creation(AccountRef(NET, GENESIS))}
    ledger, operation = 2, 0
    for new_ledger in draw(st.lists(st.booleans(), max_size=25)):
        ledger, operation = (ledger + 1, 1) if new_ledger else (ledger, operation + 1)
        op = toid(ledger, 1, operation)
        actor = draw(st.sampled_from(sorted(alive)))
        account = draw(st.sampled_from(NAMES))
        if account not in alive:
            made = creation(account, actor, op)
            history.creations.append(made)
            history.maker[made] = alive[actor]
            alive[account] = made
        elif account != actor:
            history.ends.append(end(account, op, actor))
            del alive[account]
    return history


@given(histories())
def test_every_life_is_found_with_its_end_in_whatever_order_facts_come(history: History) -> None:
    shuffled = History(history.creations[::-1], history.ends[::-1])
    for account in NAMES:
        lives = history.lives(account)
        assert lives == shuffled.lives(account)
        assert [life.end for life in lives if life.end] == [one for one in history.ends if one.account == account]
        assert all(life.end is not None for life in lives[:-1])


@given(histories())
def test_the_life_that_made_an_account_is_found(history: History) -> None:
    for made in history.creations:
        maker = creator_incarnation(made, history.lives(made.creator or ""))
        assert maker is not None
        assert maker.creation == history.maker[made]


@given(histories())
def test_following_creators_descends_and_ends_at_genesis(history: History) -> None:
    for made in history.creations:
        at = made
        while at.creator is not None:
            maker = creator_incarnation(at, history.lives(at.creator))
            assert maker is not None
            assert maker.creation.created_op < at.created_op
            at = maker.creation
        assert at.kind is CreationKind.GENESIS


@given(histories(), st.data())
def test_chains_end_even_where_only_ledgers_are_known(history: History, data: st.DataObject) -> None:
    known = [provisional(made) if data.draw(st.booleans()) else made for made in history.creations]
    guessed = History(list(dict.fromkeys(known)), history.ends)
    for made in guessed.creations:
        chain = [made]
        while chain[-1].creator is not None:
            maker = creator_incarnation(chain[-1], guessed.lives(chain[-1].creator), chain)
            if maker is None:
                break
            assert maker.creation.ledger <= chain[-1].ledger
            assert maker.creation not in chain
            chain.append(maker.creation)


def test_a_circle_within_one_ledger_is_walked_to_the_older_life() -> None:
    a_old, b_new, a_new = (
        creation("A", "GENESIS", toid(50, 1, 1)),
        provisional(creation("B", "A", toid(100, 1, 1))),
        provisional(creation("A", "B", toid(100, 1, 3))),
    )
    lives = incarnations([a_old, a_new], [end("A", toid(100, 1, 2), "B")])
    assert [bool(life.end) for life in lives] == [True, False]
    found = creator_incarnation(b_new, lives)
    assert found is not None
    assert found.creation == a_old


def test_a_life_merged_before_made_nothing() -> None:
    lives = incarnations([creation("A", "GENESIS", toid(10, 1, 1))], [end("A", toid(20, 1, 1))])
    assert creator_incarnation(creation("B", "A", toid(30, 1, 1)), lives) is None
    assert creator_incarnation(creation("B", "A", toid(20, 1, 0)), lives) == lives[0]


def test_creation_and_merge_in_one_transaction_belong_to_the_creators_old_life() -> None:
    lives = incarnations([creation("A", "GENESIS", toid(10, 1, 1))], [end("A", toid(20, 1, 2), "B")])
    assert creator_incarnation(creation("B", "A", toid(20, 1, 1)), lives) == lives[0]


def test_a_creation_known_by_ledger_comes_after_what_happened_in_that_ledger() -> None:
    lives = (Incarnation(creation("A", "GENESIS", toid(100, 1, 1))),)
    assert creator_incarnation(provisional(creation("B", "A", toid(100, 1, 2))), lives) == lives[0]
    assert creator_incarnation(provisional(creation("B", "A", toid(99, 1, 2))), lives) is None


@given(st.integers(min_value=2, max_value=2**31 - 1), st.integers(min_value=1, max_value=4095))
def test_an_exact_creation_replaces_the_same_one_known_by_ledger(ledger: int, operation: int) -> None:
    exact = creation("A", "B", toid(ledger, 1, operation))
    rough = provisional(exact)
    assert exact.replaces(rough)
    assert not rough.replaces(exact)
    assert not exact.replaces(exact)
    assert not exact.replaces(replace(rough, creator=Address("C")))
    assert not exact.replaces(replace(rough, created_op=provisional_toid(ledger - 1)))
    assert exact.version > rough.version


def test_genesis_is_exact_although_its_operation_is_none() -> None:
    genesis = genesis_creation(AccountRef(NET, GENESIS))
    assert genesis.exact
    assert genesis.ledger == 1


def test_a_merge_known_by_ledger_gives_way_to_the_exact_one() -> None:
    assert end("A", toid(7, 1, 1)).version > end("A", provisional_toid(7)).version
