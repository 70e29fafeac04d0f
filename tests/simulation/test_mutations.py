"""Each rule taken out in turn: a simulation that cannot fail proves nothing. Which is which: tests/simulation/README.md."""

from dataclasses import replace
from statistics import mean

import pytest

from tests.support.simulation import Unending
from tests.support.simulation_checks import Broken, simulate
from tests.support.simulation_kinds import LOSSES, Kind
from tests.support.simulation_mutation import Mutation
from tests.support.simulation_mutations_pages import MUTATIONS_OF_PAGES
from tests.support.simulation_mutations_recovery import MUTATIONS_OF_RECOVERY
from tests.support.simulation_mutations_runs import MUTATIONS_OF_RUNS
from tests.support.simulation_mutations_settling import MUTATIONS_OF_SETTLING

FIRST = 200_000
MOST = 400  # schedules until a rule taken out is missed
STARTS = 5
APART = 1_000
MOST_OF_A_SOAK = 3_000

MUTATIONS = (*MUTATIONS_OF_RUNS, *MUTATIONS_OF_PAGES, *MUTATIONS_OF_SETTLING, *MUTATIONS_OF_RECOVERY)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_rule_taken_out_is_missed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation.take_out(monkeypatch)
    assert schedules_until_missed(mutation.kind, FIRST, MOST) is not None


def test_without_recovery_lost_events_are_missed() -> None:
    assert schedules_until_missed(replace(LOSSES, recovery=False), FIRST, MOST) is not None


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_how_soon_each_rule_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    soon = {str(mutation): _from_several_starts(mutation) for mutation in MUTATIONS}
    with capsys.disabled():
        for name, counts in soon.items():
            told = [count for count in counts if count is not None]
            print(f"{name}: caught {len(told)} of {STARTS}, after {mean(told or [0]):.0f} schedules on average")  # noqa: T201 - the figure is what this measures
    assert {name: counts for name, counts in soon.items() if None in counts} == {}


def _from_several_starts(mutation: Mutation) -> list[int | None]:
    with pytest.MonkeyPatch.context() as patch:
        mutation.take_out(patch)
        starts = range(FIRST, FIRST + STARTS * APART, APART)
        return [schedules_until_missed(mutation.kind, start, MOST_OF_A_SOAK) for start in starts]


def schedules_until_missed(kind: Kind, first: int, most: int) -> int | None:
    """After how many schedules one fails; None if none does."""
    for number in range(most):
        try:
            simulate(first + number, kind)
        except (Broken, Unending):
            return number + 1
    return None
