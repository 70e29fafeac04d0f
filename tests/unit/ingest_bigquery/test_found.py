"""What an account's row tells of its lives, and what is still to be asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_ingest_bigquery.found import Found, hints_of, merged_later

ACCOUNT = Address("G" + "A" * 55)
AT = datetime(2020, 7, 28, tzinfo=UTC)
ROW = {
    "first_ledger": 10,
    "latest_ledger": 10,
    "last_modified_ledger": 30,
    "deleted": True,
    "first_closed_at": AT,
    "latest_closed_at": AT,
    "modified_closed_at": AT,
}


@pytest.mark.parametrize(
    ("told", "once"),
    [
        ({}, True),
        ({"latest_ledger": 20}, False),
        ({"first_ledger": None, "first_closed_at": None}, False),
        (dict.fromkeys(("first_ledger", "first_closed_at", "latest_ledger", "latest_closed_at")), False),
    ],
)
def test_an_account_was_created_once_if_both_its_ledgers_are_told_and_are_one(
    told: dict[str, Any], *, once: bool
) -> None:
    hints = hints_of({**ROW, **told})
    assert (hints.one_ledger, hints.one_life) == (once, once)


@pytest.mark.parametrize(("latest", "asked"), [(10, True), (20, False)])
def test_the_merge_of_an_account_of_which_every_day_was_read_is_not_asked_for_again(
    latest: int, *, asked: bool
) -> None:
    hints = {ACCOUNT: hints_of({**ROW, "latest_ledger": latest})}
    assert (ACCOUNT in merged_later([ACCOUNT], hints, {ACCOUNT: Found()})) is asked
