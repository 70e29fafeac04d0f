"""Living ledgers: always the same, whenever they are made, and full of what the product follows."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.standing import BALANCE_STEP_PCT, DEFAULT_THRESHOLDS_XLM, balance_change_pct
from stellarmap_sandbox import rows as kinds
from stellarmap_sandbox.living import Living
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.pace import Pace
from stellarmap_sandbox.rows import CREATIONS, KIND
from stellarmap_sandbox.spec import BASE_LEDGER, LEDGER_SECONDS, NetworkSpec, close_time
from stellarmap_sandbox.truth import Truth
from tests.support.sandbox import SEED, SMALL, made_network

START = datetime(2026, 11, 1, tzinfo=UTC)


def _lived(networks_dir: Path, ledgers: int) -> Network:
    network = made_network(networks_dir, NetworkSpec(SEED, SMALL))
    living = Living(network)
    while network.ledger < BASE_LEDGER + ledgers:
        living.close_ledger()
    return network


@pytest.fixture(scope="module")
def lived(networks_dir: Path) -> Network:
    return _lived(networks_dir, 3_000)


def test_a_ledger_is_the_same_whenever_it_is_made(lived: Network, networks_dir: Path) -> None:
    again = _lived(networks_dir, 3_000)
    for column in ("op", "kind", "a", "b", "amount"):
        assert list(getattr(again.rows, column)) == list(getattr(lived.rows, column))
    assert again.cast == lived.cast


def test_living_changes_nothing_in_the_files(lived: Network, networks_dir: Path) -> None:
    fresh = made_network(networks_dir, lived.spec)
    changed = [
        number
        for number in range(len(fresh.accounts))
        if fresh.accounts.balance[number] != lived.accounts.balance[number]
    ]
    assert changed
    assert len(fresh.rows) < len(lived.rows)


def test_new_ledgers_have_creations_merges_contract_calls_and_large_payments(lived: Network) -> None:
    rows = lived.rows
    new = range(lived.first_row(BASE_LEDGER + 1), len(rows))
    found = Counter(rows.kind[row] & KIND for row in new)
    assert all(found[kind] for kind in (kinds.CREATE, kinds.MERGE, kinds.PAYMENT, kinds.CALL_CREATE))
    assert max(rows.amount[row] for row in new if rows.kind[row] == kinds.PAYMENT) > 100_000 * 10**7
    assert [rows.op[row] for row in new] == sorted(rows.op[row] for row in new)


def test_new_accounts_are_found_by_address_with_their_history_and_chain(lived: Network) -> None:
    rows, truth = lived.rows, Truth(lived)
    row = next(row for row in range(len(rows) - 1, 0, -1) if rows.kind[row] in CREATIONS and rows.a[row] >= 0)
    address = truth.address(rows.b[row])
    assert rows.b[row] > lived.spec.accounts
    assert truth.creations(address)[0].operation_id == rows.op[row]
    assert truth.chain(address)[-1].creator == truth.genesis
    assert truth.creations(address)[0] in truth.children(truth.creations(address)[0].creator)


@pytest.fixture(scope="module")
def moved(networks_dir: Path) -> list[Counter[str]]:
    """What six hours of life did to those above the lowest threshold, minute by minute."""
    network = made_network(networks_dir, NetworkSpec(SEED, SMALL))
    living, before = Living(network), list(network.accounts.balance)
    minutes: list[Counter[str]] = []
    for _ in range(6 * 60):
        first = len(network.rows)
        for _ in range(60 // LEDGER_SECONDS):
            living.close_ledger()
        touched = {
            each for row in range(first, len(network.rows)) for each in (network.rows.a[row], network.rows.b[row])
        }
        after = network.accounts.balance
        before += [0] * (len(after) - len(before))
        minutes.append(Counter(_seen(before[each], after[each]) for each in touched if 0 <= each < len(after)))
        before = list(after)
    return minutes


def _seen(before: int, after: int) -> str:
    """What a board shows of it, at one threshold at least."""
    for threshold in DEFAULT_THRESHOLDS_XLM:
        limit = threshold * STROOPS_PER_XLM
        if (before >= limit) != (after >= limit):
            return "entered" if after > before else "exited"
    stands = before >= DEFAULT_THRESHOLDS_XLM[0] * STROOPS_PER_XLM
    return "moved" if stands and abs(balance_change_pct(before, after)) >= BALANCE_STEP_PCT else "unseen"


def test_a_board_has_more_than_one_change_a_minute_to_show(moved: list[Counter[str]]) -> None:
    shown = [each["entered"] + each["exited"] + each["moved"] for each in moved]
    assert sum(shown) > len(shown)
    assert all(sum(shown[first : first + 5]) for first in range(0, len(shown), 5)), "five minutes without a change"


def test_balances_cross_thresholds_both_ways_all_the_time(moved: list[Counter[str]]) -> None:
    quarters = [sum(moved[first : first + 15], Counter[str]()) for first in range(0, len(moved), 15)]
    assert all(each["entered"] and each["exited"] for each in quarters)
    entered, exited = (sum(each[way] for each in moved) for way in ("entered", "exited"))
    assert abs(entered - exited) < entered // 2, "the board fills or empties as the network lives"


def test_close_times_advance_five_seconds_a_ledger_at_any_pace() -> None:
    assert close_time(BASE_LEDGER + 12) - close_time(BASE_LEDGER) == timedelta(minutes=1)
    assert close_time(1) == datetime(2017, 1, 1, tzinfo=UTC)


def test_a_restart_goes_on_where_the_network_would_be(tmp_path: Path) -> None:
    file = tmp_path / "pace.json"
    assert Pace.kept_in(file, 5, START).ledger_at(START) == BASE_LEDGER
    later = START + timedelta(seconds=52)
    again = Pace.kept_in(file, 5, later)
    assert again.ledger_at(later) == BASE_LEDGER + 10
    assert again.seconds_to_next(later) == pytest.approx(3)


def test_another_pace_counts_from_now_and_0_freezes(tmp_path: Path) -> None:
    file = tmp_path / "pace.json"
    Pace.kept_in(file, 5, START)
    later = START + timedelta(seconds=50)
    frozen = Pace.kept_in(file, 0, later)
    assert frozen.frozen
    assert frozen.ledger_at(later + timedelta(days=9)) == BASE_LEDGER + 10
    faster = Pace.kept_in(file, 0.5, later + timedelta(days=9))
    assert faster.ledger_at(later + timedelta(days=9, seconds=2)) == BASE_LEDGER + 14


def test_time_that_runs_backwards_never_takes_a_ledger_back(tmp_path: Path) -> None:
    pace = Pace.kept_in(tmp_path / "pace.json", 5, START)
    assert pace.ledger_at(START - timedelta(days=1)) == BASE_LEDGER
