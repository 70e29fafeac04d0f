"""Rows of a seed as balances of ours."""

from typing import Any

import pytest

from stellarmap_common.errors import SourceRejected
from stellarmap_ingest_bigquery.seeding.rows import large_account
from tests.support.stores import address

ROW: dict[str, Any] = {
    "account_id": address("rich"),
    "balance": 12_345.6789012,
    "home_domain": "example.org",
    "last_modified_ledger": 57_000_001,
    "loaded_ledger": 57_000_009,
}


def test_a_row_is_a_balance_in_stroops_of_its_ledger() -> None:
    found = large_account(ROW)
    assert (found.address, found.balance_stroops, found.ledger) == (address("rich"), 123_456_789_012, 57_000_001)
    assert (found.version, found.home_domain) == (570_000_013, "example.org")


@pytest.mark.parametrize(("told", "read"), [("", None), (None, None), ("a\u202eb\n", "ab")])
def test_a_home_domain_is_a_strangers_text(told: str | None, read: str | None) -> None:
    assert large_account(ROW | {"home_domain": told}).home_domain == read


def test_an_amount_that_a_float_does_not_tell_exactly_is_near_it() -> None:
    stroops = 799_999_997_700_000_013
    assert abs(large_account(ROW | {"balance": stroops / 10**7}).balance_stroops - stroops) < 200


@pytest.mark.parametrize(
    "wrong", [{"account_id": "G"}, {"account_id": None}, {"balance": None}, {"last_modified_ledger": None}]
)
def test_a_row_that_cannot_be_read_is_not_left_out(wrong: dict[str, Any]) -> None:
    with pytest.raises(SourceRejected, match="cannot be read"):
        large_account(ROW | wrong)
