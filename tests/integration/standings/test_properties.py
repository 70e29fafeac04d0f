"""What a tracker decides, whatever it hears: everything shown of standings rests on this."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import ChangeType, Standing, StandingChange
from stellarmap_common.events.standings import BalanceUpdated
from tests.support.standings_checks import check, decided
from tests.support.standings_mutations import OF_RULES, Mutation
from tests.support.tracked import BEGAN, histories, small_steps, tracker

SHOWS_IN = 1_000  # histories
CUTS = st.lists(st.integers(0, 60), max_size=5)  # where batches end
many = pytest.mark.parametrize(
    "examples", [200, pytest.param(10_000, marks=(pytest.mark.soak, pytest.mark.timeout(1_800)))]
)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    small_steps(monkeypatch)


def changes_of(history: Sequence[BalanceUpdated]) -> list[StandingChange]:
    return [change for row in decided(tracker(), history) for change in row.changes]


@many
def test_it_decides_and_shows_what_a_slow_one_does_that_sorts_everything_after_each_balance(examples: int) -> None:
    settings(max_examples=examples)(given(histories(), CUTS)(check))()


@pytest.mark.parametrize("mutation", OF_RULES, ids=str)
def test_a_rule_that_is_taken_out_is_missed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation.apply(monkeypatch)
    finding = settings(max_examples=SHOWS_IN, phases=(Phase.generate,), database=None, derandomize=True)
    with pytest.raises((AssertionError, LookupError, ValueError)):  # a difference, or a tracker that breaks
        finding(given(histories(), CUTS)(check))()


@many
def test_changes_played_back_at_each_threshold_lead_to_one_another(examples: int) -> None:
    @settings(max_examples=examples)
    @given(histories())
    def holds(history: list[BalanceUpdated]) -> None:
        recorded: dict[tuple[Address, int], Standing] = {}
        for change in changes_of(history):
            for step in change.steps:
                at = change.account.address, step.threshold_xlm
                assert recorded.pop(at, None) == step.before
                assert (step.before is None) == (change.type is ChangeType.ENTERED)
                assert (change.after is None) == (change.type is ChangeType.EXITED)
                if change.after:
                    recorded[at] = change.after

    holds()


@many
def test_what_was_told_before_changes_nothing(examples: int) -> None:
    @settings(max_examples=examples)
    @given(histories())
    def holds(history: list[BalanceUpdated]) -> None:
        ours = tracker()
        ours.decide(iter(history))
        assert ours.decide(iter(history)) is None

    holds()


@many
def test_any_order_of_the_same_balances_ends_in_the_same_standings(examples: int) -> None:
    @settings(max_examples=examples)
    @given(histories(), st.randoms(use_true_random=False))
    def holds(history: list[BalanceUpdated], chance: random.Random) -> None:
        shuffled = list(history)
        chance.shuffle(shuffled)
        assert standings_after(shuffled) == standings_after(history)

    holds()


def standings_after(history: Sequence[BalanceUpdated]) -> object:
    ours = tracker()
    ours.decide(iter(history))
    board = ours.board(BEGAN)
    return board.figures, board.ranked, [(row.rank, row.account, row.balance_stroops) for row in board.rows]


@many
def test_an_account_that_has_what_it_had_is_told_nothing(examples: int) -> None:
    @settings(max_examples=examples)
    @given(histories())
    def holds(history: list[BalanceUpdated]) -> None:
        ours = tracker()
        ours.decide(iter(history))
        latest = {event.account: event for event in sorted(history, key=lambda event: event.version)}
        again = [balance_again(event) for event in latest.values()]
        row = ours.decide(iter(again))
        assert not row or (len(row.movements), row.changes) == (len(again), ())

    holds()


def balance_again(event: BalanceUpdated) -> BalanceUpdated:
    values = {name: getattr(event, name) for name in event.__struct_fields__}
    return BalanceUpdated(**values | {"version": event.version + 1, "id": f"{event.id} again"})
