"""Stuck accounts, as people mean it: nothing has happened to them for long, and nothing will by itself.

What waits in a queue, or for its source, is not stuck: whatever may still be in the queue is younger than the oldest unread
record of its network. What has ended is never touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.lineage.recovery import LOOKED_BACK, QUIET, Recovery, TakenUp, by_request
from stellarmap_common.lineage.run_rules import is_leased
from stellarmap_common.ports.account_store import UNFINISHED, AccountState
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.request_store import Attempt, Request, RequestRef
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores

MOST_LOOKED_AT = 50_000


class Done(StrEnum):
    """What was done about a stuck account."""

    RESET = "reset"
    REQUEUED = "requeued"
    GIVEN_UP = "given up"  # taken up again too often: failed
    SETTLED = "settled"  # nobody waits for it any more, or its steps had ended: its status says so now


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One stuck account."""

    account: AccountRef
    status: AccountStatus  # as it was found
    since: datetime | None  # when something last happened to it
    done: Done
    request_ids: tuple[str, ...] = ()  # those that wait for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was found, and done; of a dry run: what would have been done."""

    dry_run: bool
    unfinished: int  # accounts looked at
    outcomes: tuple[Outcome, ...]
    complete: bool  # False: there are more accounts than are looked at together; do it again


def happened_last(state: AccountState, runs: Sequence[Run]) -> datetime | None:
    """When something last happened to the account: it was asked for, begun, or a page of it was read.

    Of one that has begun, being asked for again is no progress.
    """
    moments = [state.processing_started_at, state.last_pipeline_attempt]
    moments += [state.requested_at] if state.status is not AccountStatus.PROCESSING else []
    moments += [run.lease_until for run in runs if run.state is RunState.OPEN]  # of a live one it lies ahead
    return max((moment for moment in moments if moment is not None), default=None)


def is_stuck(  # noqa: PLR0913 - what the rule is about
    state: AccountState,
    since: datetime | None,
    now: datetime,
    unread: datetime | None,
    *,
    pending: timedelta,
    processing: timedelta,
) -> bool:
    """True when nothing has happened for so long, and what would go on with it is no longer in the queue."""
    if since is None or (unread is not None and since >= unread - QUIET):
        return False
    if state.status is AccountStatus.PROCESSING:
        return now - since > processing
    return state.status in UNFINISHED and now - since > pending


