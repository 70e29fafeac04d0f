"""Rules of retries, dead letters, recovery, status and facts taken out of the real code, each by itself."""

from dataclasses import replace
from typing import Any

from stellarmap_common.adapters.sqlite import recording
from stellarmap_common.lineage import completion, dead_letter, recovery, run_rules, runs, settle
from stellarmap_common.lineage.announce import Announcer
from stellarmap_common.lineage.requests import Requests
from stellarmap_common.ports.run_store import Run
from tests.support.simulation_kinds import BUGS, CALM, CROWD, EVERYTHING, FAULTS, LOSSES, VAGUE
from tests.support.simulation_mutation import Mutation, Patch, changes, nothing, there, without

MANY_BUGS = replace(CROWD, bugs=True, trouble=0.1, poison=0.0)

# Retry, dead letters


def the_mark_of_a_retry_is_lost_on_the_way(patch: Patch) -> None:
    changes(patch, runs, "next_page", retry=False)


def a_retry_reopens_nothing(patch: Patch) -> None:
    original = run_rules.asks_more

    def asks(run: Run | None, ref: Any, request: Any) -> bool:
        return original(run, ref, replace(request, retry=False))

    for module in (runs, dead_letter):
        patch.setattr(module, "asks_more", asks)
    patch.setattr(completion.Completion, "walk", _walk_without_retry)


async def _walk_without_retry(self: completion.Completion, request: Any) -> Any:
    return await self._walker.walk(request.asked)


def a_retry_reopens_again_and_again(patch: Patch) -> None:
    original = run_rules.reopened

    def reopened(run: Run, request_id: str) -> Run:
        return replace(original(run, request_id), reopened_by=run.reopened_by)

    for module in (run_rules, runs):
        patch.setattr(module, "reopened", reopened)


def a_dead_letter_leaves_its_run_as_it_is(patch: Patch) -> None:
    there(dead_letter.GivingUp, "before_dead_letter")
    patch.setattr(dead_letter.GivingUp, "before_dead_letter", nothing)


def a_dead_letter_knows_no_run_as_its_own(patch: Patch) -> None:
    there(dead_letter, "is_mine")
    patch.setattr(dead_letter, "is_mine", lambda run, event: False)  # noqa: ARG005 - as what it stands for


def a_dead_letter_does_not_close_what_it_takes_over(patch: Patch) -> None:
    original: Any = vars(dead_letter)["is_mine"]
    patch.setattr(dead_letter, "is_mine", lambda run, event: run.holder != event.takes_over and original(run, event))


def a_dead_letter_settles_its_own_request_alone(patch: Patch) -> None:
    async def settle_all(self: dead_letter.GivingUp, run: Run, request: Any) -> None:
        await self._settler.settle(run, request.ref.request_id)

    there(dead_letter.GivingUp, "_settle_all")
    patch.setattr(dead_letter.GivingUp, "_settle_all", settle_all)


def a_dead_letter_is_not_registered_with_the_run_of_another(patch: Patch) -> None:
    there(dead_letter, "asks_more")
    patch.setattr(dead_letter, "asks_more", lambda run, ref, request: False)  # noqa: ARG005 - as what it stands for


def a_dead_letter_tells_nothing_of_what_was_read(patch: Patch) -> None:
    there(dead_letter.GivingUp, "_tell_what_was_read")
    patch.setattr(dead_letter.GivingUp, "_tell_what_was_read", nothing)


# Recovery, status


def what_is_asked_is_not_noted(patch: Patch) -> None:
    original = Requests.ask

    async def ask(self: Requests, wanted: Any) -> Any:
        usual, self._stores = self._stores, replace(self._stores, attempts=_Unnoted())  # type: ignore[arg-type]  # as much of it as is used
        try:
            return await original(self, wanted)
        finally:
            self._stores = usual

    patch.setattr(Requests, "ask", ask)


class _Unnoted:
    note = staticmethod(nothing)


