"""Rules of steps, walks, runs and interest taken out of the real code, each by itself. A name that is gone is an error."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from stellarmap_common.domain.status import PipelineSource, Step
from stellarmap_common.errors import RunLost, TransientError
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage import dead_letter, record, recovery, run_rules, runs, walk
from stellarmap_common.lineage.progress import advanced
from stellarmap_common.lineage.run_rules import LEASE, Move
from stellarmap_common.lineage.turn import Turn
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.ports.run_store import Interest, Run, RunRef, RunState
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_horizon.handlers import SourcePages
from tests.support.simulation_kinds import (
    CALM,
    CROWD,
    EVERYTHING,
    FALLBACK,
    FAULTS,
    LOSSES,
)
from tests.support.simulation_mutation import Mutation, Patch, nothing, there
from tests.support.simulation_points import SplitRuns

RACES = replace(CROWD, trouble=0.0, poison=0.0)

# Steps


def a_step_reads_to_the_end(patch: Patch) -> None:
    original = SourcePages._read

    async def read(self: SourcePages, event: AccountRequested) -> SourcePage:
        page = await original(self, event)
        if page.complete:
            return page
        following = await self._source.children_page(event.ref, page.cursor, event.lane)
        return replace(following, creations=page.creations + following.creations, ends=page.ends + following.ends)

    patch.setattr(SourcePages, "_read", read)


def a_step_reads_without_tokens(patch: Patch) -> None:
    async def read(self: SourcePages, event: AccountRequested) -> SourcePage:
        source = self._source
        read = source.creations_of if event.step is Step.CREATOR else source.children_page
        return await read(event.ref, event.cursor, event.lane)

    there(SourcePages, "_read")
    patch.setattr(SourcePages, "_read", read)


def a_step_that_cannot_read_keeps_its_run(patch: Patch) -> None:
    patch.setattr(runs.Runs, "_let_go", nothing)


# What answers a walk


def a_creator_step_keeps_the_latest_life_alone(patch: Patch) -> None:
    original = record.Recorder.store

    async def store(self: record.Recorder, turn: Turn, page: SourcePage) -> None:
        latest = page.creations[-1:] if turn.event.step is Step.CREATOR else page.creations
        await original(self, turn, replace(page, creations=latest))

    patch.setattr(record.Recorder, "store", store)


def the_first_page_of_lives_counts_as_all(patch: Patch) -> None:
    patch.setattr(
        record, "advanced", lambda progress, page, *how: advanced(progress, replace(page, complete=True), *how)
    )


def a_stored_creation_answers_without_its_creator_step(patch: Patch) -> None:
    there(walk, "is_answered")
    patch.setattr(walk, "is_answered", lambda run: bool(run.progress.pages))


def a_failed_step_answers_nothing(patch: Patch) -> None:
    original = run_rules.is_answered
    patch.setattr(walk, "is_answered", lambda run: run.state is not RunState.FAILED and original(run))


# Runs


def leases_are_ignored(patch: Patch) -> None:
    patch.setattr(run_rules, "is_leased", lambda run, now: False)  # noqa: ARG005 - as what it stands for


def a_lease_never_ends(patch: Patch) -> None:
    for module in (run_rules, recovery, dead_letter):
        there(module, "is_leased")
        patch.setattr(module, "is_leased", lambda run, now: bool(run.holder))  # noqa: ARG005 - as what it stands for


def an_event_does_not_know_its_own_run(patch: Patch) -> None:
    _move(patch, lambda run, event: run.state is RunState.OPEN and run.holder == event.id)


def a_successor_does_not_take_over(patch: Patch) -> None:
    _move(patch, lambda run, event: run.state is RunState.OPEN and bool(run.holder) and run.holder == event.takes_over)


def an_ended_run_is_never_taken_up_again(patch: Patch) -> None:
    original = run_rules.move_of

    def move_of(run: Run | None, event: AccountRequested, *, more: bool, now: datetime) -> Move:
        open_ = run is None or run.state is RunState.OPEN
        return original(run, event, more=more and open_, now=now)

    patch.setattr(runs, "move_of", move_of)


def the_cursor_is_written_whoever_holds_the_run(patch: Patch) -> None:
    async def swap(self: SplitRuns, new: Run, _: int | None, *, interest: Interest | None = None) -> bool:
        if interest is not None:
            await self.register(interest)
        stored = await self.store.run_of(new.ref)
        now = stored.revision if stored else None
        return bool(await self.write("swap", self.store.swap, (replace(new, revision=(now or 0) + 1), now), {}))

    patch.setattr(SplitRuns, "swap", swap)


def a_run_is_handed_over_with_a_lease(patch: Patch) -> None:
    original = run_rules.handed_over
    for module in (record, runs):
        patch.setattr(module, "handed_over", lambda run, holder, now: original(run, holder, now + LEASE))


def a_run_is_handed_over_to_nobody(patch: Patch) -> None:
    original = run_rules.handed_over
    patch.setattr(record, "handed_over", lambda run, holder, now: original(run, "", now))  # noqa: ARG005 - as what it stands for


def a_step_that_lost_its_run_is_acknowledged(patch: Patch) -> None:
    original = record.Recorder._move_cursor

    async def move_cursor(self: record.Recorder, turn: Turn, page: SourcePage, source: PipelineSource) -> None:
        try:
            await original(self, turn, page, source)
        except TransientError as error:
            if not isinstance(error, RunLost):
                raise

    patch.setattr(record.Recorder, "_move_cursor", move_cursor)


# Interest first


def interest_is_registered_after_the_run_was_found_held(patch: Patch) -> None:
    original, register = runs.Runs._begin, SplitRuns.register
    late: list[Interest] = []

    async def begin(self: runs.Runs, step: AccountRequested) -> Any:
        late.clear()
        turn = await original(self, step)
        for interest in tuple(late):
            await register(self._stores.runs, interest)  # type: ignore[arg-type]  # as much of it as is used
        return turn

    async def remember(_: SplitRuns, interest: Interest) -> None:
        late.append(interest)

    patch.setattr(runs.Runs, "_begin", begin)
    patch.setattr(SplitRuns, "register", remember)


def interest_is_not_registered_at_all(patch: Patch) -> None:
    patch.setattr(SplitRuns, "register", nothing)


def who_waits_is_not_served_from_the_store(patch: Patch) -> None:
    original = runs.Runs._wait

    async def wait(self: runs.Runs, *args: Any) -> None:
        usual, self._settler = self._settler, _Unsettling()  # type: ignore[assignment]  # as much of it as is used
        try:
            await original(self, *args)
        finally:
            self._settler = usual

    patch.setattr(runs.Runs, "_wait", wait)


class _Unsettling:
    settle = staticmethod(nothing)


def a_held_run_is_not_read_again(patch: Patch) -> None:
    found_held: set[str] = set()
    original = run_rules.move_of

    def believes_what_it_saw(run: Run | None, event: AccountRequested, **how: Any) -> Move:
        move = Move.WAIT if event.id in found_held else original(run, event, **how)
        found_held.update({event.id} if move is Move.WAIT else ())
        return move

    patch.setattr(runs, "move_of", believes_what_it_saw)


def interest_is_read_before_the_facts_are_stored(patch: Patch) -> None:
    original = record.Recorder.record

    async def early(self: record.Recorder, turn: Turn, page: SourcePage, source: PipelineSource) -> None:
        usual, known = self._waiting, await self._waiting.ids(turn.run.ref)
        self._waiting = _AsBefore(self._stores, known)
        try:
            await original(self, turn, page, source)
        finally:
            self._waiting = usual

    patch.setattr(record.Recorder, "record", early)


def interest_is_not_read_again_after_the_run_has_ended(patch: Patch) -> None:
    original = runs.Runs._end

    async def end(self: runs.Runs, turn: Turn) -> None:
        usual, self._waiting = self._waiting, _AsBefore(self._stores, turn.waiting)
        try:
            await original(self, turn)
        finally:
            self._waiting = usual

    patch.setattr(runs.Runs, "_end", end)


class _AsBefore(Waiting):
    def __init__(self, stores: Any, known: tuple[str, ...]) -> None:
        super().__init__(stores)
        self._known = known

    async def ids(self, ref: RunRef) -> tuple[str, ...]:  # noqa: ARG002 - as what it stands for
        return self._known


def _move(patch: Patch, taken_for_anothers: Callable[[Run, AccountRequested], bool]) -> None:
    """Whoever has a live lease there keeps it, although the event might take the run."""
    original = run_rules.move_of

    def move_of(run: Run | None, event: AccountRequested, *, more: bool, now: datetime) -> Move:
        if run and run_rules.is_leased(run, now) and taken_for_anothers(run, event):
            return Move.WAIT
        return original(run, event, more=more, now=now)

    patch.setattr(runs, "move_of", move_of)


MUTATIONS_OF_RUNS = (
    Mutation(a_step_reads_to_the_end, CALM),
    Mutation(a_step_reads_without_tokens, CALM),
    Mutation(a_step_that_cannot_read_keeps_its_run, FAULTS),
    Mutation(a_creator_step_keeps_the_latest_life_alone, CALM),
    Mutation(the_first_page_of_lives_counts_as_all, CALM),
    Mutation(a_stored_creation_answers_without_its_creator_step, FAULTS),
    Mutation(a_failed_step_answers_nothing, FAULTS),
    Mutation(leases_are_ignored, CALM),
    Mutation(a_lease_never_ends, LOSSES),
    Mutation(an_event_does_not_know_its_own_run, FAULTS),
    Mutation(a_successor_does_not_take_over, FALLBACK),
    Mutation(an_ended_run_is_never_taken_up_again, CROWD),
    Mutation(the_cursor_is_written_whoever_holds_the_run, EVERYTHING),
    Mutation(a_run_is_handed_over_with_a_lease, CALM),
    Mutation(a_run_is_handed_over_to_nobody, CALM),
    Mutation(a_step_that_lost_its_run_is_acknowledged, EVERYTHING),
    Mutation(interest_is_registered_after_the_run_was_found_held, CROWD),
    Mutation(interest_is_not_registered_at_all, FAULTS),
    Mutation(who_waits_is_not_served_from_the_store, CROWD),
    Mutation(a_held_run_is_not_read_again, CROWD),
    Mutation(interest_is_read_before_the_facts_are_stored, RACES),
    Mutation(interest_is_not_read_again_after_the_run_has_ended, EVERYTHING),
)
