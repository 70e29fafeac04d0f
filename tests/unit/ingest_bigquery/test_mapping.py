"""Hubble's rows as facts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.creation import CreationKind, Source
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import SourceUnavailable
from stellarmap_ingest_bigquery import mapping

NETWORK = NetworkKey("public")
A, B = "G" + "A" * 55, "G" + "B" * 55
AT = datetime(2020, 7, 28, 0, 10, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("xlm", "stroops"),
    [
        (0.0, 0),
        (1.5, 15_000_000),
        (0.0000001, 1),
        (225_179_981.3685247, 2_251_799_813_685_247),
        (225_179_982.0, None),
        (100_000_000_000.0, None),
        (-1.0, None),
        (None, None),
    ],
)
def test_an_amount_is_told_only_where_a_float_tells_it_exactly(xlm: float | None, stroops: int | None) -> None:
    assert mapping.stroops_of(xlm) == stroops


@given(st.integers(0, 2**51 - 1))
def test_every_amount_below_that_comes_back_from_a_float(stroops: int) -> None:
    assert mapping.stroops_of(stroops / 10_000_000) == stroops


def test_a_row_with_a_funder_is_an_exact_creation() -> None:
    row = {"op_id": 132379546421882881, "closed_at": AT, "account": A, "funder": B, "starting_balance": 1.5}
    creation = mapping.creation_of_row(NETWORK, row)
    assert creation.exact
    assert (creation.ledger, creation.creator, creation.created_at) == (30_822_015, B, AT)
    assert (creation.kind, creation.source) == (CreationKind.CREATE_ACCOUNT, Source.BIGQUERY)


def test_by_its_ledger_alone_a_creation_is_provisional() -> None:
    row = {"account": A, "funder": B, "starting_balance": 2.0}
    creation = mapping.provisional_creation(NETWORK, row, Ledger(77), AT)
    assert (creation.exact, creation.ledger) == (False, 77)


def test_a_transfer_tells_its_amount_to_the_stroop() -> None:
    row = {
        "account": A,
        "creator": "C" + "A" * 55,
        "op_id": 5 << 32 | 4097,
        "closed_at": AT,
        "transaction_hash": "ab" * 32,
        "amount_raw": "1000000000000000001",
    }
    creation = mapping.contract_creation_of(NETWORK, row)
    assert creation.kind is CreationKind.CONTRACT_TRANSFER
    assert creation.starting_balance_stroops == 1_000_000_000_000_000_001


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"account": "GABC"}, "account"),
        ({"funder": None}, "funder"),
        ({"op_id": -1}, "op_id"),
        ({"op_id": "7"}, "op_id"),
    ],
)
def test_a_row_that_cannot_be_read_is_the_sources_fault_and_says_which_column(
    changed: dict[str, object], told: str
) -> None:
    row = {"op_id": 1 << 40, "closed_at": AT, "account": A, "funder": B, "starting_balance": 1.5} | changed
    with pytest.raises(SourceUnavailable, match=told):
        mapping.creation_of_row(NETWORK, row)
