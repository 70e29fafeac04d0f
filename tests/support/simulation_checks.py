"""What must hold of every schedule when it has come to rest."""

from collections import defaultdict

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import INGEST_STAGES, AccountStatus, StageState, Step
from stellarmap_common.domain.transitions import TERMINAL
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.requests import ChildDiscovered, RequestCompleted
from stellarmap_common.ports.request_store import Request, RequestRow, RowState
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from tests.support.simulation import Simulation
from tests.support.simulation_facts import FactCheck
from tests.support.simulation_kinds import CALM, Kind
from tests.support.simulation_points import at_once
from tests.support.simulation_stored import (
    is_fruitless,
    request_of,
    rows_of,
    run_of,
    state_of,
    waiting_for,
    walk_of,
    wanted_pages,
)
from tests.support.simulation_watch import Watch
from tests.support.simulation_world import NETWORK, is_within


class Broken(AssertionError):
    """A rule does not hold."""


class EndCheck:
    """Looks at a schedule at its end."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._simulation = watch.simulation
        self._hold = watch.hold

    def check(self) -> None:
        """Everything that must hold at the end. Raises: Broken."""
        requests = self._requests()
        runs = self._runs(requests)
        facts = FactCheck(self._watch, runs)
        for request in requests:
            self._check_request(request, runs, facts)
        for run in runs.values():
            self._check_run(run, requests, facts)
        facts.check_accounts()
        self._check_statuses(requests, runs)
        if self._simulation.problems:
            raise Broken("\n".join(self._simulation.problems))

    def _requests(self) -> list[Request]:
        found = []
        for request_id in self._simulation.asks:
            request = request_of(self._simulation.stores, request_id)
            gone = request is None and request_id not in self._simulation.unasked
            self._hold(not gone, f"{request_id[:4]} was asked and is gone")
            found += [request] if request else []
        return found

    def _runs(self, requests: list[Request]) -> dict[RunRef, Run]:
        accounts = {*self._simulation.world.accounts(), *(request.account for request in requests)}
        found = [run_of(self._simulation.stores, account, step) for account in sorted(accounts) for step in Step]
        return {run.ref: run for run in found if run}

    def _check_request(self, request: Request, runs: dict[RunRef, Run], facts: FactCheck) -> None:
        named = request.ref.request_id[:4]
        self._hold(request.completed, f"{named} never ended")
        told = [
            event.id
            for event in self._simulation.bus.published
            if isinstance(event, RequestCompleted) and event.request_id == request.ref.request_id
        ]
        self._hold(bool(told), f"{named} ended and nobody was told")
        self._hold(len({*told}) <= 1, f"{named} ended under several ids")
        rows = rows_of(self._simulation.stores, request.ref.request_id)
        self._hold(request.used == len(rows) - 1, f"{named} used {request.used} for {len(rows) - 1} grants")
        self._hold(request.used <= request.budget, f"{named} granted {request.used} of {request.budget}")
        if request.cancelled:
            return
        for row in rows.values():
            self._check_row(request, row, rows, runs)
        facts.check_chain(request)
        self._check_retried(request, runs)
        self._check_stages(request)

    def _check_row(
        self, request: Request, row: RequestRow, rows: dict[Address, RequestRow], runs: dict[RunRef, Run]
    ) -> None:
        named = f"{request.ref.request_id[:4]} {row.account[:5]}"
        self._hold(row.state is not RowState.OPEN, f"{named} is still open")
        if row.parent:
            identity = fact_id(ChildDiscovered.type, NETWORK, row.operation_id, row.account, request.ref.request_id)
            told = any(event.id == identity for event in self._simulation.bus.published)
            lost = bool(self._simulation.kind.lost) and row.announced
            self._hold(told or lost, f"{named} is granted and not announced")
            self._hold(row.depth_left == rows[row.parent].depth_left - 1, f"{named} has no depth")
        run = runs.get(RunRef(AccountRef(NETWORK, row.account), Step.CHILDREN))
        begun_anew = run is not None and bool(run.reopened_by)
        if run and row.state is RowState.DONE and not run.progress.complete and not begun_anew:
            read = run.progress.pages >= wanted_pages(request, row.account)
            self._hold(read, f"{named} is done after {run.progress.pages} pages")
        self._check_grants(request, row, rows, named)

    def _check_grants(self, request: Request, row: RequestRow, rows: dict[Address, RequestRow], named: str) -> None:
        """Children are granted in operation order, until budget or depth end."""
        world = self._simulation.world
        granted = [made for made in rows.values() if made.parent == row.account]
        if row.depth_left == 0:
            self._hold(not granted, f"{named} granted beyond its depth")
            return
        last = max((made.operation_id for made in granted), default=0)
        left_out = [made for made in world.children_of(row.account) if made.account not in rows]
        skipped = [made.account[:5] for made in left_out if last and is_within(made, last - 1)]
        self._hold(not skipped, f"{named} granted out of order, without {skipped}")
        if row.state is not RowState.DONE or request.used >= request.budget:
            return
        # What was read by the time the row closed must be granted; a longer run may have read on for others since.
        pages = wanted_pages(request, row.account)
        upto = self._watch.granted_upto.get((request.ref.request_id, row.account), 0)
        if not self._simulation.kind.grows:
            upto = max(upto, world.read_to(row.account, pages))
        missing = [made.account[:5] for made in left_out if upto and is_within(made, upto)]
        self._hold(not missing, f"{named} did not grant {missing}")

    def _check_retried(self, request: Request, runs: dict[RunRef, Run]) -> None:
        """A retry did not take no for an answer, once."""
        walk = walk_of(self._simulation.stores, request, retrying=False)
        last = walk.hops[-1].creation.creator if walk.hops else request.account
        run = runs.get(RunRef(AccountRef(NETWORK, Address(last or "")), Step.CREATOR))
        # Where the network grows, a chain may lead on, past where it had ended, to steps that others have failed at.
        if request.retry and run and is_fruitless(run) and not self._simulation.kind.grows:
            tried = request.ref.request_id in run.reopened_by
            self._hold(tried, f"{request.ref.request_id[:4]} took a failure of {run.ref} for an answer")

    def _check_stages(self, request: Request) -> None:
        found = at_once(self._simulation.stores.stages.stages_of(request.asked, request.ref.request_id))
        self._hold(len(found) == 8, f"{request.ref.request_id[:4]} has {len(found)} stages")
        ended = {StageState.DONE, StageState.FAILED, StageState.SKIPPED}
        for stage in found:
            if stage.stage in INGEST_STAGES:
                named = f"{request.ref.request_id[:4]} stage {stage.stage}"
                self._hold(stage.state in ended, f"{named} is {stage.state}")
                told = any(event.id == stage.id for event in self._simulation.bus.published)
                self._hold(told, f"{named} was not told")

    def _check_run(self, run: Run, requests: list[Request], facts: FactCheck) -> None:
        simulation, account = self._simulation, run.ref.account.address
        self._hold(run.state is not RunState.OPEN, f"{run.ref} was left open: {run}")
        waiting = waiting_for(simulation.stores, run.ref)
        self._hold(not waiting, f"{run.ref} is still waited for by {[each[:4] for each in waiting]}")
        key = (account, run.ref.step)
        # Each page once for each time the run began anew, and once more for each step that did not come to its end.
        bound = max(run.progress.pages, 1) * (1 + len(run.reopened_by)) + simulation.interrupted[key]
        calls = simulation.world.calls[key]
        self._hold(calls <= bound, f"{run.ref} took {calls} calls of {bound}")
        self._hold(
            simulation.kind is not CALM or calls == run.progress.pages, f"{run.ref} took {calls} calls in the calm"
        )
        if run.ref.step is Step.CHILDREN:
            asking = [each for each in requests if account in rows_of(simulation.stores, each.ref.request_id)]
            self._hold(bool(asking), f"{run.ref} was read and nobody asked for it")
            most = max((wanted_pages(request, account) for request in asking), default=0)
            self._hold(run.progress.pages <= most, f"{run.ref} was read further than asked")
            facts.check_children(run)

    def _check_statuses(self, requests: list[Request], runs: dict[RunRef, Run]) -> None:
        of: dict[AccountRef, list[Run]] = defaultdict(list)
        for ref, run in runs.items():
            of[ref.account].append(run)
        for account in {*of, *(request.asked for request in requests)}:
            state = state_of(self._simulation.stores, account.address)
            self._hold(state is not None and state.status in TERMINAL, f"{account} is {state}")
            failed = any(run.state is RunState.FAILED for run in of[account])
            if state and failed:
                self._hold(state.status is AccountStatus.FAILED, f"{account} failed and is {state.status}")


def simulate(seed: int, kind: Kind | None = None) -> Simulation:
    """The schedule of the seed, run to its end. Raises: Broken, Unending."""
    simulation = Simulation(seed, kind)
    simulation.run(EndCheck(Watch(simulation)).check)
    return simulation
