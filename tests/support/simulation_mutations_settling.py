"""Rules of requests and settling taken out of the real code, each by itself."""

from dataclasses import replace
from itertools import count
from typing import Any

from stellarmap_common.adapters.sqlite import request_store
from stellarmap_common.lineage import completion, run_rules, runs, settle
from stellarmap_common.ports.request_store import RowState, Standing
from stellarmap_common.ports.run_store import Run, RunState
from tests.support.simulation_kinds import CALM, CROWD, FAULTS
from tests.support.simulation_mutation import Mutation, Patch, nothing, there, without
from tests.support.simulation_points import Interruptible

# Requests


def more_is_granted_than_the_budget(patch: Patch) -> None:
    without(
        patch,
        request_store,
        "_GRANT",
        "ORDER BY wanted.key LIMIT (SELECT max(budget - used, 0)",
        "ORDER BY wanted.key LIMIT (SELECT max(100 + budget - used, 0)",
    )


def grants_are_not_counted(patch: Patch) -> None:
    without(patch, request_store, "_SPEND", "used + ?", "used + 0 * ?")


# Settling


def rows_are_closed_before_their_grants(patch: Patch) -> None:
    original = settle.Settler._expand

    async def expand(self: settle.Settler, run: Run, standing: Standing) -> Standing:
        outcome = run_rules.row_outcome(run, standing.request)
        if outcome and standing.row:
            await self._stores.requests.close_row(standing.request.ref, standing.row.account, outcome)
        return await original(self, run, standing)

    patch.setattr(settle.Settler, "_expand", expand)


def children_are_granted_from_the_latest_on(patch: Patch) -> None:
    original = Interruptible._read

    async def read(self: Interruptible, name: str, method: Any, args: Any, named: Any) -> Any:
        if name != "children_of":
            return await original(self, name, method, args, named)
        return (await original(self, name, method, (*args[:2], 1_000), named))[-args[2] :]

    patch.setattr(Interruptible, "_read", read)


def children_are_granted_beyond_their_depth(patch: Patch) -> None:
    original = settle.Settler._grant

    async def grant(self: settle.Settler, run: Run, standing: Standing) -> bool:
        row = standing.row and replace(standing.row, depth_left=max(standing.row.depth_left, 1))
        return await original(self, run, replace(standing, row=row))

    patch.setattr(settle.Settler, "_grant", grant)


def rows_close_only_when_the_run_has_ended(patch: Patch) -> None:
    original = run_rules.row_outcome

    def outcome(run: Run, request: Any) -> RowState | None:
        return None if run.state is RunState.OPEN else original(run, request)

    for module in (run_rules, settle):
        patch.setattr(module, "row_outcome", outcome)


def rows_close_with_the_first_page(patch: Patch) -> None:
    def outcome(run: Run, request: Any) -> RowState | None:  # noqa: ARG001 - as what it stands for
        return RowState.DONE if run.progress.pages else None

    there(settle, "row_outcome")
    patch.setattr(settle, "row_outcome", outcome)


def children_count_as_announced_before_they_are(patch: Patch) -> None:
    original = settle.Settler._announce

    async def announce(self: settle.Settler, request: Any, account: Any, rows: Any) -> None:
        await self._stores.requests.mark_announced(request.ref, [row.account for row in rows])
        await original(self, request, account, rows)

    patch.setattr(settle.Settler, "_announce", announce)


def a_child_is_announced_under_a_new_id_each_time(patch: Patch) -> None:
    numbers = count()
    original: Any = vars(settle)["child_discovered"]

    def announced(*args: Any) -> Any:
        event = original(*args)
        return type(event)(
            **{name: getattr(event, name) for name in event.__struct_fields__ if name != "id"}, id=f"{next(numbers)}"
        )

    patch.setattr(settle, "child_discovered", announced)


def the_next_creator_is_not_asked_for(patch: Patch) -> None:
    there(completion.Completion, "_ask_creator")
    patch.setattr(completion.Completion, "_ask_creator", nothing)


def a_creator_is_asked_for_by_several_events(patch: Patch) -> None:
    numbers = count()
    original: Any = vars(completion)["step_wanted"]

    def wanted(*args: Any, **named: Any) -> Any:
        event = original(*args, **named)
        return type(event)(
            **{name: getattr(event, name) for name in event.__struct_fields__ if name != "id"}, id=f"{next(numbers)}"
        )

    patch.setattr(completion, "step_wanted", wanted)


