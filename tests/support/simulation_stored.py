"""What a simulation has stored, read at once and past every point: for checks."""

from collections.abc import Iterator
from contextlib import contextmanager

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import Step
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores
from tests.support.simulation_points import at_once
from tests.support.simulation_world import NETWORK, NETWORKS


@contextmanager
def opened_stores() -> Iterator[Stores]:
    """SQLite in memory, on this thread."""
    opening = open_database(":memory:", inline=True)
    database = at_once(opening.__aenter__())
    try:
        yield open_stores(database)
    finally:
        at_once(opening.__aexit__(None, None, None))


def run_of(stores: Stores, account: Address, step: Step) -> Run | None:
    return at_once(stores.runs.run_of(RunRef(AccountRef(NETWORK, account), step)))


def request_of(stores: Stores, request_id: str) -> Request | None:
    return at_once(stores.requests.request(RequestRef(NETWORK, request_id)))


def rows_of(stores: Stores, request_id: str) -> dict[Address, RequestRow]:
    return {row.account: row for row in at_once(stores.requests.rows(RequestRef(NETWORK, request_id)))}


def state_of(stores: Stores, account: Address) -> AccountState | None:
    return at_once(stores.accounts.state_of(AccountRef(NETWORK, account)))


def waiting_for(stores: Stores, ref: RunRef) -> tuple[str, ...]:
    return tuple(interest.request_id for interest in at_once(stores.runs.waiting_for(ref)))


def walk_of(stores: Stores, request: Request, *, retrying: bool = True) -> Walk:
    """The walk as the request sees it."""
    own = request.ref.request_id if request.retry and retrying else None
    return at_once(Walker(stores, NETWORKS).walk(request.asked, own))


def wanted_pages(request: Request, account: Address) -> int:
    """Up to which page the request wants the account read: a granted child's first."""
    return max(request.pages, 1) if account == request.account else 1


def is_fruitless(run: Run) -> bool:
    """True when a retry may try it once more."""
    if run.state is not RunState.FINISHED:
        return run.state is RunState.FAILED
    if run.ref.step is Step.CREATOR:
        return run.progress.not_found or run.progress.reason is not None
    return run.progress.complete and not run.progress.cursor
