"""A record becomes the fact it states, and nothing that it does not."""

from datetime import UTC, datetime

import pytest

from stellarmap_common.domain.creation import CreationKind, Source
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.errors import SourceUnavailable
from stellarmap_ingest_horizon.mapping import (
    anchor_of,
    created_by_contract,
    creation_of,
    elder_ledger,
    end_of,
    happened,
    may_have_created,
    position_of,
    sequence_ledger,
    shows_alive,
    unplaced_creation,
)
from tests.support.records import Story, account, contract, op
from tests.support.replay import Json

NETWORK = NetworkKey("public")
ANNA, BERT, CARL, DORA = (account(name) for name in ("anna", "bert", "carl", "dora"))
AT = op(100, 2, 3)


def created(**more: object) -> Json:
    story = Story()
    story.create(AT, ANNA, BERT, **more)  # type: ignore[arg-type]
    return story.operations[AT]


def test_funder_becomes_creator_and_xlm_becomes_stroops() -> None:
    creation = creation_of(created(balance="922337203685.4775807"), NETWORK)
    assert creation is not None
    assert (creation.network, creation.account, creation.creator, creation.created_op) == (NETWORK, BERT, ANNA, AT)
    assert (creation.kind, creation.source) == (CreationKind.CREATE_ACCOUNT, Source.HORIZON)
    assert creation.starting_balance_stroops == 2**63 - 1
    assert creation.created_at == datetime(2024, 1, 1, 0, 8, 20, tzinfo=UTC)
    assert creation.sponsor is None


def test_creator_sponsor_and_transaction_source_are_three_parties() -> None:
    creation = creation_of(created(balance="0.0000000", sponsor=CARL, transaction={"source_account": DORA}), NETWORK)
    assert creation is not None
    assert (creation.creator, creation.sponsor, creation.transaction_source) == (ANNA, CARL, DORA)
    assert creation.starting_balance_stroops == 0


def test_without_a_joined_transaction_its_source_is_not_known() -> None:
    creation = creation_of(created(transaction=None), NETWORK)
    assert creation is not None
    assert creation.transaction_source is None


def test_a_muxed_funder_is_the_account_inside() -> None:
    creation = creation_of(created(funder_muxed="M…", funder_muxed_id="18446744073709551615"), NETWORK)
    assert creation is not None
    assert creation.creator == ANNA


def test_a_merge_is_an_end_without_an_amount() -> None:
    story = Story()
    story.merge(AT, ANNA, BERT)
    end = end_of(story.operations[AT], NETWORK)
    assert end is not None
    assert (end.account, end.merged_into, end.end_op, end.amount_stroops) == (ANNA, BERT, AT, None)
    assert creation_of(story.operations[AT], NETWORK) is None


def test_a_contract_call_creates_what_its_effects_say_for_whom_the_xlm_came_from() -> None:
    story, vault = Story(), contract("vault")
    story.call(AT, DORA, (ANNA, BERT), (vault, BERT), (vault, CARL), (ANNA, DORA), created=(BERT, CARL))
    record, effects = story.operations[AT], story.effects[AT]
    found = list(created_by_contract(record, effects, NETWORK))
    assert [(each.account, each.creator, each.kind) for each in found] == [
        (BERT, ANNA, CreationKind.CONTRACT_TRANSFER),
        (CARL, vault, CreationKind.CONTRACT_TRANSFER),
    ]
    assert {each.starting_balance_stroops for each in found} == {30_000_000}
    assert list(created_by_contract(record, [], NETWORK)) == []
    assert may_have_created(record, by=ANNA)
    assert may_have_created(record, account=DORA)
    assert not may_have_created(record, by=BERT)
    assert not may_have_created(record, by=DORA)  # who calls is not who creates


@pytest.mark.parametrize(
    "change",
    [
        {"asset_type": "credit_alphanum4", "type": "transfer", "from": ANNA, "to": BERT},
        {"asset_type": "native", "type": "transfer", "from": ANNA, "to": contract("vault")},
        {"asset_type": "native", "type": "burn", "from": ANNA},
    ],
)
def test_what_moves_no_xlm_to_an_account_creates_none(change: Json) -> None:
    record = {**created(), "type": "invoke_host_function", "asset_balance_changes": [change]}
    assert not may_have_created(record, by=ANNA)


def test_a_failed_operation_did_not_happen() -> None:
    assert happened(created())
    assert not happened({**created(), "transaction_successful": False})


def test_a_credit_proves_nothing_about_an_issuer_that_gets_its_own_back() -> None:
    story = Story()
    story.pay(1, ANNA, BERT)
    story.pay(2, ANNA, BERT, asset_type="credit_alphanum4")
    assert shows_alive(story.operations[1], BERT)
    assert shows_alive(story.operations[2], ANNA)
    assert not shows_alive(story.operations[2], BERT)


def test_a_sequence_tells_a_ledger_and_a_root_the_oldest_one() -> None:
    assert sequence_ledger({"sequence": str((77 << 32) + 12)}) == 77
    assert elder_ledger({"history_elder_ledger": 42}) == 42
    assert elder_ledger({}) == 0
    assert anchor_of(created()) == (100, datetime(2024, 1, 1, 0, 8, 20, tzinfo=UTC))
    assert position_of(created()) == AT


def test_stellar_expert_knows_a_creator_and_a_second() -> None:
    ref = AccountRef(NETWORK, BERT)
    unplaced = unplaced_creation({"creator": ANNA, "created": 1_710_889_335}, ref)
    assert unplaced is not None
    assert (unplaced.account, unplaced.creator, unplaced.source) == (BERT, ANNA, Source.EXPERT)
    assert unplaced.created_at == datetime(2024, 3, 19, 23, 2, 15, tzinfo=UTC)
    assert unplaced_creation({"created": 1}, ref) is None
    assert unplaced_creation({"creator": f"{ANNA[:-1]}A"}, ref) is None  # a wrong checksum


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "12x"}, {"id": None}, {"starting_balance": "1,5"}, {"starting_balance": "-"}, {"funder": "anna"},
        {"account": ANNA[:-1]}, {"account": "../../x"}, {"created_at": "yesterday"}, {"transaction": []},
        {"transaction": {"source_account": "?"}}, {"sponsor": "S" * 56},
    ],
)  # fmt: skip
def test_a_record_that_is_not_as_it_should_be_is_the_sources_fault(broken: Json) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        creation_of({**created(), **broken}, NETWORK)
