"""The base history: the same for the same seed, lawful, and of the shape of the real network."""

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stellarmap_sandbox import rows as kinds
from stellarmap_sandbox.filling import folder_of
from stellarmap_sandbox.keys import FAILED_ONLY, GENESIS
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import CREATIONS, FAILED, KIND, Rows
from stellarmap_sandbox.spec import BASE_LEDGER, NetworkSpec
from tests.support.sandbox import SEED, SMALL, digest, made_network

# A stored lineage of a sandbox network is only true while this does not change: change it with intent.
PINNED = "9192c1a23cac4572b9a81b8f58111a7e2d0b433ccbdb41027a9af961e90a5127"


@dataclass(slots=True)
class Replay:
    """The ledger, kept again from the rows alone: each one must be allowed."""

    rows: Rows
    balances: Counter[int] = field(default_factory=lambda: Counter({GENESIS: 10**18}))
    alive: set[int] = field(default_factory=lambda: {GENESIS})
    lives: Counter[int] = field(default_factory=Counter)
    children: Counter[int] = field(default_factory=Counter)
    depth: dict[int, int] = field(default_factory=lambda: {GENESIS: 0})
    merged: int = 0

    def run(self) -> "Replay":
        for row in range(len(self.rows)):
            if not self.rows.kind[row] & FAILED:
                self._apply(row)
        return self

    def _apply(self, row: int) -> None:
        kind, a, b, amount = self.rows.kind[row], self.rows.a[row], self.rows.b[row], self.rows.amount[row]
        assert a < 0 or a in self.alive
        if kind in CREATIONS:
            assert b not in self.alive
            self._move(a, b, amount)
            self.alive.add(b)
            self.lives[b] += 1
            self.children[a] += 1
            self.depth[b] = self.depth.get(a, 0) + 1
        elif kind == kinds.MERGE:
            assert b in self.alive
            assert a != b
            assert amount == self.balances[a]
            self._move(a, b, amount)
            self.alive.remove(a)
            self.merged += 1
        elif kind in {kinds.PAYMENT, kinds.CALL_TRANSFER}:
            assert b in self.alive
            self._move(a, b, amount)

    def _move(self, a: int, b: int, amount: int) -> None:
        assert amount >= 0
        if a >= 0:
            self.balances[a] -= amount
            assert self.balances[a] >= 0
        self.balances[b] += amount


@pytest.fixture(scope="session")
def replayed(medium: Network) -> Replay:
    return Replay(medium.rows).run()


