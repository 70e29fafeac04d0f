"""When a Horizon tells of another network: by the ledger that was kept, and by how far the latest one fell."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.ports.epoch_store import Epoch, KeptLedger
from stellarmap_common.ports.horizon import LAG, latest_ledger
from stellarmap_ingest_horizon.reset_rules import (
    DAY,
    has_fallen,
    is_out_of_history,
    reset_reason,
    worth_keeping,
)

KEPT = KeptLedger(900_000, "aa")
EPOCH = Epoch(
    network=NetworkName.TESTNET,
    number=1,
    began_at=datetime(2026, 1, 1, tzinfo=UTC),
    highest=1_000_000,
    kept=KEPT,
)


@pytest.mark.parametrize("latest", [1, LAG, KEPT.sequence - LAG - 1])
def test_a_latest_ledger_far_below_the_kept_one_is_a_reset(latest: int) -> None:
    assert reset_reason(EPOCH, latest, known_again=None) == f"the latest ledger is {latest}, and was 1000000"


@pytest.mark.parametrize("latest", [EPOCH.highest - LAG, EPOCH.highest - 1, EPOCH.highest, EPOCH.highest + 1])
def test_a_horizon_that_is_a_little_behind_is_no_reset(latest: int) -> None:
    assert not has_fallen(EPOCH, latest)
    assert reset_reason(EPOCH, latest, known_again=None) is None


@pytest.mark.parametrize("kept", [KeptLedger(999_990, "aa"), None])
@pytest.mark.parametrize("latest", [EPOCH.highest - LAG - 20, EPOCH.highest - DAY])
def test_a_horizon_that_stood_still_for_up_to_a_day_is_no_reset_though_it_lacks_the_kept_ledger(
    kept: KeptLedger | None, latest: int
) -> None:
    epoch = replace(EPOCH, kept=kept)
    assert has_fallen(epoch, latest)
    assert reset_reason(epoch, latest, known_again=None) is None
    assert reset_reason(epoch, EPOCH.highest - DAY - LAG - 1, known_again=None)


@pytest.mark.parametrize("latest", [1, EPOCH.highest, 2 * EPOCH.highest])
def test_another_hash_of_the_kept_ledger_is_a_reset_whatever_the_latest_is(latest: int) -> None:
    assert reset_reason(EPOCH, latest, known_again=False) == "ledger 900000 is another one than it was"


def test_whoever_has_the_kept_ledger_is_of_this_epoch_however_far_behind() -> None:
    assert reset_reason(EPOCH, KEPT.sequence, known_again=True) is None


@pytest.mark.parametrize(
    ("root", "latest"),
    [
        ({"history_latest_ledger": 7, "core_latest_ledger": 9}, 9),
        ({"history_latest_ledger": 9, "core_latest_ledger": 7}, 9),
        ({"history_latest_ledger": 9}, 9),
        ({"history_latest_ledger": "9", "core_latest_ledger": 2.5}, 0),
        ({"history_latest_ledger": 0, "core_latest_ledger": None}, 0),
        ({}, 0),
    ],
)
def test_a_history_that_is_read_in_anew_has_not_fallen_while_its_core_is_where_it_was(
    root: dict[str, Any], latest: int
) -> None:
    assert latest_ledger(root) == latest


def test_the_ledger_that_all_networks_begin_with_is_never_kept() -> None:
    assert worth_keeping({"history_latest_ledger": 1}) is None
    assert worth_keeping({"history_latest_ledger": 0, "core_latest_ledger": 50}) is None
    assert worth_keeping({"history_latest_ledger": 2}) == 2
    assert worth_keeping({"history_latest_ledger": DAY, "history_elder_ledger": 1}) == 2


def test_the_ledger_that_is_kept_is_a_day_old_and_not_soon_cut_off() -> None:
    assert worth_keeping({"history_latest_ledger": 1_000_000, "history_elder_ledger": 2}) == 1_000_000 - DAY
    assert worth_keeping({"history_latest_ledger": 1_000_000, "history_elder_ledger": 900_000}) == 1_000_000 - DAY
    assert worth_keeping({"history_latest_ledger": 1_000_000, "history_elder_ledger": 990_000}) == 995_000


def test_a_kept_ledger_that_history_has_lost_is_not_missing() -> None:
    assert is_out_of_history(KEPT, {"history_elder_ledger": KEPT.sequence + 1})
    assert not is_out_of_history(KEPT, {"history_elder_ledger": KEPT.sequence})
    assert not is_out_of_history(KEPT, {})
