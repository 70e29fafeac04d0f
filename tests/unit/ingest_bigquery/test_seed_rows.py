"""Rows of a seed as balances of ours."""

from typing import Any

import pytest

from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import SourceRejected
from stellarmap_ingest_bigquery.seeding.rows import account_as_of, account_of
from tests.support.stores import address

ROW: dict[str, Any] = {
    "account_id": address("rich"),
    "balance": 12_345.6789012,
    "home_domain": "example.org",
    "last_modified_ledger": 57_000_001,
    "loaded_ledger": 57_000_009,
}


def test_a_row_is_a_balance_in_stroops_of_its_ledger() -> None:
    found = account_of(ROW)
    assert (found.address, found.balance_stroops, found.ledger) == (address("rich"), 123_456_789_012, 57_000_001)
    assert (found.version, found.home_domain) == (570_000_013, "example.org")


@pytest.mark.parametrize(("told", "read"), [("", None), (None, None), ("a\u202eb\n", "ab")])
def test_a_home_domain_is_a_strangers_text(told: str | None, read: str | None) -> None:
    assert account_of(ROW | {"home_domain": told}).home_domain == read


def test_an_amount_that_a_float_does_not_tell_exactly_is_near_it() -> None:
    stroops = 799_999_997_700_000_013
    assert abs(account_of(ROW | {"balance": stroops / 10**7}).balance_stroops - stroops) < 200


@pytest.mark.parametrize(("gone", "told"), [(False, (123_456_789_012, 57_000_001)), (True, (0, 57_000_009))])
def test_who_is_gone_has_nothing_as_of_the_latest_ledger(told: tuple[int, int], *, gone: bool) -> None:
    found = account_as_of(ROW | {"deleted": gone}, Ledger(57_000_009))
    assert (found.balance_stroops, found.ledger) == told


@pytest.mark.parametrize(
    "wrong", [{"account_id": "G"}, {"account_id": None}, {"balance": None}, {"last_modified_ledger": None}]
)
def test_a_row_that_cannot_be_read_is_not_left_out(wrong: dict[str, Any]) -> None:
    with pytest.raises(SourceRejected, match="cannot be read"):
        account_of(ROW | wrong)