def test_the_same_seed_and_size_make_the_same_bytes_in_another_process(small: Network, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stellarmap_sandbox.filling", str(SEED), str(SMALL), "", str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    made = made_network(tmp_path / "here", small.spec)
    assert int(told[-1]) <= SMALL
    assert digest(folder_of(small.spec, tmp_path)) == digest(folder_of(small.spec, tmp_path / "here"))
    assert len(made.rows) == len(small.rows)


def test_the_network_of_a_seed_stays_the_same_from_version_to_version(small: Network, networks_dir: Path) -> None:
    assert digest(folder_of(small.spec, networks_dir)) == PINNED


@pytest.mark.parametrize("other", [NetworkSpec(SEED + 1, SMALL), NetworkSpec(SEED, SMALL + 1)])
def test_another_seed_or_size_makes_another_network(small: Network, other: NetworkSpec, networks_dir: Path) -> None:
    made = made_network(networks_dir, other)
    assert made.keys.address(GENESIS) != small.keys.address(GENESIS)
    assert made.keys.address(1) != small.keys.address(1)
    assert list(made.rows.amount) != list(small.rows.amount)
    assert small.number_of(made.keys.address(1)) is None


def test_exactly_as_many_accounts_as_asked_were_created(small: Network, medium: Network, replayed: Replay) -> None:
    assert len(small.accounts) == small.spec.accounts + 1  # and genesis
    assert len(replayed.lives) == medium.spec.accounts


def test_rows_are_in_order_and_end_with_the_base_ledger(medium: Network) -> None:
    operations = list(medium.rows.op)
    assert operations == sorted(operations)
    assert operations[-1] >> 32 <= BASE_LEDGER


def test_every_row_is_lawful_and_the_accounts_are_as_the_rows_leave_them(medium: Network, replayed: Replay) -> None:
    accounts = medium.accounts
    assert {number for number in range(len(accounts)) if accounts.alive(number)} == replayed.alive
    assert all(accounts.balance[number] == replayed.balances[number] for number in range(len(accounts)))


def test_few_accounts_create_others_and_hubs_follow_zipf(medium: Network, replayed: Replay) -> None:
    accounts = medium.spec.accounts
    assert 0.02 <= len(replayed.children) / accounts <= 0.04
    sizes = [count for _, count in replayed.children.most_common(5)]
    assert 0.25 <= sizes[0] / accounts <= 0.35
    assert 0.05 <= sizes[1] / accounts <= 0.2
    assert sizes[1] > sizes[2] > sizes[4]


def test_a_quarter_of_all_accounts_was_merged_and_a_few_live_again(medium: Network, replayed: Replay) -> None:
    accounts = medium.spec.accounts
    assert 0.2 <= replayed.merged / accounts <= 0.3
    assert 0.001 <= sum(lives - 1 for lives in replayed.lives.values()) / accounts <= 0.01


def test_most_accounts_are_four_to_twelve_deep_and_the_deepest_is_200(replayed: Replay) -> None:
    depths = Counter(replayed.depth.values())
    assert sum(depths[depth] for depth in range(4, 13)) / depths.total() > 0.85
    assert depths.most_common(1)[0][0] in range(6, 9)
    assert max(depths) in range(200, 203)


def test_creations_come_in_bursts(medium: Network) -> None:
    rows = medium.rows
    created = Counter(rows.op[row] >> 32 for row in range(len(rows)) if rows.kind[row] in CREATIONS)
    busiest = sum(count for _, count in created.most_common(len(created) // 10))
    assert busiest / created.total() > 0.5
    assert max(created.values()) <= 1_100


def test_balances_have_their_usual_amounts_and_a_long_tail(medium: Network) -> None:
    balances = Counter(medium.accounts.balance[number] for number in range(len(medium.accounts)))
    for xlm in (1, 1.5, 2, 5):
        assert balances[int(xlm * 10**7)] > medium.spec.accounts * 0.01
    assert max(balances) > 10**9 * 10**7
    assert min(balances) == 0


def test_every_rare_scene_is_played(medium: Network) -> None:
    rows = medium.rows
    found = Counter(rows.kind[row] & KIND for row in range(len(rows)))
    assert all(found[kind] for kind in (kinds.BUMP, kinds.CALL_CREATE, kinds.CALL_TRANSFER, kinds.BEGIN_SPONSORING))
    assert any(rows.a[row] < 0 for row in range(len(rows)) if rows.kind[row] == kinds.CALL_CREATE)
    assert any(len(rows.operation(row)) == 3 for row in range(len(rows)) if rows.kind[row] == kinds.CALL_CREATE)
    assert any(rows.b[row] >= FAILED_ONLY for row in range(len(rows)))
    assert {0, 2**64 - 1} <= {note.muxed_id for note in rows.notes.values()}
    assert set(medium.cast.examples) == {"small", "hub", "reborn", "contract", "deep"}


def test_merge_and_creation_come_together_in_one_transaction_in_both_orders(medium: Network) -> None:
    rows = medium.rows
    pairs = [(row, row + 1) for row in range(len(rows) - 1) if rows.op[row + 1] == rows.op[row] + 1]
    reborn = [
        x for x, y in pairs if (rows.kind[x], rows.kind[y]) == (kinds.MERGE, kinds.CREATE) and rows.a[x] == rows.b[y]
    ]
    into_child = [
        x for x, y in pairs if (rows.kind[x], rows.kind[y]) == (kinds.CREATE, kinds.MERGE) and rows.b[x] == rows.b[y]
    ]
    assert reborn
    assert into_child


@pytest.mark.parametrize("children", [500, 5_000])
def test_a_test_can_have_a_hub_of_exactly_so_many_children(children: int, networks_dir: Path) -> None:
    network = made_network(networks_dir, NetworkSpec(SEED, 8_000, hub_children=children))
    rows, hub = network.rows, network.cast.examples["hub"]
    created = [row for row in range(len(rows)) if rows.kind[row] in CREATIONS and rows.a[row] == hub]
    assert len(created) == children
    assert len({rows.b[row] for row in created}) == children


@pytest.mark.parametrize("children", [499, 1_000])
def test_a_hub_too_small_or_as_large_as_the_network_is_refused(children: int) -> None:
    with pytest.raises(ValueError, match="at most nine tenths"):
        NetworkSpec(SEED, 1_000, hub_children=children)