class Stuck:
    """Finds stuck accounts, and mends them at an operator's word."""

    def __init__(self, stores: Stores, clock: Clock, recovery: Recovery, config: Configured) -> None:
        self._stores = stores
        self._clock = clock
        self._recovery = recovery
        self._config = config

    @property
    def soonest(self) -> timedelta:
        """No account is stuck for which something happened so lately, whatever its status."""
        return min(self._pending, self._processing)

    def is_stuck(self, state: AccountState, since: datetime | None, now: datetime, unread: datetime | None) -> bool:
        """`is_stuck`, with the times of the configuration."""
        return is_stuck(state, since, now, unread, pending=self._pending, processing=self._processing)

    async def oldest_unread(self, network: NetworkKey) -> datetime | None:
        """When the oldest step of the network was published that may still be in a queue, of whichever route."""
        return await self._recovery.oldest_unread(network)

    async def since(self, state: AccountState) -> datetime | None:
        """When something last happened to the account."""
        return happened_last(state, await self._runs(state.ref))

    async def reset_stale(
        self, network: NetworkKey, *, older_than: timedelta | None = None, dry_run: bool = False
    ) -> Summary:
        """Afterwards accounts that have been PROCESSING for so long without progress are ERROR, and nobody holds their runs.

        None: as long as the configuration says.
        Recovery takes them up again while somebody waits for them.
        """
        now, unread = self._clock.now(), await self._recovery.oldest_unread(network)
        states = await self._states(network, (AccountStatus.PROCESSING,))
        outcomes = []
        for state in states[:MOST_LOOKED_AT]:
            runs = await self._runs(state.ref)
            since = happened_last(state, runs)
            if not is_stuck(
                state, since, now, unread, pending=self._pending, processing=older_than or self._processing
            ):
                continue
            if dry_run or await self._reset(state, runs, since, now):
                outcomes.append(Outcome(account=state.ref, status=state.status, since=since, done=Done.RESET))
        return _summary(states, outcomes, dry_run=dry_run)

    async def recover(self, network: NetworkKey, *, dry_run: bool = False) -> Summary:
        """Afterwards the steps of stuck accounts are published again, or given up after three times; ERROR counts as stuck."""
        now, unread = self._clock.now(), await self._recovery.oldest_unread(network)
        states = await self._states(network, (*UNFINISHED, AccountStatus.ERROR))
        attempts = await self._stores.attempts.begun_between(network, now - LOOKED_BACK, now + QUIET)
        begun = {request_id: each.steps for request_id, each in by_request(attempts).items()}
        quiet_before = min(now, unread or now) - QUIET
        outcomes = []
        for state in states[:MOST_LOOKED_AT]:
            since = await self.since(state)
            if state.status is not AccountStatus.ERROR and not self.is_stuck(state, since, now, unread):
                continue
            found = await self._mend(state, since, begun, quiet_before, dry_run=dry_run)
            if found:
                outcomes.append(found)
        return _summary(states, outcomes, dry_run=dry_run)

    @property
    def _pending(self) -> timedelta:
        return timedelta(minutes=self._config().stuck_pending_minutes)

    @property
    def _processing(self) -> timedelta:
        return timedelta(minutes=self._config().stuck_processing_minutes)

    async def _states(self, network: NetworkKey, statuses: Sequence[AccountStatus]) -> tuple[AccountState, ...]:
        return await self._stores.accounts.states(network, statuses, limit=MOST_LOOKED_AT + 1)

    async def _runs(self, account: AccountRef) -> list[Run]:
        runs = [await self._stores.runs.run_of(RunRef(account, step)) for step in Step]
        return [run for run in runs if run]

    async def _reset(self, state: AccountState, runs: Sequence[Run], since: datetime | None, now: datetime) -> bool:
        """False: somebody has gone on with it meanwhile."""
        for run in runs:
            if run.state is RunState.OPEN:
                if is_leased(run, now):
                    return False
                freed = replace(run, revision=run.revision + 1, holder="", lease_until=None)
                if not await self._stores.runs.swap(freed, run.revision):
                    return False
        told = f"no progress since {since:%Y-%m-%d %H:%M:%S} UTC; reset by an operator"
        error = replace(state, version=state.version + 1, status=AccountStatus.ERROR, last_error=told)
        return await self._stores.accounts.put_state(error)

    async def _mend(
        self,
        state: AccountState,
        since: datetime | None,
        begun: dict[str, dict[RunRef, Attempt]],
        quiet_before: datetime,
        *,
        dry_run: bool,
    ) -> Outcome | None:
        requests = await self._waiting_for(state)
        done: set[TakenUp] = set()
        for request in requests:
            steps = _steps_of(state.ref, request, begun.get(request.ref.request_id, {}), since)
            done |= set((await self._recovery.take_up(request, steps, quiet_before, dry_run=dry_run)).values())
        if TakenUp.AT_WORK in done:
            return None
        if not done - {TakenUp.SETTLED} and not dry_run:
            await self._recovery.let_go(state.ref, state.request_id, quiet_before)
        told = (
            Done.REQUEUED if TakenUp.REQUEUED in done else Done.GIVEN_UP if TakenUp.GIVEN_UP in done else Done.SETTLED
        )
        return Outcome(
            account=state.ref,
            status=state.status,
            since=since,
            done=told,
            request_ids=tuple(request.ref.request_id for request in requests),
        )

    async def _waiting_for(self, state: AccountState) -> list[Request]:
        """The open requests about the account, and the one that granted it, or came to it on its way."""
        network = state.ref.network
        found = list(await self._stores.requests.open_requests(network, account=state.ref.address))
        if state.request_id and all(request.ref.request_id != state.request_id for request in found):
            other = await self._stores.requests.request(RequestRef(network, state.request_id))
            found += [other] if other and not other.completed else []
        return [request for request in found if not request.cancelled]


def _steps_of(
    account: AccountRef, request: Request, begun: dict[RunRef, Attempt], since: datetime | None
) -> dict[RunRef, Attempt]:
    """The account's steps as the request began them; attempts lapse after a day, the request may be older."""
    return {
        ref: begun.get(ref)
        or Attempt(
            network=account.network,
            account=account.address,
            step=ref.step,
            request_id=request.ref.request_id,
            at=since or request.created_at,
        )
        for ref in (RunRef(account, step) for step in Step)
    }


def _summary(states: Sequence[AccountState], outcomes: Sequence[Outcome], *, dry_run: bool) -> Summary:
    return Summary(
        dry_run=dry_run,
        unfinished=min(len(states), MOST_LOOKED_AT),
        outcomes=tuple(outcomes),
        complete=len(states) <= MOST_LOOKED_AT,
    )
