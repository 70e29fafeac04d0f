"""The truth that other tests compare with, held against plain facts about single accounts."""

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.truth import Truth


def _example(network: Network, name: str) -> Address:
    return network.keys.address(network.cast.examples[name])


def test_a_chain_ends_at_genesis_and_its_operations_decrease(medium: Network) -> None:
    truth = Truth(medium)
    for number in range(1, truth.count(), 101):
        chain = truth.chain(truth.address(number))
        ids = [hop.operation_id for hop in chain]
        assert ids == sorted(ids, reverse=True)
        assert chain[-1].creator == truth.genesis or chain[-1].creator.startswith("C")


def test_every_life_is_a_child_of_its_creator(medium: Network) -> None:
    truth = Truth(medium)
    for number in range(1, truth.count(), 2_503):
        for life in truth.creations(truth.address(number)):
            if life.creator.startswith("G"):
                assert life in truth.children(life.creator)


def test_lives_and_ends_alternate(medium: Network) -> None:
    truth = Truth(medium)
    for number in range(1, truth.count(), 31):
        account = truth.address(number)
        moments = [(life.operation_id, True) for life in truth.creations(account)]
        moments += [(end.operation_id, False) for end in truth.ends(account)]
        assert [begins for _, begins in sorted(moments)] == [place % 2 == 0 for place in range(len(moments))]
        assert truth.exists(account) == (len(moments) % 2 == 1)


def test_the_examples_are_what_their_titles_say(medium: Network) -> None:
    truth = Truth(medium)
    assert len(truth.chain(_example(medium, "small"))) == 8
    assert 3 <= len(truth.children(_example(medium, "small"))) <= 25
    assert len(truth.children(_example(medium, "hub"))) > 5_000
    assert len(truth.creations(_example(medium, "reborn"))) == 3
    assert len(truth.ends(_example(medium, "reborn"))) == 2
    assert truth.creations(_example(medium, "contract"))[0].creator.startswith("C")
    assert truth.creations(_example(medium, "contract"))[0].kind is CreationKind.CONTRACT_TRANSFER
    assert len(truth.chain(_example(medium, "deep"))) == 200


def test_an_address_cycle_is_no_cycle_of_lives(medium: Network) -> None:
    truth = Truth(medium)
    found = [
        (account, child)
        for account in (
            truth.address(number) for number in range(truth.count()) if len(medium.creations_of(number)) == 2
        )
        for child in truth.children(account)
        if child.account == truth.creations(account)[1].creator
    ]
    assert found
    for account, child in found:
        chain = truth.chain(account)
        assert [hop.account for hop in chain[:3]] == [account, child.account, account]
        assert chain[-1].creator == truth.genesis


def test_genesis_and_strangers_have_no_creation(small: Network, medium: Network) -> None:
    truth = Truth(small)
    assert truth.creations(truth.genesis) == []
    assert truth.chain(truth.genesis) == []
    assert truth.creations(Truth(medium).address(9)) == []
    assert not truth.exists(Truth(medium).address(9))


def test_an_account_is_outside_history_when_all_it_did_is_older(medium: Network) -> None:
    full = Truth(medium)
    account = full.address(3_000)
    last = max(medium.rows.op[row] >> 32 for row in medium.rows_of(3_000))
    assert not Truth(medium, last).outside_history(account)
    assert Truth(medium, last + 1).outside_history(account)
    assert not full.outside_history(account)