def a_grant_is_not_noted(patch: Patch) -> None:
    original = settle.Settler._announce

    async def announce(self: settle.Settler, *args: Any) -> None:
        usual, self._stores = self._stores, replace(self._stores, attempts=_Unnoted())  # type: ignore[arg-type]  # as much of it as is used
        try:
            return await original(self, *args)
        finally:
            self._stores = usual

    patch.setattr(settle.Settler, "_announce", announce)


def recovery_does_not_settle(patch: Patch) -> None:
    there(recovery.Recovery, "_settle")
    patch.setattr(recovery.Recovery, "_settle", nothing)


def recovery_does_not_complete(patch: Patch) -> None:
    there(recovery.Recovery, "take_up")
    original = recovery.Recovery.take_up

    async def take_up(self: recovery.Recovery, *args: Any) -> Any:
        usual, self._completion = self._completion, _Inconclusive(self._completion)  # type: ignore[assignment]  # as much of it as is used
        try:
            return await original(self, *args)
        finally:
            self._completion = usual

    patch.setattr(recovery.Recovery, "take_up", take_up)


class _Inconclusive:
    conclude = staticmethod(nothing)

    def __init__(self, usual: completion.Completion) -> None:
        self.walk = usual.walk


def recovery_waits_for_nothing(patch: Patch) -> None:
    patch.setattr(recovery, "QUIET", recovery.QUIET / 1_000)


def recovery_does_not_look_at_the_queue(patch: Patch) -> None:
    original = recovery.Recovery.run_once

    async def run_once(self: recovery.Recovery) -> None:
        usual, self._backlog = self._backlog, _Empty()  # type: ignore[assignment]  # as much of it as is used
        try:
            await original(self)
        finally:
            self._backlog = usual

    patch.setattr(recovery.Recovery, "run_once", run_once)


class _Empty:
    oldest_unread = staticmethod(nothing)


def rows_are_closed_before_the_status_tells(patch: Patch) -> None:
    there(Announcer, "run_ended")
    patch.setattr(Announcer, "run_ended", nothing)


# Facts


def a_provisional_creation_stays_beside_the_exact_one(patch: Patch) -> None:
    without(patch, recording, "_TAKE_OUT_PROVISIONAL", "WHERE (network", "WHERE 0 AND (network")


def an_unplaced_creation_stays_beside_the_placed_one(patch: Patch) -> None:
    without(patch, recording, "_DROP_UNPLACED", "WHERE (account", "WHERE 0 AND (account")


MUTATIONS_OF_RECOVERY = (
    Mutation(the_mark_of_a_retry_is_lost_on_the_way, EVERYTHING),
    Mutation(a_retry_reopens_nothing, EVERYTHING),
    Mutation(a_retry_reopens_again_and_again, EVERYTHING),
    Mutation(a_dead_letter_leaves_its_run_as_it_is, FAULTS),
    Mutation(a_dead_letter_knows_no_run_as_its_own, BUGS),
    Mutation(a_dead_letter_does_not_close_what_it_takes_over, replace(BUGS, fallback=0.4)),
    Mutation(a_dead_letter_settles_its_own_request_alone, replace(CROWD, bugs=True)),
    Mutation(a_dead_letter_is_not_registered_with_the_run_of_another, MANY_BUGS),
    Mutation(a_dead_letter_tells_nothing_of_what_was_read, BUGS),
    Mutation(what_is_asked_is_not_noted, CALM),
    Mutation(a_grant_is_not_noted, CALM),
    Mutation(recovery_does_not_settle, LOSSES),
    Mutation(recovery_does_not_complete, LOSSES),
    Mutation(recovery_waits_for_nothing, LOSSES),
    Mutation(recovery_does_not_look_at_the_queue, EVERYTHING),
    Mutation(rows_are_closed_before_the_status_tells, CALM),
    Mutation(a_provisional_creation_stays_beside_the_exact_one, VAGUE),
    Mutation(an_unplaced_creation_stays_beside_the_placed_one, VAGUE),
)
