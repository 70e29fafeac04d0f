"""A Horizon made of recorded answers is mapped end to end, and every file with creations or merges gives all of them."""

import re

import pytest

from stellarmap_common.domain.creation import CreationKind, incarnations
from stellarmap_common.domain.network import TESTNET_PASSPHRASE, NetworkKey
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.domain.strkey import is_account
from stellarmap_ingest_horizon.mapping import creation_of, end_of
from tests.support.replay import RECORDED, Json, Replay, objects_of, recorded
from tests.support.sources import network_at, opened_sources

PUBLIC = NetworkKey("public")
GENESIS = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"
FIRST = "GALPCCZN4YXA3YMJHKL6CVIECKPLJJCTVMSNYWBTKJW4K5HQLYLDMZTB"
SECOND = "GAP2KHWUMOHY7IO37UJY7SEBIITJIDZS5DRIIQRPEUT4VUKHZQGIRWS4"
FRIENDBOT = "GAIH3ULLFQ4DGSECF2AR555KZ4KNDGEKN4AFI4SU2M7B43MGK3QJZNSR"
MERGED_CREATOR = "GB44UMO65PK5NWMRP4S2OSZA5BD4ACOW5KQ6TWLLO2MP7S7N5MJ2MJVI"
ITS_HEIR = "GCNL55IJTH2HX26HLNIGYD2JIQLTBAQL3SVPNZA6PXK7NAVHU423WOTE"
RECORDED_REPLAY = recorded()


def counted() -> list[tuple[str, int, int]]:
    """Every file of the manifest that has creations (ca) or merges (am)."""
    rows = re.findall(
        r"^\| (\S+) \| .* \| (\d+) \| (\d+) \|$", (RECORDED / "MANIFEST.md").read_text(), flags=re.MULTILINE
    )
    return [(path, int(ca), int(am)) for path, ca, am in rows if int(ca) or int(am)]


def created_in(replay: Replay, address: str) -> list[Json]:
    """The recorded creations of an account, found without the code under test."""
    return [each for each in replay.of(address) if each["type"] == "create_account" and each["account"] == address]


def test_the_manifest_counts_files_with_creations_and_merges() -> None:
    assert len(counted()) == 13


@pytest.mark.parametrize(("path", "creations", "merges"), counted())
def test_every_recorded_creation_and_merge_is_found(path: str, creations: int, merges: int) -> None:
    objects = list(objects_of(RECORDED / path))
    found = [creation for each in objects if (creation := creation_of(each, PUBLIC))]
    ended = [end for each in objects if (end := end_of(each, PUBLIC))]
    assert (len(found), len(ended)) == (creations, merges)
    for creation in found:
        assert is_account(creation.account)
        assert creation.creator is not None
        assert is_account(creation.creator)
        assert creation.exact
        assert creation.created_at is not None
        assert creation.created_at.utcoffset() is not None
        assert creation.starting_balance_stroops is not None
        assert creation.starting_balance_stroops > 0


def test_the_first_page_of_the_public_network_is_read_exactly() -> None:
    records = list(objects_of(RECORDED / "stellar-docs/Operations_ListAllPayments.json"))
    first, second = (creation for each in records if (creation := creation_of(each, PUBLIC)))
    assert (first.account, first.creator, first.created_op, first.ledger) == (FIRST, GENESIS, 12884905985, 3)
    assert (second.account, second.creator, second.created_op) == (SECOND, FIRST, 33676838572033)
    assert first.starting_balance_stroops == second.starting_balance_stroops == 200_000_000
    assert first.created_at is not None
    assert first.created_at.isoformat() == "2015-09-30T17:15:54+00:00"


async def test_the_chain_of_three_from_the_public_genesis_account_is_mapped() -> None:
    async with opened_sources(RECORDED_REPLAY) as opened:
        (second,) = (await opened.lives_of(SECOND)).creations
        assert second.creator == FIRST
        (first,) = (await opened.lives_of(second.creator or "")).creations
        assert first.creator == GENESIS
        (root,) = (await opened.lives_of(first.creator or "")).creations
        assert root.kind is CreationKind.GENESIS
        assert [child.account for child in (await opened.children_of(GENESIS)).creations] == [FIRST]


async def test_the_genesis_account_needs_no_call_for_its_creator() -> None:
    replay = Replay()
    async with opened_sources(replay) as opened:
        await opened.creations.admit(opened.ref(GENESIS), Step.CREATOR, Lane.USER)
        page = await opened.creations.creations_of(opened.ref(GENESIS), "", Lane.USER)
    assert page.complete
    assert page.creations[0].creator is None
    assert replay.asked == []


async def test_the_chain_to_the_genesis_account_of_testnet_is_mapped() -> None:
    network = network_at(passphrase=TESTNET_PASSPHRASE, key=NetworkKey("testnet-1"))
    async with opened_sources(RECORDED_REPLAY, network=network) as opened:
        children = (await opened.children_of(network.genesis.address)).creations
        assert FRIENDBOT in [child.account for child in children]
        (friendbot,) = (await opened.lives_of(FRIENDBOT)).creations
        assert friendbot.creator == network.genesis.address
        assert friendbot.starting_balance_stroops == 10_000_000_000 * 10**7


async def test_one_transaction_creates_an_account_and_merges_its_creator_into_it() -> None:
    async with opened_sources(RECORDED_REPLAY) as opened:
        (life,) = (await opened.lives_of(ITS_HEIR)).creations
        assert life.creator == MERGED_CREATOR
        gone = (await opened.lives_of(MERGED_CREATOR)).last
        assert gone.merged
        assert [end.merged_into for end in gone.ends] == [ITS_HEIR]
        assert gone.creator_unknown_reason is not None  # its own creation was not recorded
        (page,) = (await opened.children_of(MERGED_CREATOR)).pages
        assert [child.account for child in page.creations] == [ITS_HEIR]
        assert page.ends == gone.ends
        assert gone.ends[0].end_op == page.creations[0].created_op + 1


async def test_every_account_of_the_recorded_answers_is_mapped_as_they_say() -> None:
    async with opened_sources(RECORDED_REPLAY) as opened:
        for address in RECORDED_REPLAY.addresses():
            if address == GENESIS:
                continue
            found = await opened.lives_of(address)
            expected = created_in(RECORDED_REPLAY, address)
            assert [creation.created_op for creation in found.creations] == [int(each["id"]) for each in expected]
            assert [creation.creator for creation in found.creations] == [each["funder"] for each in expected]
            assert found.creations or found.last.creator_unknown_reason or found.last.not_found
            assert len(incarnations(found.creations, found.ends)) == len(expected)
            made = [
                int(each["id"])
                for each in RECORDED_REPLAY.of(address)
                if each["type"] == "create_account" and each["funder"] == address
            ]
            assert [child.created_op for child in (await opened.children_of(address)).creations] == made
