"""Recovery: takes up steps that somebody waits for and nobody works on. Part of correctness: an event may be lost.

What waits in a queue, or for its source, is not stuck: nothing begun after the oldest unread record of its network is
touched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.status import Route, Step
from stellarmap_common.events.topics import INGEST_BIGQUERY
from stellarmap_common.lineage.completion import Completion
from stellarmap_common.lineage.dead_letter import GivingUp
from stellarmap_common.lineage.events import step_recovered
from stellarmap_common.lineage.routes import RouteOf
from stellarmap_common.lineage.run_rules import is_leased, is_served, pages_wanted
from stellarmap_common.lineage.settle import Settler
from stellarmap_common.lineage.status import Statuses
from stellarmap_common.lineage.walk import Walk
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Attempt, Request, RequestRef, RequestRow, RowState
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.subscription import DeadLetter

QUIET = timedelta(minutes=2)
LOOKED_BACK = timedelta(days=1)
MOST_RECOVERIES = 3
GIVEN_UP = f"nobody finished this step, although it was taken up again {MOST_RECOVERIES} times"


class TakenUp(StrEnum):
    """What became of a step that somebody waits for."""

    AT_WORK = "at work"  # somebody holds it, or did within the last two minutes
    SETTLED = "settled"  # it had ended already
    REQUEUED = "requeued"
    GIVEN_UP = "given up"  # closed as failed: it was taken up again too often


@dataclass(frozen=True, slots=True)
class _Open:
    """A request that is not completed, as recovery finds it."""

    request: Request
    rows: dict[Address, RequestRow]
    walk: Walk

    def waits_for(self, ref: RunRef) -> bool:
        """True while the request cannot go on without this step."""
        if ref.step is Step.CREATOR:
            return self.walk.pending == ref.account
        row = self.rows.get(ref.account.address)
        return row is not None and row.state is RowState.OPEN

    @property
    def open_rows(self) -> bool:
        """True while some account of it is to be read."""
        return any(row.state is RowState.OPEN for row in self.rows.values())

    def unannounced_parents(self) -> list[Address]:
        """Accounts with granted children that nobody was told of."""
        return sorted({row.parent for row in self.rows.values() if row.parent and not row.announced})


@dataclass(slots=True)
class Begun:
    """The steps that were begun for one request: the latest attempt of each, with the most recoveries of any."""

    first: datetime
    last: datetime
    steps: dict[RunRef, Attempt] = field(default_factory=dict)

    def add(self, attempt: Attempt) -> None:
        """One more attempt is known."""
        ref = RunRef(AccountRef(attempt.network, attempt.account), attempt.step)
        known = self.steps.get(ref, attempt)
        recoveries = max(known.recoveries, attempt.recoveries)
        self.steps[ref] = replace(attempt, at=max(known.at, attempt.at), recoveries=recoveries)
        self.first, self.last = min(self.first, attempt.at), max(self.last, attempt.at)


class Recovery:
    """The loop body. Keeps in memory up to where everything begun has ended."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it takes to go on where others stopped
        self,
        stores: Stores,
        publisher: EventPublisher,
        clock: Clock,
        networks: Networks,
        completion: Completion,
        settler: Settler,
        statuses: Statuses,
        giving_up: GivingUp,
        *,
        backlog: Backlog,
        group: str,
        route_of: RouteOf,
    ) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._networks = networks
        self._backlog = backlog
        self._group = group
        self._route_of = route_of
        self._completion = completion
        self._settler = settler
        self._statuses = statuses
        self._giving_up = giving_up
        self._all_ended_before: dict[NetworkKey, datetime] = {}
        self._seen_off: dict[NetworkKey, set[str]] = {}  # completed requests that have left nothing behind

    async def run_once(self) -> None:
        """Afterwards every step that was quiet is settled, published again, or given up; finished requests are completed."""
        for network in self._networks:
            now = self._clock.now()
            unread = await self.oldest_unread(network.key)
            await self._recover(network.key, now, min(now, unread or now) - QUIET)

    async def take_up(
        self, request: Request, steps: Mapping[RunRef, Attempt], quiet_before: datetime, *, dry_run: bool = False
    ) -> dict[RunRef, TakenUp]:
        """Afterwards the steps that the request waits for and nobody works on are published again, or given up. Which.

        Steps that are begun, or have a live lease, after `quiet_before` are left alone. A dry run only tells.
        """
        found = await self._found(request)
        done: dict[RunRef, TakenUp] = {}
        for ref, attempt in steps.items():
            if not request.cancelled and found.waits_for(ref):
                left_alone = attempt.at >= quiet_before
                done[ref] = (
                    TakenUp.AT_WORK
                    if left_alone
                    else await self._take_up(request, ref, attempt, quiet_before, dry_run=dry_run)
                )
        if dry_run:
            return done
        for parent in found.unannounced_parents():
            await self._settle(request, RunRef(AccountRef(request.ref.network, parent), Step.CHILDREN))
        if not done:
            await self._completion.conclude(request, open_rows=found.open_rows)
        return done

    async def let_go(self, account: AccountRef, request_id: str, quiet_before: datetime) -> None:
        """Nobody waits: afterwards the account's quiet runs have ended, and its status is what they amount to."""
        for step in Step:
            run = await self._stores.runs.run_of(RunRef(account, step))
            if run and run.state is RunState.OPEN and self.is_quiet(run, quiet_before):
                await self._giving_up.let_go(run)
        await self._statuses.follow(account, request_id)

    async def oldest_unread(self, network: NetworkKey) -> datetime | None:
        """When the oldest step of the network was published that may still be in the queue."""
        # In API mode nobody may read the other queue: what lies there from before would keep all from recovering.
        groups = (self._group, INGEST_BIGQUERY) if self._route_of(network) is Route.BIGQUERY else (self._group,)
        found = [await self._backlog.oldest_unread(group, network) for group in groups]
        return min((at for at in found if at), default=None)

    def is_quiet(self, run: Run, quiet_before: datetime) -> bool:
        """True when nobody holds the run, nor has since."""
        if is_leased(run, self._clock.now()):
            return False
        return run.lease_until is None or run.lease_until < quiet_before

    async def _recover(self, network: NetworkKey, now: datetime, quiet_before: datetime) -> None:
        since = await self._since(network, now)
        ended_before = quiet_before
        seen_off, self._seen_off[network] = self._seen_off.get(network, set()), set()
        attempts = await self._stores.attempts.begun_between(network, since, now + QUIET)
        for request_id, begun in by_request(attempts).items():
            request = await self._stores.requests.request(RequestRef(network, request_id))
            if request is None:
                continue
            if request.completed:
                ended = begun.last < quiet_before and (
                    request_id in seen_off or await self._see_off(request, begun, quiet_before)
                )
                self._seen_off[network].update({request_id} if ended else ())
            else:
                ended = False
                if begun.first < quiet_before:
                    await self.take_up(request, begun.steps, quiet_before)
            if not ended:
                ended_before = min(ended_before, begun.first)
        self._all_ended_before[network] = ended_before

    async def _since(self, network: NetworkKey, now: datetime) -> datetime:
        """From where on something may be left: where the last look ended, at first a day back.

        But not after the oldest open request: whoever asked may have stood still between taking the time and writing.
        """
        oldest = await self._stores.requests.open_requests(network, oldest_first=True, limit=1)
        known = self._all_ended_before.get(network, now - LOOKED_BACK)
        return min((known, *(request.created_at for request in oldest)))

    async def _see_off(self, request: Request, begun: Begun, quiet_before: datetime) -> bool:
        """Afterwards a completed request has left nothing behind. False: a run is still open that it once waited for."""
        left_open = False
        for ref in begun.steps:
            await self._stores.runs.forget(ref, request.ref.request_id)
            run = await self._stores.runs.run_of(ref)
            if run and run.state is RunState.OPEN:
                left_open = True
                if self.is_quiet(run, quiet_before):
                    await self._giving_up.let_go(run)
        await self._statuses.follow(request.asked, request.ref.request_id)
        return not left_open

    async def _found(self, request: Request) -> _Open:
        rows = {row.account: row for row in await self._stores.requests.rows(request.ref)}
        return _Open(request, rows, await self._completion.walk(request))

    async def _take_up(
        self,
        request: Request,
        ref: RunRef,
        attempt: Attempt,
        quiet_before: datetime,
        *,
        dry_run: bool,
    ) -> TakenUp:
        run = await self._stores.runs.run_of(ref)
        if run and not self.is_quiet(run, quiet_before):
            return TakenUp.AT_WORK
        if run and run.state is not RunState.OPEN:
            if not dry_run:
                await self._settle(request, ref)
            if is_served(run, request):
                return TakenUp.SETTLED
        given_up = attempt.recoveries >= MOST_RECOVERIES
        if dry_run:
            return TakenUp.GIVEN_UP if given_up else TakenUp.REQUEUED
        if given_up:
            letter = DeadLetter(reason=GIVEN_UP, attempts=attempt.recoveries)
            await self._giving_up.give_up(ref, request, letter, holder="", mine=lambda _: False)
            return TakenUp.GIVEN_UP
        again = replace(attempt, at=self._clock.now(), recoveries=attempt.recoveries + 1)
        await self._stores.attempts.note([again])
        failpoint("after_recovery_noted")
        pages_to = pages_wanted(request, ref.account.address)
        await self._publisher.publish(step_recovered(request, ref, run, recoveries=again.recoveries, pages_to=pages_to))
        return TakenUp.REQUEUED

    async def _settle(self, request: Request, ref: RunRef) -> None:
        run = await self._stores.runs.run_of(ref)
        if run:
            await self._statuses.follow(ref.account, request.ref.request_id)
            await self._settler.settle(run, request.ref.request_id)


def by_request(attempts: Iterable[Attempt]) -> dict[str, Begun]:
    """What was begun for each request."""
    found: dict[str, Begun] = {}
    for attempt in attempts:
        found.setdefault(attempt.request_id, Begun(attempt.at, attempt.at)).add(attempt)
    return found
