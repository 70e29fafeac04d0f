"""Each rule taken out in turn: a simulation that cannot fail proves nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage import completion, dead_letter, record, run_rules, runs, settle, walk
from stellarmap_common.lineage.progress import advanced
from stellarmap_common.lineage.run_rules import Move
from stellarmap_common.lineage.turn import Turn
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.ports.request_store import Standing
from stellarmap_common.ports.run_store import Interest, Run, RunRef
from tests.support.simulation import Unending
from tests.support.simulation_checks import Broken, simulate
from tests.support.simulation_kinds import CALM, CROWD, EVERYTHING, FAULTS, LOSSES, Kind
from tests.support.simulation_points import SplitRuns

SEEDS = range(200_000, 200_400)

Patch = pytest.MonkeyPatch


def interest_is_registered_after_the_run_was_found_held(patch: Patch) -> None:
    original, register = runs.Runs._begin, SplitRuns.register
    late: list[Interest] = []

    async def begin(self: runs.Runs, step: AccountRequested) -> Any:
        late.clear()
        turn = await original(self, step)
        for interest in tuple(late):
            await register(self._stores.runs, interest)  # type: ignore[arg-type]
        return turn

    async def remember(_: SplitRuns, interest: Interest) -> None:
        late.append(interest)

    patch.setattr(runs.Runs, "_begin", begin)
    patch.setattr(SplitRuns, "register", remember)


def interest_is_not_registered_at_all(patch: Patch) -> None:
    async def nothing(*_: object) -> None: ...

    patch.setattr(SplitRuns, "register", nothing)


def interest_is_not_read_again_after_the_run_has_ended(patch: Patch) -> None:
    class AsBefore(Waiting):
        async def ids(self, ref: RunRef) -> tuple[str, ...]:  # noqa: ARG002
            return known

    known: tuple[str, ...] = ()
    original = runs.Runs._end

    async def end(self: runs.Runs, turn: Turn) -> None:
        nonlocal known
        known, usual = turn.waiting, self._waiting
        self._waiting = AsBefore(self._stores)
        try:
            await original(self, turn)
        finally:
            self._waiting = usual

    patch.setattr(runs.Runs, "_end", end)


def the_cursor_is_written_whoever_holds_the_run(patch: Patch) -> None:
    async def swap(self: SplitRuns, new: Run, _: int | None, *, interest: Interest | None = None) -> bool:
        if interest is not None:
            await self.register(interest)
        stored = await self.store.run_of(new.ref)
        now = stored.revision if stored else None
        return bool(await self.write("swap", self.store.swap, (replace(new, revision=(now or 0) + 1), now), {}))

    patch.setattr(SplitRuns, "swap", swap)


def leases_are_ignored(patch: Patch) -> None:
    patch.setattr(run_rules, "is_leased", lambda run, now: False)  # noqa: ARG005


def a_page_that_the_run_has_passed_is_read_again(patch: Patch) -> None:
    original = run_rules.move_of

    def move_of(run: Run | None, event: AccountRequested, **how: Any) -> Move:
        at = event if run is None else AccountRequested(**{**_fields(event), "cursor": run.progress.cursor})
        return original(run, at, **how)

    patch.setattr(runs, "move_of", move_of)


def a_repeat_does_not_publish_the_next_event_again(patch: Patch) -> None:
    original = runs.Runs._wait

    async def wait(self: runs.Runs, *args: Any) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(runs, "handed_to_next", lambda *_: False)
            await original(self, *args)

    patch.setattr(runs.Runs, "_wait", wait)


def completion_is_judged_by_what_was_read_before_the_own_writes(patch: Patch) -> None:
    async def stand(self: settle.Settler, before: Standing, account: object) -> Standing:  # noqa: ARG001
        return replace(before, unannounced=())

    patch.setattr(settle.Settler, "_stand", stand)


def open_rows_do_not_hold_a_completion_up(patch: Patch) -> None:
    original = completion.Completion.conclude

    async def conclude(self: completion.Completion, request: Any, *, open_rows: bool) -> None:  # noqa: ARG001
        await original(self, request, open_rows=False)

    patch.setattr(completion.Completion, "conclude", conclude)


def children_count_as_announced_before_they_are(patch: Patch) -> None:
    original = settle.Settler._announce

    async def announce(self: settle.Settler, request: Any, account: Any, rows: Any) -> None:
        await self._stores.requests.mark_announced(request.ref, [row.account for row in rows])
        await original(self, request, account, rows)

    patch.setattr(settle.Settler, "_announce", announce)


def a_stored_creation_answers_without_its_creator_step(patch: Patch) -> None:
    patch.setattr(walk, "is_answered", lambda run: bool(run.progress.pages))


def a_dead_letter_leaves_its_run_as_it_is(patch: Patch) -> None:
    async def nothing(*_: object) -> None: ...

    patch.setattr(dead_letter.GivingUp, "before_dead_letter", nothing)


def the_run_is_counted_from_nothing_on_each_page(patch: Patch) -> None:
    patch.setattr(
        record, "advanced", lambda progress, page: replace(advanced(progress, page), total=len(page.creations))
    )


@dataclass(frozen=True, slots=True)
class Mutation:
    """A rule taken out, and the kind of schedules that shows it."""

    take_out: Callable[[Patch], None]
    kind: Kind

    def __str__(self) -> str:
        return self.take_out.__name__


MUTATIONS = (
    Mutation(interest_is_registered_after_the_run_was_found_held, CROWD),
    Mutation(interest_is_not_registered_at_all, FAULTS),
    Mutation(interest_is_not_read_again_after_the_run_has_ended, CROWD),
    Mutation(the_cursor_is_written_whoever_holds_the_run, EVERYTHING),
    Mutation(leases_are_ignored, CALM),
    Mutation(a_page_that_the_run_has_passed_is_read_again, FAULTS),
    Mutation(a_repeat_does_not_publish_the_next_event_again, FAULTS),
    Mutation(completion_is_judged_by_what_was_read_before_the_own_writes, FAULTS),
    Mutation(open_rows_do_not_hold_a_completion_up, CALM),
    Mutation(children_count_as_announced_before_they_are, FAULTS),
    Mutation(a_stored_creation_answers_without_its_creator_step, FAULTS),
    Mutation(a_dead_letter_leaves_its_run_as_it_is, FAULTS),
    Mutation(the_run_is_counted_from_nothing_on_each_page, CALM),
)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_rule_taken_out_is_missed(mutation: Mutation, monkeypatch: Patch) -> None:
    mutation.take_out(monkeypatch)
    assert any(fails(seed, mutation.kind) for seed in SEEDS)


def test_without_recovery_lost_events_are_missed() -> None:
    unrecovered = replace(LOSSES, recovery=False)
    assert any(fails(seed, unrecovered) for seed in SEEDS)


def fails(seed: int, kind: Kind) -> bool:
    try:
        simulate(seed, kind)
    except (Broken, Unending):
        return True
    return False


def _fields(event: AccountRequested) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
