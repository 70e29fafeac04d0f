"""Requests: rows and budget change together, marks stay, closed rows stay closed."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.domain.status import Lane, Route
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RequestStore, RowState, Standing
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, SANDBOX, StoreBackend, address

REF = RequestRef(SANDBOX, "request")
ASKED = address("asked")
REQUEST = Request(ref=REF, account=ASKED, budget=5, depth=3, pages=50, created_at=NOON)
FIRST_ROW = RequestRow(account=ASKED, parent=None, depth_left=3, announced=True)


@pytest.fixture
def store(stores: Stores) -> RequestStore:
    return stores.requests


def granted(names: Iterable[object], parent: str = "asked") -> list[RequestRow]:
    """Rows of children, in the order of their names."""
    return [
        RequestRow(account=address(name), parent=address(parent), depth_left=2, operation_id=place + 1)
        for place, name in enumerate(names)
    ]


async def used(store: RequestStore) -> int:
    request = await store.request(REF)
    assert request is not None
    return request.used


async def test_every_value_of_a_request_is_kept(store: RequestStore) -> None:
    request = replace(REQUEST, lane=Lane.GROWTH, route=Route.BIGQUERY, retry=True, client="10.0.0.1")
    assert await store.request(REF) is None
    assert await store.open(request)
    assert await store.request(REF) == request
    assert await store.rows(REF) == (FIRST_ROW,)


async def test_a_request_is_opened_once(store: RequestStore) -> None:
    assert await store.open(REQUEST)
    assert not await store.open(replace(REQUEST, account=address("other"), budget=9))
    assert await store.request(REF) == REQUEST
    assert await store.rows(REF) == (FIRST_ROW,)
    elsewhere = replace(REQUEST, ref=RequestRef(PUBLIC, "request"))
    assert await store.open(elsewhere)
    assert await store.request(elsewhere.ref) == elsewhere


async def test_children_are_granted_in_order_while_the_budget_lasts(store: RequestStore) -> None:
    await store.open(REQUEST)
    children = granted(range(8))
    assert await store.grant(REF, ASKED, children[:3]) == 3
    assert await store.grant(REF, ASKED, children) == 2
    assert await store.grant(REF, ASKED, children) == 0
    assert await store.rows(REF) == (FIRST_ROW, *children[:5])
    assert await used(store) == 5


async def test_who_has_a_row_is_passed_over_and_costs_nothing(store: RequestStore) -> None:
    await store.open(REQUEST)
    again = RequestRow(account=ASKED, parent=ASKED, depth_left=2, operation_id=1)
    twice = replace(granted("ab")[1], account=address("a"))
    assert await store.grant(REF, ASKED, [again, granted("a")[0], twice, *granted("xyc")[2:]]) == 2
    assert await store.rows(REF) == (FIRST_ROW, granted("a")[0], *granted("xyc")[2:])
    assert await used(store) == 2


async def test_a_granted_child_may_be_granted_children_of_its_own(store: RequestStore) -> None:
    await store.open(REQUEST)
    await store.grant(REF, ASKED, granted("a"))
    assert await store.grant(REF, address("a"), granted("bc", "a")) == 2
    assert [row.parent for row in await store.rows(REF)].count(address("a")) == 2


@pytest.mark.parametrize("hindrance", ["closed", "cancelled", "completed", "no such parent", "no such request"])
async def test_nothing_is_granted_when_it_must_not_be(store: RequestStore, hindrance: str) -> None:
    if hindrance != "no such request":
        await store.open(REQUEST)
    if hindrance == "closed":
        await store.close_row(REF, ASKED, RowState.DONE)
    if hindrance in {"cancelled", "completed"}:
        await store.finish(
            REF, cancelled=hindrance == "cancelled", completed_at=NOON if hindrance == "completed" else None
        )
    parent = address("nobody") if hindrance == "no such parent" else ASKED
    before = await store.rows(REF)
    assert await store.grant(REF, parent, granted("ab")) == 0
    assert await store.rows(REF) == before
    request = await store.request(REF)
    assert request is None or request.used == 0


async def test_more_than_a_hundred_children_at_a_time_are_refused(store: RequestStore) -> None:
    await store.open(replace(REQUEST, budget=1_000))
    assert await store.grant(REF, ASKED, granted(range(100))) == 100
    with pytest.raises(ValueError, match="101 children"):
        await store.grant(REF, ASKED, granted(range(100, 201)))


async def test_callers_at_once_never_grant_over_the_budget(store: RequestStore) -> None:
    await store.open(replace(REQUEST, budget=30))
    names = [[f"{caller}-{n % 9}" if n % 2 else f"shared {n}" for n in range(12)] for caller in range(20)]
    counts = await asyncio.gather(*(store.grant(REF, ASKED, granted(some)) for some in names))
    rows = await store.rows(REF)
    assert sum(counts) == 30 == len(rows) - 1 == await used(store)
    assert len({row.account for row in rows}) == 31


async def test_who_grants_announces_and_closes_at_once_leaves_nothing_open_or_untold(store: RequestStore) -> None:
    await store.open(replace(REQUEST, budget=40))

    async def take(name: int) -> None:
        child = RequestRow(account=address(name), parent=ASKED, depth_left=0, operation_id=name % 7)
        assert await store.grant(REF, ASKED, [child]) == 1
        await store.mark_announced(REF, [child.account])
        await store.close_row(REF, child.account, RowState.DONE)

    await asyncio.gather(*(take(name) for name in range(20)))
    standing = await store.standing(REF, ASKED)
    assert standing is not None
    assert (standing.request.used, standing.granted_to, standing.unannounced, standing.open_rows) == (20, 6, (), True)
    await store.close_row(REF, ASKED, RowState.DONE)
    standing = await store.standing(REF, ASKED)
    assert standing is not None
    assert not standing.open_rows
    assert all(row.announced and row.state is RowState.DONE for row in await store.rows(REF))


@settings(max_examples=15)
@given(st.data())
async def test_the_unannounced_are_those_not_announced_yet_in_whatever_order(
    backend: StoreBackend, data: st.DataObject
) -> None:
    async with backend.at(backend.new_place()) as stores:
        store = stores.requests
        await store.open(replace(REQUEST, budget=500))
        known: dict[str, RequestRow] = {}
        for turn in range(data.draw(st.integers(1, 4))):
            names = data.draw(st.lists(st.integers(0, 40), max_size=12, unique=True))
            rows = [
                RequestRow(account=address(name), parent=ASKED, depth_left=1, operation_id=name * 7 % 11 + 1)
                for name in names
            ]
            await store.grant(REF, ASKED, rows)
            known = {**{row.account: row for row in rows}, **known}
            told = data.draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=8)) if known else []
            await store.mark_announced(REF, [known[account].account for account in told])
            known |= {account: replace(known[account], announced=True) for account in told}
            standing = await store.standing(REF, ASKED)
            in_order = sorted(known.values(), key=lambda row: (row.operation_id, row.account))
            assert standing is not None
            assert standing.unannounced == tuple(row for row in in_order if not row.announced), f"in turn {turn}"
            assert standing.granted_to == max((row.operation_id for row in in_order), default=0)


@settings(max_examples=40)
@given(st.integers(0, 12), st.lists(st.lists(st.integers(0, 20), max_size=10), max_size=6))
async def test_used_is_the_number_of_rows_granted_whatever_is_asked(
    backend: StoreBackend, budget: int, asked: list[list[int]]
) -> None:
    async with backend.at(backend.new_place()) as stores:
        store = stores.requests
        await store.open(replace(REQUEST, budget=budget))
        counts = [await store.grant(REF, ASKED, granted(names)) for names in asked]
        rows = await store.rows(REF)
        first_named = dict.fromkeys(name for names in asked for name in dict.fromkeys(names))
        assert await used(store) == sum(counts) == len(rows) - 1 == min(budget, len(first_named))
        assert {row.account for row in rows[1:]} == {address(name) for name in list(first_named)[:budget]}


async def test_rows_stand_in_operation_order_then_by_account(store: RequestStore) -> None:
    await store.open(REQUEST)
    rows = [replace(row, operation_id=place // 2 + 1) for place, row in enumerate(granted("dbca"))]
    await store.grant(REF, ASKED, rows)
    assert await store.rows(REF) == (FIRST_ROW, *sorted(rows, key=lambda row: (row.operation_id, row.account)))


async def test_announcing_and_closing_mark_the_rows_that_are_named(store: RequestStore) -> None:
    await store.open(REQUEST)
    a, b = granted("ab")
    await store.grant(REF, ASKED, [a, b])
    await store.mark_announced(REF, [a.account, address("nobody")])
    await store.mark_announced(REF, [])
    await store.close_row(REF, b.account, RowState.FAILED)
    await store.close_row(REF, b.account, RowState.DONE)
    await store.close_row(REF, address("nobody"), RowState.DONE)
    assert await store.rows(REF) == (FIRST_ROW, replace(a, announced=True), replace(b, state=RowState.FAILED))


async def test_marks_are_never_taken_back(store: RequestStore) -> None:
    await store.open(REQUEST)
    await store.finish(REF)
    assert await store.request(REF) == REQUEST
    await store.finish(REF, cancelled=True)
    await store.finish(REF, completed_at=NOON)
    await store.finish(REF, completed_at=NOON + timedelta(hours=1))
    assert await store.request(REF) == replace(REQUEST, cancelled=True, completed=True, completed_at=NOON)


async def test_open_requests_are_listed_newest_first(store: RequestStore) -> None:
    requests = [
        replace(
            REQUEST,
            ref=RequestRef(network, f"{number}"),
            account=address(number % 3),
            client=f"client {number % 2}",
            lane=tuple(Lane)[number % 3],
            created_at=NOON + timedelta(seconds=number),
        )
        for number in range(9)
        for network in (SANDBOX, PUBLIC)
    ]
    for request in requests:
        await store.open(request)
    await store.finish(requests[-2].ref, completed_at=NOON)
    await store.finish(requests[-4].ref, cancelled=True)
    ours = [await store.request(request.ref) for request in reversed(requests[:-2]) if request.ref.network == SANDBOX]
    assert await store.open_requests(SANDBOX) == tuple(ours)
    assert await store.open_requests(SANDBOX, limit=3) == tuple(ours[:3])
    assert await store.open_requests(SANDBOX, oldest_first=True, limit=1) == (ours[-1],)
    of_client = [one for one in ours if one and one.client == "client 1"]
    about = [one for one in ours if one and one.account == address(1)]
    assert await store.open_requests(SANDBOX, client="client 1") == tuple(of_client)
    assert await store.open_requests(SANDBOX, account=address(1)) == tuple(about)
    for lane in Lane:
        in_lane = [one for one in ours if one and one.lane is lane]
        assert await store.open_requests(SANDBOX, lane=lane) == tuple(in_lane)
    assert await store.open_requests(SANDBOX, client="client 1", account=address(1)) == tuple(
        one for one in of_client if one in about
    )


async def test_open_requests_of_days_and_of_one_moment_are_listed_in_order(store: RequestStore) -> None:
    hours = [0, 0, 0, 1, 26, 26, 50]
    requests = [
        replace(
            REQUEST,
            ref=RequestRef(SANDBOX, f"{number}"),
            client="client",
            lane=tuple(Lane)[number % 2],
            created_at=NOON + timedelta(hours=hour),
        )
        for number, hour in enumerate(hours)
    ]
    for request in reversed(requests):
        await store.open(request)
    oldest_first = tuple(requests)
    newest_first = tuple(sorted(requests, key=lambda one: (-one.created_at.timestamp(), one.ref.request_id)))
    everything = partial(store.open_requests, SANDBOX)
    for listed in (everything, partial(everything, client="client"), partial(everything, account=ASKED)):
        assert await listed() == newest_first
        assert await listed(oldest_first=True) == oldest_first
        assert await listed(limit=4) == newest_first[:4]
    for request in requests[:5]:
        await store.finish(request.ref, completed_at=NOON)
    assert await store.open_requests(SANDBOX, oldest_first=True) == oldest_first[5:]
    assert await store.open_requests(SANDBOX, client="client", lane=Lane.USER) == (requests[6],)
    for request in requests[5:]:
        await store.finish(request.ref, completed_at=NOON)
    assert await store.open_requests(SANDBOX) == ()


async def test_a_request_asked_again_is_listed_once(store: RequestStore) -> None:
    again = replace(REQUEST, created_at=NOON + timedelta(hours=3))
    assert await store.open(REQUEST)
    assert not await store.open(REQUEST)
    assert not await store.open(again)
    assert await store.open_requests(SANDBOX) == (REQUEST,)
    await store.finish(REF, completed_at=NOON)
    assert not await store.open(REQUEST)
    assert await store.open_requests(SANDBOX) == await store.open_requests(SANDBOX, account=ASKED) == ()


async def test_a_standing_says_what_is_left_to_do(store: RequestStore) -> None:
    assert await store.standing(REF, ASKED) is None
    await store.open(replace(REQUEST, budget=500))
    children = granted(range(150))
    for start in (0, 75):
        await store.grant(REF, ASKED, children[start : start + 75])
    await store.grant(REF, address(0), granted(["grandchild"], "0"))
    request = replace(REQUEST, budget=500, used=151)
    standing = Standing(
        request=request, row=FIRST_ROW, granted_to=150, unannounced=tuple(children[:100]), open_rows=True
    )
    assert await store.standing(REF, ASKED) == standing
    await store.mark_announced(REF, [child.account for child in children[:100]])
    assert await store.standing(REF, ASKED) == replace(standing, unannounced=tuple(children[100:]))
    for row in await store.rows(REF):
        await store.close_row(REF, row.account, RowState.DONE)
    for name in ("nobody", "grandchild"):
        stands = await store.standing(REF, address(name))
        assert stands is not None
        assert (stands.row is None, stands.granted_to, stands.unannounced, stands.open_rows) == (
            name == "nobody",
            0,
            (),
            False,
        )
