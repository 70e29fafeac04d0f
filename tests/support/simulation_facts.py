"""Facts and chains at the end of a schedule: what is stored, what was told, and what is true of the network."""

from itertools import pairwise

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import Step
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.lineage.walk import Walk, WalkState
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from tests.support.simulation_points import at_once
from tests.support.simulation_stored import state_of, walk_of
from tests.support.simulation_watch import MANY, Watch
from tests.support.simulation_world import GENESIS, NETWORK, Told, is_within, life_that_made, place_of

LIVES_TOLD = 12


class FactCheck:
    """Compares the store with the network, as far as that had come when each account was read."""

    def __init__(self, watch: Watch, runs: dict[RunRef, Run]) -> None:
        self._watch = watch
        self._runs = runs
        self._simulation = watch.simulation
        self._world = watch.simulation.world
        self._hold = watch.hold

    # Chains

    def _goes_on_since(self, walk: Walk) -> bool:
        """It had ended when that was told: the network has grown since, or somebody's retry opened again where it ended."""
        steps = [self._runs.get(RunRef(hop.creation.ref, Step.CREATOR)) for hop in walk.hops]
        return self._simulation.kind.grows or any(run and run.reopened_by for run in steps)

    def check_chain(self, request: Request) -> None:
        """The request's chain follows from what is stored, and what is stored is the truth as of its reading."""
        named = request.ref.request_id[:4]
        walk = walk_of(self._simulation.stores, request)
        hops = tuple(hop.creation for hop in walk.hops)
        ended = walk.state is not WalkState.PENDING or self._goes_on_since(walk)
        self._hold(ended, f"{named} its walk never ended: {walk.pending}")
        told = self._watch.told.chain_of(request.account)
        if request.account == GENESIS.address:
            told = self._world.lives_of(request.account)
        follows = hops == told[: len(hops)] or self._ends_at_genesis(hops, told)
        self._hold(follows, f"{named} has another chain than what is stored: {hops} {told}")
        self._check_true(named, request.account, hops)
        last = hops[-1].creator if hops else request.account
        if walk.state is WalkState.UNKNOWN and last and last.startswith("G"):
            self._check_stopped(named, Address(last), hops)

    def _ends_at_genesis(self, hops: tuple[Creation, ...], told: tuple[Creation, ...]) -> bool:
        return bool(hops) and hops[-1].account == GENESIS.address and hops[:-1] == told[: len(hops) - 1]

    def _check_true(self, named: str, account: Address, hops: tuple[Creation, ...]) -> None:
        """Each hop is the life that made the one before, unless its account was read before that was made."""
        if not hops:
            return
        latest = self._world.lives_of(account, self._horizon(account))[-1:]
        newer = not latest or not is_within(hops[0], latest[0].created_op)  # found with its creator's children
        self._hold(
            not hops[0].placed or newer or place_of(hops[0]) == place_of(latest[0]),
            f"{named} begins with {hops[0]} instead of {latest}",
        )
        for child, life in pairwise(hops):
            if not (child.placed and life.placed) or life.account == GENESIS.address:
                continue
            exact = self._as_it_was(child)
            true = life_that_made(exact, self._world.lives_of(life.account), self._world.ends_of(life.account))
            right = true is not None and place_of(true) == place_of(life)
            if not right and self._horizon(life.account) < exact.created_op:
                self._simulation.happened["creator read before it created"] += 1
                continue
            self._hold(right, f"{named} says {child} was made in the life {life}, not {true}")

    def _as_it_was(self, told: Creation) -> Creation:
        same = [made for made in self._world.lives_of(told.account) if place_of(made) == place_of(told)]
        return next((made for made in same if made == told), same[0])

    def _check_stopped(self, named: str, account: Address, hops: tuple[Creation, ...]) -> None:
        """A chain ends before genesis where a step failed, or where nothing more was told."""
        run = self._runs.get(RunRef(AccountRef(NETWORK, account), Step.CREATOR))
        if run is None or run.state is RunState.FAILED:
            self._hold(run is not None, f"{named} stopped before {account}, which was not read")
            return
        child = hops[-1] if hops else None
        lives = self._world.lives_of(account, self._horizon(account))
        ends = self._world.ends_of(account)
        true = life_that_made(child, lives, ends) if child else (lives[-1] if lives else None)
        vague = self._world.lives_told.get(account) is Told.BY_CREATOR or (child and not child.placed)
        self._hold(not true or bool(vague), f"{named} stopped before {account}, although there is {true}")

    def _horizon(self, account: Address) -> int:
        return self._watch.horizons.get(RunRef(AccountRef(NETWORK, account), Step.CREATOR), 0)

    # Accounts

    def check_accounts(self) -> None:
        """Stored is what was told, and a complete step has told all there was."""
        told, stores = self._watch.told, self._simulation.stores
        for account in self._world.accounts():
            ref = AccountRef(NETWORK, account)
            lives = at_once(stores.creations.creations_of(ref))
            ends = at_once(stores.creations.ends_of(ref))
            unplaced = at_once(stores.creations.unplaced_of(ref))
            named = account[:5]
            self._hold(lives == told.lives_of(account), f"{named} has lives {lives}, told {told.lives_of(account)}")
            self._hold(ends == told.ends_of(account), f"{named} has ends {ends}, told {told.ends_of(account)}")
            self._hold(
                unplaced == told.unplaced_of(account), f"{named} has {unplaced}, told {told.unplaced_of(account)}"
            )
            self._hold(set(ends) <= set(self._world.ends_of(account)), f"{named} has ends nobody told of")
            true = {place_of(made) for made in self._world.lives_of(account)}
            self._hold({place_of(made) for made in lives} <= true, f"{named} has lives nobody told of")
            run = self._runs.get(RunRef(ref, Step.CREATOR))
            if run and run.state is RunState.FINISHED and run.progress.complete:
                self._check_complete(account, {place_of(made) for made in lives})
                self._check_lineage_told(account)

    def _check_complete(self, account: Address, lives: set[tuple[Address, Address | None, int]]) -> None:
        horizon, named = self._horizon(account), account[:5]
        due = {place_of(made) for made in self._world.lives_of(account, horizon)}
        by_creator = self._world.lives_told.get(account) is Told.BY_CREATOR
        self._hold(due <= lives or by_creator or account == GENESIS.address, f"{named} has lives {lives} of {due}")
        ends = set(self._watch.told.ends_of(account))
        self._hold(ends >= set(self._world.ends_of(account, horizon)), f"{named} has ends {ends}")

    def _check_lineage_told(self, account: Address) -> None:
        """The latest summary of an account tells what its creator step found, and its state at the end."""
        told = [
            event
            for event in self._simulation.bus.published
            if isinstance(event, LineageRecorded) and event.account == account
        ]
        self._hold(bool(told), f"{account[:5]} was not told of")
        if not told:
            return
        latest = max(told, key=lambda event: event.version)
        horizon = self._horizon(account)
        due = {place_of(made) for made in self._world.lives_of(account, horizon)[-LIVES_TOLD:]}
        known = {place_of(made) for made in latest.lives}
        made_by = {one.creator for one in latest.unplaced} | {made.creator for made in latest.lives}
        by_creator = self._world.lives_told.get(account) is Told.BY_CREATOR
        complete = {creator for _, creator, _ in due} <= made_by if by_creator else due <= known
        self._hold(complete, f"{account[:5]} was told of with {latest.lives} {latest.unplaced} of {due}")
        state = state_of(self._simulation.stores, account)
        self._hold(
            state is not None and latest.status is state.status,
            f"{account[:5]} was told to be {latest.status} and is {state}",
        )

    # Children

    def check_children(self, run: Run) -> None:
        """Stored, counted and told is what the run has read, and a complete one has read all there was."""
        account, progress = run.ref.account, run.progress
        made = self._world.children_of(account.address)
        read = [each for each in made if progress.last_op and is_within(each, progress.last_op)]
        stored = {
            place_of(each)
            for each in at_once(self._simulation.stores.creations.children_of(account, ChildRange(), MANY))
        }
        self._hold({place_of(each) for each in read} <= stored, f"{run.ref} lost children")
        self._hold(progress.total == len(read), f"{run.ref} counts {progress.total} of {len(read)}")
        months = sum(count for _, count in progress.months) + progress.undated
        self._hold(months == progress.total, f"{run.ref} counts {months} by month")
        if progress.complete:
            there = len(self._world.children_of(account.address, self._watch.horizons.get(run.ref, 0)))
            self._hold(progress.total >= there, f"{run.ref} counts {progress.total} of {there}, and says these are all")
        told: dict[int, ChildrenRecorded] = {}
        for event in self._simulation.bus.published:
            if isinstance(event, ChildrenRecorded) and event.creator == account.address:
                told[event.page] = event
        missing = [page for page in range(1, progress.pages + 1) if page not in told]
        self._hold(not missing, f"{run.ref} never told of its pages {missing}")
        told_of = {place_of(child) for event in told.values() for child in event.children}
        self._hold(told_of >= {place_of(each) for each in read}, f"{run.ref} told too little")
