"""What must hold of every schedule: while it runs, and when it has come to rest."""

from collections import defaultdict
from typing import Any

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import INGEST_STAGES, AccountStatus, StageState, Step
from stellarmap_common.domain.transitions import TERMINAL, may_become
from stellarmap_common.events.base import Event, fact_id
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.events.requests import ChildDiscovered, RequestCompleted
from stellarmap_common.lineage.walk import Walk, Walker, WalkState
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RowState
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from tests.support.simulation import Simulation
from tests.support.simulation_kinds import CALM, Kind
from tests.support.simulation_points import at_once
from tests.support.simulation_world import NETWORK, NETWORKS

MANY = 1_000


class Broken(AssertionError):
    """A rule does not hold."""


class Watch:
    """Looks at a schedule while it runs, and at its end."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.statuses: dict[AccountRef, AccountStatus] = {}
        simulation.on_write = self.on_write
        simulation.on_publish = self.on_publish

    # While it runs

    def on_write(self, name: str, args: Any, result: Any) -> None:
        if name == "put_state" and result:
            (state,) = args
            before = self.statuses.get(state.ref)
            self._hold(may_become(before, state.status, asked_by_user=True), f"{state.ref} {before} → {state.status}")
            self.statuses[state.ref] = state.status

    def on_publish(self, event: Event) -> None:
        """request.completed is never early."""
        if not isinstance(event, RequestCompleted) or event.cancelled:
            return
        ref = RequestRef(NETWORK, event.request_id)
        still_open = [row.account for row in self._rows(ref) if row.state is RowState.OPEN]
        self._hold(not still_open, f"completed with open rows: {event.request_id[:4]} {still_open}")
        request = self._request(ref)
        pending = self._walk(request).pending
        run = self._run(pending.address, Step.CREATOR) if pending else None
        taken_back = run is not None and run.reopened_by  # somebody's retry opened again what had ended
        self._hold(
            not pending or bool(taken_back), f"completed before its walk ended: {event.request_id[:4]} {pending}"
        )
        self._hold(event.used == request.used, f"completed with {event.used} used of {request.used}")

    # At the end

    def check(self) -> None:
        """Everything that must hold at the end. Raises: Broken."""
        requests = self._requests()
        runs = self._runs(requests)
        for request in requests:
            self._check_request(request, runs)
        for run in runs.values():
            self._check_run(run, requests)
        self._check_facts(runs)
        self._check_statuses(requests, runs)
        if self.simulation.problems:
            raise Broken("\n".join(self.simulation.problems))

    def _hold(self, fact: bool, otherwise: str) -> None:  # noqa: FBT001
        if not fact:
            self.simulation.problems.append(otherwise)

    def _requests(self) -> list[Request]:
        simulation = self.simulation
        found = []
        for request_id in simulation.asks:
            request = at_once(simulation.stores.requests.request(RequestRef(NETWORK, request_id)))
            self._hold(
                request is not None or request_id in simulation.unasked, f"{request_id[:4]} was asked and is gone"
            )
            found += [request] if request else []
        return found

    def _request(self, ref: RequestRef) -> Request:
        request = at_once(self.simulation.stores.requests.request(ref))
        assert request
        return request

    def _rows(self, ref: RequestRef) -> tuple[RequestRow, ...]:
        return at_once(self.simulation.stores.requests.rows(ref))

    def _walk(self, request: Request) -> Walk:
        retrying = request.ref.request_id if request.retry else None
        return at_once(Walker(self.simulation.stores, NETWORKS).walk(request.asked, retrying))

    def _run(self, account: Address, step: Step) -> Run | None:
        return at_once(self.simulation.stores.runs.run_of(RunRef(AccountRef(NETWORK, account), step)))

    def _runs(self, requests: list[Request]) -> dict[RunRef, Run]:
        accounts = {*self.simulation.world.accounts(), *(request.account for request in requests)}
        found = [self._run(account, step) for account in sorted(accounts) for step in Step]
        return {run.ref: run for run in found if run}

    def _check_request(self, request: Request, runs: dict[RunRef, Run]) -> None:
        named = request.ref.request_id[:4]
        self._hold(request.completed, f"{named} never ended")
        told = [
            event
            for event in self.simulation.bus.published
            if isinstance(event, RequestCompleted) and event.request_id == request.ref.request_id
        ]
        self._hold(bool(told), f"{named} ended and nobody was told")
        self._hold(len({event.id for event in told}) <= 1, f"{named} ended under several ids")
        rows = self._rows(request.ref)
        self._hold(request.used == len(rows) - 1, f"{named} used {request.used} for {len(rows) - 1} grants")
        self._hold(request.used <= request.budget, f"{named} granted {request.used} of {request.budget}")
        if request.cancelled:
            return
        self._check_rows(request, rows, runs)
        self._check_chain(request, runs)
        self._check_stages(request)

    def _check_rows(self, request: Request, rows: tuple[RequestRow, ...], runs: dict[RunRef, Run]) -> None:
        named = request.ref.request_id[:4]
        told = {event.id for event in self.simulation.bus.published if isinstance(event, ChildDiscovered)}
        known = {row.account: row for row in rows}
        for row in rows:
            self._hold(row.state is not RowState.OPEN, f"{named} {row.account[:5]} is still open")
            if row.parent:
                identity = fact_id(ChildDiscovered.type, NETWORK, row.operation_id, row.account, request.ref.request_id)
                announced = row.announced if self.simulation.kind.lost else identity in told
                self._hold(announced, f"{named} {row.account[:5]} is granted and not announced")
                self._hold(
                    row.depth_left == known[row.parent].depth_left - 1, f"{named} {row.account[:5]} has no depth"
                )
            self._check_grants(request, row, known, runs)

    def _check_grants(
        self, request: Request, row: RequestRow, known: dict[Address, RequestRow], runs: dict[RunRef, Run]
    ) -> None:
        """Children are granted in operation order, until budget or depth end."""
        run = runs.get(RunRef(AccountRef(NETWORK, row.account), Step.CHILDREN))
        children = [] if run is None else self.simulation.world.children_of(row.account)
        granted = [made for made in known.values() if made.parent == row.account]
        if row.depth_left == 0:
            self._hold(not granted, f"{request.ref.request_id[:4]} {row.account[:5]} granted beyond its depth")
            return
        last = max(((made.operation_id, made.account) for made in granted), default=(0, ""))
        left_out = [made for made in children if made.account not in known]
        self._hold(
            all((made.created_op, made.account) > last for made in left_out),
            f"{request.ref.request_id[:4]} {row.account[:5]} granted out of order",
        )
        pages = request.pages if row.parent is None else 1
        if run and row.state is RowState.DONE and request.used < request.budget:
            # What was read by the time the row closed must be granted; a longer run may have read on for others since.
            upto = self.simulation.world.read_to(row.account, pages)
            missing = [made.account[:5] for made in left_out if made.created_op <= upto]
            self._hold(not missing, f"{request.ref.request_id[:4]} {row.account[:5]} did not grant {missing}")

    def _check_chain(self, request: Request, runs: dict[RunRef, Run]) -> None:
        named = request.ref.request_id[:4]
        walk = self._walk(request)
        truth = self.simulation.world.chain_of(request.account)
        hops = tuple(hop.creation for hop in walk.hops)
        self._hold(walk.state is not WalkState.PENDING, f"{named} its walk never ended: {walk.pending}")
        self._hold(hops == truth[: len(hops)], f"{named} has another chain than the truth: {hops} {truth}")
        if len(hops) == len(truth):
            return
        account = hops[-1].creator if hops else request.account
        run = runs.get(RunRef(AccountRef(NETWORK, Address(account or "")), Step.CREATOR))
        self._hold(run is not None and run.state is RunState.FAILED, f"{named} stopped before {account}: {walk}")

    def _check_stages(self, request: Request) -> None:
        found = at_once(self.simulation.stores.stages.stages_of(request.asked, request.ref.request_id))
        self._hold(len(found) == 8, f"{request.ref.request_id[:4]} has {len(found)} stages")
        ended = {StageState.DONE, StageState.FAILED, StageState.SKIPPED}
        for stage in found:
            if stage.stage in INGEST_STAGES:
                self._hold(stage.state in ended, f"{request.ref.request_id[:4]} stage {stage.stage} is {stage.state}")
                told = any(event.id == stage.id for event in self.simulation.bus.published)
                self._hold(told, f"{request.ref.request_id[:4]} stage {stage.stage} was not told")

    def _check_run(self, run: Run, requests: list[Request]) -> None:
        simulation, account = self.simulation, run.ref.account.address
        self._hold(run.state is not RunState.OPEN, f"{run.ref} was left open: {run}")
        waiting = at_once(simulation.stores.runs.waiting_for(run.ref))
        self._hold(not waiting, f"{run.ref} is still waited for by {[each.request_id[:4] for each in waiting]}")
        key = (account, run.ref.step)
        # Each page once for each time the run began anew, and once more for each step that did not come to its end.
        bound = max(run.progress.pages, 1) * (1 + len(run.reopened_by)) + simulation.interrupted[key]
        calls = simulation.world.calls[key]
        self._hold(calls <= bound, f"{run.ref} took {calls} calls of {bound}")
        self._hold(
            simulation.kind is not CALM or calls == run.progress.pages, f"{run.ref} took {calls} calls in the calm"
        )
        if run.ref.step is Step.CHILDREN:
            wanted = [request.pages if request.account == account else 1 for request in requests]
            self._hold(run.progress.pages <= max(wanted, default=0), f"{run.ref} was read further than asked")
            self._check_children(run)

    def _check_children(self, run: Run) -> None:
        account = run.ref.account
        read = [
            made
            for made in self.simulation.world.children_of(account.address)
            if run.progress.complete or made.created_op <= run.progress.last_op
        ]
        stored = at_once(self.simulation.stores.creations.children_of(account, ChildRange(), MANY))
        self._hold(set(read) <= set(stored), f"{run.ref} lost children")
        self._hold(run.progress.total == len(read), f"{run.ref} counts {run.progress.total} of {len(read)}")
        months = sum(count for _, count in run.progress.months) + run.progress.undated
        self._hold(months == run.progress.total, f"{run.ref} counts {months} by month")
        told: dict[int, ChildrenRecorded] = {}
        for event in self.simulation.bus.published:
            if isinstance(event, ChildrenRecorded) and event.creator == account.address:
                told[event.page] = event
        missing = [page for page in range(1, run.progress.pages + 1) if page not in told]
        self._hold(not missing, f"{run.ref} never told of its pages {missing}")
        self._hold(
            {child for event in told.values() for child in event.children} >= set(read), f"{run.ref} told too little"
        )

    def _check_facts(self, runs: dict[RunRef, Run]) -> None:
        world, stores = self.simulation.world, self.simulation.stores
        told = {event.account for event in self.simulation.bus.published if isinstance(event, LineageRecorded)}
        for account in world.accounts():
            lives = at_once(stores.creations.creations_of(AccountRef(NETWORK, account)))
            ends = at_once(stores.creations.ends_of(AccountRef(NETWORK, account)))
            run = runs.get(RunRef(AccountRef(NETWORK, account), Step.CREATOR))
            if run and run.state is RunState.FINISHED and run.progress.complete:
                self._hold(
                    lives == world.lives_of(account) or account == world.accounts()[0], f"{account[:5]} lives {lives}"
                )
                self._hold(ends == world.ends_of(account), f"{account[:5]} ends {ends}")
                self._hold(account in told, f"{account[:5]} was not told of")
            else:
                self._hold(set(lives) <= set(world.lives_of(account)), f"{account[:5]} has lives nobody told of")
                self._hold(set(ends) <= set(world.ends_of(account)), f"{account[:5]} has ends nobody told of")

    def _check_statuses(self, requests: list[Request], runs: dict[RunRef, Run]) -> None:
        of: dict[AccountRef, list[Run]] = defaultdict(list)
        for ref, run in runs.items():
            of[ref.account].append(run)
        for account in {*of, *(request.asked for request in requests)}:
            state = at_once(self.simulation.stores.accounts.state_of(account))
            self._hold(state is not None and state.status in TERMINAL, f"{account} is {state}")
            failed = any(run.state is RunState.FAILED for run in of[account])
            if state and failed:
                self._hold(state.status is AccountStatus.FAILED, f"{account} failed and is {state.status}")


def simulate(seed: int, kind: Kind | None = None) -> Simulation:
    """The schedule of the seed, run to its end. Raises: Broken, Unending."""
    simulation = Simulation(seed, kind)
    simulation.run(Watch(simulation).check)
    return simulation
