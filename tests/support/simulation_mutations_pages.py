"""Rules of repeats, pages, cancelling and counts taken out of the real code, each by itself. A name that is gone is an error."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage import dead_letter, record, recovery, run_rules, runs, waiting
from stellarmap_common.lineage.progress import advanced
from stellarmap_common.lineage.run_rules import Move
from stellarmap_common.lineage.turn import Turn
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.ports.run_store import Run, RunState
from stellarmap_common.ports.sources import SourcePage
from tests.support.simulation_kinds import CALM, CROWD, EVERYTHING, FAULTS, GROWING
from tests.support.simulation_mutation import Mutation, Patch, changes, fields_of, there

CANCELS = replace(CROWD, cancels=True, trouble=0.08)


# Repeats, pages, cancelling


def a_page_that_the_run_has_passed_is_read_again(patch: Patch) -> None:
    original = run_rules.move_of

    def move_of(run: Run | None, event: AccountRequested, **how: Any) -> Move:
        at = event if run is None else AccountRequested(**{**fields_of(event), "cursor": run.progress.cursor})
        return original(run, at, **how)

    patch.setattr(runs, "move_of", move_of)


def a_repeat_does_not_publish_the_next_event_again(patch: Patch) -> None:
    original = runs.Runs._wait

    async def wait(self: runs.Runs, *args: Any) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(runs, "handed_to_next", lambda *_: False)
            await original(self, *args)

    patch.setattr(runs.Runs, "_wait", wait)


def a_follow_up_names_no_predecessor(patch: Patch) -> None:
    changes(patch, runs, "next_page", takes_over="")


def pages_are_counted_from_where_one_asks(patch: Patch) -> None:
    original = run_rules.wants_more
    patch.setattr(run_rules, "wants_more", lambda run, pages_to: original(run, pages_to + 1))


def granted_children_are_read_as_far_as_the_asked_account(patch: Patch) -> None:
    for module in (run_rules, runs, recovery, dead_letter):
        there(module, "pages_wanted")
        patch.setattr(module, "pages_wanted", lambda request, account: request.pages)  # noqa: ARG005 - as what it stands for


def a_run_goes_on_for_its_own_request_alone(patch: Patch) -> None:
    async def first_asking(self: Waiting, run: Run, own: Any, waiting: Any) -> Any:  # noqa: ARG001 - as what it stands for
        return own if own and run_rules.asks_more(run, run.ref, own) else None

    there(Waiting, "first_asking")
    patch.setattr(Waiting, "first_asking", first_asking)


def an_ended_run_is_read_on_by_whoever_comes(patch: Patch) -> None:
    original = run_rules.move_of

    def move_of(run: Run | None, event: AccountRequested, *, more: bool, now: datetime) -> Move:
        ended = run is not None and run.state is RunState.FINISHED
        return original(run, event, more=more or ended, now=now)

    patch.setattr(runs, "move_of", move_of)


def a_cancelled_request_goes_on_asking(patch: Patch) -> None:
    original = run_rules.asks_more
    for module in (runs, waiting):
        patch.setattr(
            module, "asks_more", lambda run, ref, request: original(run, ref, replace(request, cancelled=False))
        )


def a_cancelled_request_ends_the_run_of_others(patch: Patch) -> None:
    original = runs.Runs._asks_more

    async def more(self: runs.Runs, run: Run | None, step: AccountRequested, request: Any) -> bool:
        return not request.cancelled and await original(self, run, step, request)

    async def go_on(self: runs.Runs, turn: Turn, waiting: Any) -> None:
        if not turn.request.cancelled:
            await newcomers(self, turn, waiting)

    newcomers = runs.Runs._go_on_for_newcomers
    patch.setattr(runs.Runs, "_asks_more", more)
    patch.setattr(runs.Runs, "_go_on_for_newcomers", go_on)


def a_run_that_nobody_waits_for_is_not_freed(patch: Patch) -> None:
    original = run_rules.move_of

    def move_of(run: Run | None, event: AccountRequested, **how: Any) -> Move:
        move = original(run, event, **how)
        return Move.SETTLE if move is Move.FREE else move

    patch.setattr(runs, "move_of", move_of)


def the_run_is_counted_from_nothing_on_each_page(patch: Patch) -> None:
    there(record, "advanced")
    patch.setattr(
        record,
        "advanced",
        lambda progress, page, *how: replace(advanced(progress, page, *how), total=len(page.creations)),
    )


def every_page_says_that_its_count_is_complete(patch: Patch) -> None:
    def all_there_is(progress: Any, page: SourcePage, *how: Any) -> Any:
        return advanced(progress, replace(page, complete=True), *how)

    patch.setattr(record, "advanced", all_there_is)


MUTATIONS_OF_PAGES = (
    Mutation(a_page_that_the_run_has_passed_is_read_again, FAULTS),
    Mutation(a_repeat_does_not_publish_the_next_event_again, FAULTS),
    Mutation(a_follow_up_names_no_predecessor, CALM),
    Mutation(pages_are_counted_from_where_one_asks, CALM),
    Mutation(granted_children_are_read_as_far_as_the_asked_account, CALM),
    Mutation(a_run_goes_on_for_its_own_request_alone, CROWD),
    Mutation(an_ended_run_is_read_on_by_whoever_comes, CROWD),
    Mutation(a_cancelled_request_goes_on_asking, EVERYTHING),
    Mutation(a_cancelled_request_ends_the_run_of_others, CANCELS),
    Mutation(a_run_that_nobody_waits_for_is_not_freed, CANCELS),
    Mutation(the_run_is_counted_from_nothing_on_each_page, CALM),
    Mutation(every_page_says_that_its_count_is_complete, GROWING),
)
