"""Rings say of every child when and with how much it was created, in its order; each dot can be asked who it is."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.toid import provisional_toid
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.ring_store import RingStore
from stellarmap_common.ports.run_store import RunState
from stellarmap_gateway.answers import PACKED_BYTES
from stellarmap_gateway.problems import ApiProblem
from stellarmap_gateway.ring_reads import BOUNDS, bytes_of, ring_reads
from stellarmap_gateway.shared_reads import KEPT_S
from tests.support.bus import until
from tests.support.gateway import NOW, Site, address, creation
from tests.support.rings import SeenRings, seen_rings, true_dots

FEW_BYTES = 1.3  # of a child, packed


async def rings(site: Site, account: AccountRef) -> SeenRings:
    return seen_rings((await fetched(site, account)).content)


async def fetched(site: Site, account: AccountRef, **headers: str) -> httpx.Response:
    answer = await site.api.get(site.path(account, "/rings"), headers=headers)
    assert answer.status_code in {httpx.codes.OK, httpx.codes.NOT_MODIFIED}, answer.text
    return answer


async def at(site: Site, account: AccountRef, index: int) -> Any:
    return await site.get(site.path(account, "/children/at"), i=index)


async def test_every_child_is_a_dot_in_its_order(site: Site) -> None:
    (hub,) = await site.chain("hub")
    amounts = [None, 0, 1, 19_999_999, 20_000_000, 10**8, 10**9, 10**11 - 1, 10**11, 2**63 - 1]
    made = [
        creation(site.ref(f"child {number}"), hub.address, ledger=5_000 + number**4, starting_balance_stroops=amount)
        for number, amount in enumerate(amounts)
    ]
    made.append(creation(site.ref("no time"), hub.address, ledger=20_000, created_at=None))
    heard = provisional_toid(30_000)
    made.append(creation(site.ref("heard of"), hub.address, ledger=30_000, created_op=heard, source="expert"))
    made.sort(key=lambda child: child.created_op)
    await site.record(*made)
    found = await rings(site, hub)
    assert found.dots == true_dots(made)
    assert {told for _, told in found.dots} == set(range(7))
    assert (found.version, found.as_of_ms) == (1, int(NOW.timestamp() * 1_000))


async def test_rings_say_whether_all_children_are_known(site: Site) -> None:
    one, other = await site.chain("one", "other")
    await site.children(one, 3)
    await site.record(creation(site.ref("child"), other.address, ledger=9_000))
    await site.finish(other, Step.CHILDREN, RunState.OPEN, complete=False, total=1, pages=1)
    assert [(await rings(site, each)).complete for each in (one, other)] == [True, False]
    cached = [(await fetched(site, each)).headers["cache-control"] for each in (one, other)]
    assert cached == ["max-age=15", "no-cache"]


async def test_an_account_that_created_nobody_has_no_dots(site: Site) -> None:
    (leaf,) = await site.chain("leaf")
    assert (await rings(site, leaf)).dots == []


async def test_a_hub_is_packed_to_about_a_byte_a_child(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, PACKED_BYTES // 2, every=37)
    answer = await fetched(site, hub)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < FEW_BYTES * len(made)
    assert seen_rings(answer.content).dots == true_dots(made)
    plain = await fetched(site, hub, **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


async def test_rings_that_did_not_change_are_not_sent_again(site: Site) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 5)
    first = await fetched(site, hub)
    site.clock.pass_time(3_600)
    again = await fetched(site, hub, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await site.record(creation(site.ref("late"), hub.address, ledger=9_000_000))
    site.clock.pass_time(KEPT_S)
    grown = await fetched(site, hub, **{"if-none-match": first.headers["etag"]})
    assert grown.status_code == 200
    assert len(seen_rings(grown.content).dots) == 6


@pytest.mark.parametrize("rest", ["/rings", "/children/at?i=0"])
async def test_an_account_that_is_not_here_has_no_rings(site: Site, rest: str) -> None:
    missing = site.ref("missing")
    await site.map(missing, AccountStatus.NOT_FOUND)
    for account, type_ in ((address("nobody"), "not-mapped"), (missing, "not-found")):
        answer = await site.api.get(site.path(account, rest))
        assert (answer.status_code, answer.json()["type"]) == (404, type_)


async def test_each_dot_is_the_child_of_that_place_in_the_list(site: Site) -> None:
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 20)
    twins = [creation(site.ref(f"twin {number}"), hub.address, ledger=1_000_055) for number in range(5)]
    await site.record(*twins)
    listed = (await site.get(site.path(hub, "/children"), limit=500))["children"]
    dots = (await rings(site, hub)).dots
    assert len(listed) == len(dots) == len(made) + len(twins)
    for index, (child, dot) in enumerate(zip(listed, dots, strict=True)):
        found = await at(site, hub, index)
        assert found["child"] == child
        assert (found["minute"], found["balance_class"]) == dot
        assert (found["i"], found["count"], found["address"]) == (index, len(dots), hub.address)


@pytest.mark.parametrize("index", [3, 2**31 - 1])
async def test_a_dot_that_is_not_there_is_nobody(site: Site, index: int) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 3)
    answer = await site.api.get(site.path(hub, f"/children/at?i={index}"))
    assert (answer.status_code, answer.json()["type"]) == (404, "no-such-child")
    assert "3 are known" in answer.json()["detail"]


async def test_who_holds_older_rings_sees_that_a_dot_moved(site: Site) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 10, every=1_000)
    before = (await rings(site, hub)).dots
    await site.record(creation(site.ref("found later"), hub.address, ledger=1_004_500))
    site.clock.pass_time(KEPT_S)
    moved = [await at(site, hub, index) for index in range(10)]
    same = [(found["minute"], found["balance_class"]) == dot for found, dot in zip(moved, before, strict=True)]
    assert same == [True] * 5 + [False] * 5
    assert {found["count"] for found in moved} == {11}


class SlowRings:
    """The rings of a store, counted, and held up until they may go on."""

    def __init__(self, store: RingStore) -> None:
        self._store = store
        self.free = asyncio.Event()
        self.error: Exception | None = None
        self.reads = 0

    async def rings_of(self, creator: AccountRef) -> Rings:
        self.reads += 1
        await self.free.wait()
        if self.error:
            raise self.error
        return await self._store.rings_of(creator)


async def test_a_hub_that_many_ask_for_at_once_is_read_once_and_by_whoever_stays(site: Site) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 3)
    store = SlowRings(site.stores.rings)
    reads = ring_reads(store, site.clock)
    asking = [asyncio.create_task(reads.of(hub)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    store.free.set()
    found = await asyncio.gather(*asking[1:])
    assert ({read.value.children for read in found}, store.reads) == ({3}, 1)
    await reads.of(hub)
    assert store.reads == 1
    site.clock.pass_time(KEPT_S)
    await reads.of(hub)
    assert store.reads == 2


async def test_a_read_that_failed_is_told_to_all_who_wait_and_kept_for_nobody(site: Site) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 3)
    store = SlowRings(site.stores.rings)
    reads = ring_reads(store, site.clock)
    store.error = StoreUnavailable("away")
    store.free.set()
    failed = await asyncio.gather(reads.of(hub), reads.of(hub), return_exceptions=True)
    assert [type(each) for each in failed] == [StoreUnavailable] * 2
    store.error = None
    assert (await reads.of(hub)).value.children == 3


async def test_rings_are_kept_by_their_bytes_and_no_longer_than_they_are_fresh(site: Site) -> None:
    hubs = [site.ref(number) for number in range(3)]
    for hub in hubs:
        await site.record(creation(site.ref(f"child of {hub}"), hub.address, ledger=7))
    store = SlowRings(site.stores.rings)
    store.free.set()
    size = bytes_of(await site.stores.rings.rings_of(hubs[0]))
    reads = ring_reads(store, site.clock, replace(BOUNDS, most_kept=2 * size))
    for hub in (*hubs, *hubs[1:]):
        await reads.of(hub)
    assert store.reads == 3
    await reads.of(hubs[0])
    assert store.reads == 4
    too_few = ring_reads(store, site.clock, replace(BOUNDS, most_kept=size - 1))
    assert [(await too_few.of(hubs[0])).value.children for _ in range(2)] == [1, 1]
    assert store.reads == 6


async def test_two_hubs_are_read_at_once_and_whoever_asks_for_a_third_is_told_to_come_again(site: Site) -> None:
    hubs = [(await site.chain(name))[0] for name in ("one", "two", "three")]
    store = SlowRings(site.stores.rings)
    reads = ring_reads(store, site.clock, replace(BOUNDS, patience_s=0.0))
    first = [asyncio.create_task(reads.of(hub)) for hub in hubs[:2]]
    await until(lambda: store.reads == len(first), "two hubs are being read")
    with pytest.raises(ApiProblem) as refused:
        await asyncio.wait_for(reads.of(hubs[2]), 10)
    assert (refused.value.status, refused.value.type_, refused.value.retry_after_s) == (503, "busy", KEPT_S)
    first.append(asyncio.create_task(reads.of(hubs[0])))  # joins the read that is under way
    first[0].cancel()
    store.free.set()
    await asyncio.gather(*first[1:])
    await reads.of(hubs[2])
    assert store.reads == 3