def ancestors_are_read_for_their_children_too(patch: Patch) -> None:
    original: Any = vars(completion)["step_wanted"]

    def wanted(request: Any, account: Any, step: Any, **named: Any) -> Any:
        return original(request, account, type(step).CHILDREN, **named)

    patch.setattr(completion, "step_wanted", wanted)


def completion_is_judged_by_what_was_read_before_the_own_writes(patch: Patch) -> None:
    async def stand(self: settle.Settler, before: Standing, account: object) -> Standing:  # noqa: ARG001 - as what it stands for
        return replace(before, unannounced=())

    there(settle.Settler, "_stand")
    patch.setattr(settle.Settler, "_stand", stand)


def open_rows_do_not_hold_a_completion_up(patch: Patch) -> None:
    original = completion.Completion.conclude

    async def conclude(self: completion.Completion, request: Any, *, open_rows: bool, **named: Any) -> None:  # noqa: ARG001 - as what it stands for
        await original(self, request, open_rows=False, **named)

    patch.setattr(completion.Completion, "conclude", conclude)


def a_walk_that_goes_on_does_not_hold_a_completion_up(patch: Patch) -> None:
    original = completion.Completion._ask_creator

    async def ask(self: completion.Completion, request: Any, *args: Any, **named: Any) -> None:
        await original(self, request, *args, **named)
        rows = await self._stores.requests.rows(request.ref)
        if all(row.state is not RowState.OPEN for row in rows):
            await self._complete(request)

    patch.setattr(completion.Completion, "_ask_creator", ask)


def a_request_is_marked_complete_before_that_is_told(patch: Patch) -> None:
    original = completion.Completion._complete

    async def complete(self: completion.Completion, request: Any) -> None:
        await self._stores.requests.finish(request.ref, completed_at=self._clock.now())
        await original(self, request)

    patch.setattr(completion.Completion, "_complete", complete)


def only_the_own_request_is_settled(patch: Patch) -> None:
    async def settle_all(self: runs.Runs, run: Run, own: Any, waiting: Any) -> None:  # noqa: ARG001 - as what it stands for
        await self._settler.settle(run, own.ref.request_id)

    there(runs.Runs, "_settle_all")
    patch.setattr(runs.Runs, "_settle_all", settle_all)


def who_meets_an_ended_run_settles_nobody(patch: Patch) -> None:
    there(runs.Runs, "_meet_ended")
    patch.setattr(runs.Runs, "_meet_ended", nothing)


def interest_is_forgotten_before_the_request_is_served(patch: Patch) -> None:
    original = settle.Settler.settle

    async def forgetful(self: settle.Settler, run: Run, request_id: str) -> None:
        await self._stores.runs.forget(run.ref, request_id)
        await original(self, run, request_id)

    patch.setattr(settle.Settler, "settle", forgetful)


MUTATIONS_OF_SETTLING = (
    Mutation(more_is_granted_than_the_budget, FAULTS),
    Mutation(grants_are_not_counted, CALM),
    Mutation(rows_are_closed_before_their_grants, CALM),
    Mutation(children_are_granted_from_the_latest_on, CALM),
    Mutation(children_are_granted_beyond_their_depth, CALM),
    Mutation(rows_close_only_when_the_run_has_ended, CROWD),
    Mutation(rows_close_with_the_first_page, CALM),
    Mutation(children_count_as_announced_before_they_are, FAULTS),
    Mutation(a_child_is_announced_under_a_new_id_each_time, CALM),
    Mutation(the_next_creator_is_not_asked_for, CALM),
    Mutation(a_creator_is_asked_for_by_several_events, CALM),
    Mutation(ancestors_are_read_for_their_children_too, CALM),
    Mutation(completion_is_judged_by_what_was_read_before_the_own_writes, FAULTS),
    Mutation(open_rows_do_not_hold_a_completion_up, CALM),
    Mutation(a_walk_that_goes_on_does_not_hold_a_completion_up, CALM),
    Mutation(a_request_is_marked_complete_before_that_is_told, FAULTS),
    Mutation(only_the_own_request_is_settled, CROWD),
    Mutation(who_meets_an_ended_run_settles_nobody, CALM),
    Mutation(interest_is_forgotten_before_the_request_is_served, CROWD),
)
