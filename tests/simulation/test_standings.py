"""Whatever goes wrong between any two effects of a tracker: everything ends as if nothing had."""

import random
from collections import Counter
from contextlib import nullcontext

import pytest

from stellarmap_hva_tracker import tracker
from stellarmap_hva_tracker.journal import owner
from tests.support.standings_checks import check_board
from tests.support.standings_left import Left, in_order
from tests.support.standings_mutations import OF_THE_JOURNAL, Mutation
from tests.support.standings_simulation import Configured, entries, simulate, sorted_anew
from tests.support.tracked import small_steps

OFTEN = 0.08  # of the moments between two effects
SEEDS_OF_A_MUTATION = 60


@pytest.fixture(autouse=True)
def _small_steps_and_books(monkeypatch: pytest.MonkeyPatch) -> None:
    small_steps(monkeypatch)
    monkeypatch.setattr(tracker, "MOST_CHANGES", 3)  # what is taken together is several rows
    # An owner leaves alone for good what it has read. Here thousands of owners come and go, beside all that tests hold.
    monkeypatch.setattr(owner, "uncollected", nullcontext)


@pytest.mark.parametrize("schedules", [50, pytest.param(5_000, marks=pytest.mark.soak)])
@pytest.mark.timeout(3_600)
async def test_a_tracker_in_trouble_leaves_what_an_undisturbed_one_leaves(schedules: int) -> None:
    happened: Counter[str] = Counter()
    for seed in range(schedules):
        _, wanted = await simulate(seed, 0)
        run, left = await simulate(seed, OFTEN)
        assert left == wanted, f"seed {seed}: {run.happened}"
        happened.update(run.happened)
    assert min(happened[what] for what in ("died", "refused", "stalled")) >= schedules


@pytest.mark.parametrize("schedules", [50, pytest.param(5_000, marks=pytest.mark.soak)])
@pytest.mark.timeout(3_600)
async def test_whatever_is_configured_when_everything_ends_as_if_all_was_sorted_after_each_step(schedules: int) -> None:
    configured = 0
    for seed in range(schedules):
        history = entries(random.Random(seed))
        configured += sum(isinstance(entry, Configured) for entry in history)
        slow, left = sorted_anew(history), (await simulate(seed, 0))[1]
        assert left.changes == in_order(slow.changes), seed
        assert {key: each.standing for key, each in left.recorded.items()} == slow.recorded, seed
        closings = {(each.day, each.account): each.standing for each in slow.closings}
        assert {(each.day, of): each.standing for of, some in left.closings.items() for each in some} == closings, seed
        if left.board:
            check_board(left.board, slow)
    assert configured >= schedules / 2


_RIGHT: dict[int, Left] = {}


@pytest.mark.parametrize("mutation", OF_THE_JOURNAL, ids=str)
async def test_a_rule_of_the_journal_that_is_taken_out_is_missed(
    mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(SEEDS_OF_A_MUTATION):
        if seed not in _RIGHT:
            _RIGHT[seed] = (await simulate(seed, 0))[1]
    mutation.apply(monkeypatch)
    missed = False
    for seed in range(SEEDS_OF_A_MUTATION):
        missed = missed or await _differs(seed)
    assert missed


async def _differs(seed: int) -> bool:
    try:
        return (await simulate(seed, OFTEN))[1] != _RIGHT[seed]
    except Exception:  # noqa: BLE001 - a tracker that breaks is missed, too
        return True
