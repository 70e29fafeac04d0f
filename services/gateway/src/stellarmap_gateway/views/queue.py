"""Where a request stands: its next step, what goes before it, and when it may begin. Nothing is guessed: unknown is null."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.events.topics import ACCOUNT_QUEUED, ACCOUNT_REQUESTED, CHILD_DISCOVERED, INGEST_HORIZON
from stellarmap_common.lineage.run_rules import is_leased
from stellarmap_common.lineage.walk import Walk
from stellarmap_common.ports.limits import Pace
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.request_store import Request, RequestRow, RowState
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.requests import QueuePlace, WaitsFor
from stellarmap_gateway.views.counts import Counted

USUAL_CALLS = {Step.CREATOR: 2, Step.CHILDREN: 1}
CALLS_OF_ANY = 1.5  # of a step that goes before: a request begins with one of each kind
TOPICS = {Lane.USER: ACCOUNT_REQUESTED, Lane.QUEUED: ACCOUNT_QUEUED, Lane.GROWTH: CHILD_DISCOVERED}
_LANES = tuple(Lane)
_NO_LIMIT = "This source has no limit to wait for: steps go as fast as it answers."
_ESTIMATED = "Estimated from the calls known to be left; each creator found on the way may add two."


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of a request's work."""

    request: Request
    rows: Sequence[RequestRow]
    walk: Walk
    known: Counted

    @property
    def asked_is_open(self) -> bool:
        """True while children of the asked account itself are to be read."""
        return any(row.parent is None and row.state is RowState.OPEN for row in self.rows)

    @property
    def granted_open(self) -> int:
        """Granted accounts that are to be read."""
        return sum(row.parent is not None and row.state is RowState.OPEN for row in self.rows)

    @property
    def calls_left(self) -> int:
        """Calls known to be left: one a page, two for a creator."""
        progress = self.known.progress
        pages = max(self.request.pages - progress.pages, 1) if self.asked_is_open and not progress.complete else 0
        return pages + self.granted_open + (USUAL_CALLS[Step.CREATOR] if self.walk.pending else 0)


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that is to come, or is being read."""

    step: Step
    lane: Lane
    since: datetime  # its event was not published before
    reading: bool = False


async def place_of(gateway: Gateway, network: Network, work: Work) -> QueuePlace:
    """The place; nothing to say of a request that has ended."""
    request = work.request
    if not network.current:
        return _place(reason=f"{network.over}.")
    if request.completed or request.cancelled:
        return _place(reason="cancelled" if request.cancelled else "completed")
    steps = await _steps(gateway, work)
    if not steps:
        return _place(reason="Everything is read; it is being completed.")
    nearest = min(steps, key=lambda each: (not each.reading, _LANES.index(each.lane)))
    ahead = 0 if nearest.reading else await _ahead(gateway, nearest)
    hindrance = gateway.reachability.hindrance(network)
    if hindrance:
        return _place(
            lane=nearest.lane,
            ahead=ahead,
            waits_for=WaitsFor.SOURCE,
            source_away_since=gateway.reachability.away_since(network),
            reason=hindrance,
        )
    return _timed(gateway, network, nearest, ahead, work.calls_left)


async def _steps(gateway: Gateway, work: Work) -> list[NextStep]:
    """The first step of each kind that the request waits for."""
    request, runs, now = work.request, gateway.stores.runs, gateway.resources.clock.now()
    steps: list[NextStep] = []
    if work.walk.pending:
        run = await runs.run_of(RunRef(work.walk.pending, Step.CREATOR))
        steps.append(_as_step(Step.CREATOR, run, request, await _hop_asked_at(gateway, work), now))
    if work.asked_is_open:
        steps.append(_as_step(Step.CHILDREN, work.known.run, request, request.created_at, now))
    if work.granted_open:
        read_at = work.known.run.lease_until if work.known.run else None
        steps.append(NextStep(Step.CHILDREN, Lane.GROWTH, max(request.created_at, read_at or request.created_at)))
    return steps


def _as_step(step: Step, run: Run | None, request: Request, asked_at: datetime, now: datetime) -> NextStep:
    """The first page of a step is in the lane of its request, every later one in the second."""
    if run is None or run.state is not RunState.OPEN or not (is_leased(run, now) or run.progress.pages):
        return NextStep(step, request.lane, asked_at)
    if is_leased(run, now):
        return NextStep(step, run.lane, asked_at, reading=True)
    return NextStep(step, Lane.QUEUED, max(asked_at, run.lease_until or asked_at))  # handed over at that moment


async def _hop_asked_at(gateway: Gateway, work: Work) -> datetime:
    """When the creator step that the walk waits for was asked for, at the earliest: as the one before it ended."""
    request = work.request
    if not work.walk.hops:
        return request.created_at
    before = AccountRef(request.ref.network, work.walk.hops[-1].creation.account)
    run = await gateway.stores.runs.run_of(RunRef(before, Step.CREATOR))
    return max(request.created_at, run.lease_until) if run and run.lease_until else request.created_at


async def _ahead(gateway: Gateway, nearest: NextStep) -> int:
    backlog = gateway.resources.backlog
    before = [TOPICS[lane].name for lane in _LANES[: _LANES.index(nearest.lane)]]
    higher = sum([await backlog.unread(INGEST_HORIZON, topic) for topic in before])
    return higher + await backlog.unread(INGEST_HORIZON, TOPICS[nearest.lane].name, nearest.since)


def _timed(gateway: Gateway, network: Network, nearest: NextStep, ahead: int, calls_left: int) -> QueuePlace:
    """The place with its moments, as the limiter stands."""
    limiter, source, now = gateway.resources.limiter, f"horizon:{network.horizon_url}", gateway.resources.clock.now()
    pace, before = limiter.pace(source), math.ceil(ahead * CALLS_OF_ANY)
    if pace.per_s is None and pace.held_until is None:
        waits_for = WaitsFor.TURN if ahead else None
        return _place(lane=nearest.lane, reading=nearest.reading, ahead=ahead, waits_for=waits_for, reason=_NO_LIMIT)
    usual = USUAL_CALLS[nearest.step]
    limited = not nearest.reading and limiter.expected_wait_s(source, nearest.lane, usual) > 0
    begins_s = limiter.expected_wait_s(source, nearest.lane, before + usual)
    expected_s = limiter.expected_wait_s(source, nearest.lane, before + max(calls_left, 1))
    return _place(
        lane=nearest.lane,
        reading=nearest.reading,
        ahead=ahead,
        waits_for=WaitsFor.RATE_LIMIT if limited else WaitsFor.TURN if ahead else None,
        begins_s=None if nearest.reading else begins_s,
        expected_s=expected_s,
        now=now,
        rate_per_s=pace.per_s,
        reason=_limit_told(network, pace) if limited else _ESTIMATED,
    )


def _limit_told(network: Network, pace: Pace) -> str:
    if pace.held_until:
        return f"{network.horizon_url} asked us to wait: nothing goes out before {pace.held_until:%H:%M:%S} UTC."
    return f"It waits for a rate limit: {pace.per_s:.2f} calls a second go out to {network.horizon_url} now."


def _place(  # noqa: PLR0913 - what there is to tell
    *,
    lane: Lane | None = None,
    reading: bool = False,
    waits_for: WaitsFor | None = None,
    ahead: int | None = None,
    begins_s: float | None = None,
    expected_s: float | None = None,
    now: datetime | None = None,
    rate_per_s: float | None = None,
    source_away_since: datetime | None = None,
    reason: str | None = None,
) -> QueuePlace:
    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None or now is None else now + timedelta(seconds=seconds)

    return QueuePlace(
        lane=lane,
        reading=reading,
        waits_for=waits_for,
        ahead=ahead,
        begins_s=None if begins_s is None else round(begins_s, 1),
        begins_at=at(begins_s),
        expected_s=None if expected_s is None else round(expected_s, 1),
        expected_at=at(expected_s),
        rate_per_s=rate_per_s,
        source_away_since=source_away_since,
        reason=reason,
    )
