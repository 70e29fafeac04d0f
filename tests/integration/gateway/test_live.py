"""The live stream gives every change once in order, resumes without a gap, and says so where it cannot."""

import asyncio
from contextlib import AbstractAsyncContextManager

import msgspec
import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.standing import ChangeReason, ChangeType, Standing, StandingStep
from stellarmap_common.domain.status import AccountStatus, StageState
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded, StageExecuted
from stellarmap_common.events.live import LiveChanged
from stellarmap_common.events.requests import RequestCompleted
from stellarmap_common.events.standings import StandingChanged
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.loops import running_loops
from stellarmap_common.runtime.service import Loop
from stellarmap_gateway.live import feed, follower
from tests.support.gateway import NOW, Site, address, creation
from tests.support.streams import Stream, streaming

EVENTS = "/api/v1/events"


def following(site: Site, last_event_id: str | None = None, **query: str) -> AbstractAsyncContextManager[Stream]:
    return streaming(site.app, EVENTS, last_event_id, **query)


async def counts(site: Site, account: AccountRef, total: int, offset: int, request_id: str = "") -> None:
    """Such a message was read from the live topic."""
    event = LiveChanged(
        topic="counts", network=account.network, account=account.address, total=total, request_id=request_id
    )
    await site.gateway.feed.on_live_changed(event, offset)


async def pass_on(site: Site) -> None:
    """What the projector published is read from the live topic, as the bus would have it."""
    live = [event for event in site.published.events if isinstance(event, LiveChanged)]
    for offset, event in enumerate(live):
        await site.gateway.feed.on_live_changed(event, offset)


async def test_every_kind_of_change_reaches_the_stream(site: Site) -> None:
    account = site.ref("account")
    made = creation(account, site.genesis.address, ledger=50)
    network, named = account.network, account.address
    await site.projector.on_lineage_recorded(
        LineageRecorded(id="1", network=network, account=named, lives=(made,), status=AccountStatus.COMPLETE)
    )
    await site.projector.on_children_recorded(
        ChildrenRecorded(id="2", network=network, creator=named, page=1, total=200, complete=False, request_id="r")
    )
    await site.projector.on_stage_executed(
        StageExecuted(
            id="3", network=network, account=named, request_id="r", stage=7, state=StageState.DONE, duration_ms=9
        )
    )
    await site.projector.on_request_completed(
        RequestCompleted(id="4", network=network, account=named, request_id="r", used=3, failed=1)
    )
    async with following(site, network="sandbox", accounts=named) as stream:
        await pass_on(site)
        grew, counted, stage, completed = [await stream.next() for _ in range(4)]
    assert [sent.id for sent in (grew, counted, stage, completed)] == ["0", "1", "2", "3"]
    assert grew.event == grew.data["topic"] == "lineage.grew"
    assert grew.data["lives"][0]["creator"] == site.genesis.address
    assert grew.data["status"] == "COMPLETE"
    assert counted.data == {
        "topic": "counts",
        "network": "sandbox",
        "address": named,
        "request_id": "r",
        "total": 200,
        "complete": False,
        "page": 1,
    }
    assert (stage.data["stage"], stage.data["state"], stage.data["duration_ms"]) == (7, "DONE", 9)
    assert (completed.event, completed.data["used"], completed.data["failed"]) == ("request.completed", 3, 1)


async def test_a_change_of_standing_is_told_as_where_the_account_stands_now(site: Site) -> None:
    account = site.ref("rich")
    rose = StandingChanged(
        id="1",
        network=account.network,
        account=account.address,
        change=ChangeType.RANK_UP,
        reason=ChangeReason.MOVED,
        steps=tuple(StandingStep(threshold_xlm=each, before=Standing(40, 10**13)) for each in (10_000, 50_000)),
        after=Standing(3, 10**15),
        balance_stroops=10**15,
        ledger=70,
        at=NOW,
        cause="balance",
        home_domain="example.org",
    )
    left = msgspec.structs.replace(rose, id="2", change=ChangeType.EXITED, after=None, balance_stroops=7)
    async with following(site, network="sandbox", topics="standing") as stream:
        await site.projector.on_standing_changed(rose)
        await pass_on(site)
        risen = await stream.next()
        await site.projector.on_standing_changed(left)
        await pass_on(site)
        gone = await stream.next()
    assert (risen.event, risen.data) == (
        "standing",
        {
            "topic": "standing",
            "network": "sandbox",
            "address": account.address,
            "request_id": None,
            "change": "RANK_UP",
            "change_reason": "moved",
            "thresholds_xlm": [10_000, 50_000],
            "rank": 3,
            "balance_stroops": str(10**15),
            "home_domain": "example.org",
            "changed_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        },
    )
    assert (gone.data["change"], gone.data["rank"], gone.data["balance_stroops"]) == ("EXITED", None, "7")


async def test_of_many_changes_of_one_standing_only_the_newest_waits(site: Site) -> None:
    rich, other = site.ref("rich"), site.ref("other")
    async with following(site, topics="standing") as stream:
        for offset in range(30):
            await stands(site, rich, 30 - offset, offset)
        await stands(site, other, 99, 30)
        assert [(sent.data["rank"], sent.id) for sent in [await stream.next(), await stream.next()]] == [
            (1, "29"),
            (99, "30"),
        ]


async def stands(site: Site, account: AccountRef, rank: int, offset: int) -> None:
    """Such a message was read from the live topic."""
    event = LiveChanged(topic="standing", network=account.network, account=account.address, rank=rank)
    await site.gateway.feed.on_live_changed(event, offset)


async def test_projecting_an_event_again_makes_the_same_message(site: Site) -> None:
    event = ChildrenRecorded(
        id=fact_id("x", 1), network=site.network().key, creator=address("a"), page=1, total=1, complete=True
    )
    await site.projector.on_children_recorded(event)
    await site.projector.on_children_recorded(event)
    first, second = site.published.events
    assert first == second
    assert first.id


async def test_the_stream_is_not_kept_by_proxies_and_has_the_security_headers(site: Site) -> None:
    async with following(site) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["cache-control"] == "no-cache"
        assert stream.headers["x-content-type-options"] == "nosniff"


async def test_a_client_is_told_of_what_it_follows_alone(site: Site) -> None:
    mine, other, theirs = site.ref("mine"), site.ref("other"), site.ref("mine", "testnet")
    async with following(site, network="sandbox", accounts=mine.address, request="r", topics="counts") as stream:
        await counts(site, other, 1, 0)
        await counts(site, theirs, 2, 1)
        await counts(site, other, 3, 2, request_id="r")
        await counts(site, mine, 4, 3)
        assert [(await stream.next()).data["total"] for _ in range(2)] == [3, 4]


async def test_without_accounts_or_a_request_all_of_the_network_is_followed(site: Site) -> None:
    async with following(site, network="sandbox") as stream:
        await counts(site, site.ref("a", "public"), 1, 0)
        await counts(site, site.ref("b"), 2, 1)
        assert (await stream.next()).data["total"] == 2


async def test_of_what_waits_only_the_newest_of_each_account_is_sent(site: Site) -> None:
    busy, quiet = site.ref("busy"), site.ref("quiet")
    async with following(site) as stream:
        for total in range(50):
            await counts(site, busy, total, total)
        await counts(site, quiet, 1, 50)
        await counts(site, busy, 99, 51)
        assert [(sent.data["total"], sent.id) for sent in [await stream.next(), await stream.next()]] == [
            (1, "50"),
            (99, "51"),
        ]


async def test_eight_stages_of_one_account_do_not_replace_each_other(site: Site) -> None:
    account = site.ref("a")
    async with following(site) as stream:
        for stage in range(1, 9):
            event = LiveChanged(
                topic="stage",
                network=account.network,
                account=account.address,
                request_id="r",
                stage=stage,
                state=StageState.DONE,
            )
            await site.gateway.feed.on_live_changed(event, stage)
        assert [(await stream.next()).data["stage"] for _ in range(8)] == list(range(1, 9))


async def test_a_client_resumes_after_its_last_id_without_a_gap(site: Site) -> None:
    accounts = [site.ref(number) for number in range(6)]
    async with following(site) as stream:
        for offset, account in enumerate(accounts[:3]):
            await counts(site, account, offset, offset)
        last = [await stream.next() for _ in range(3)][-1].id
    for offset, account in enumerate(accounts[3:], start=3):
        await counts(site, account, offset, offset)
    async with following(site, last) as stream:
        assert [(await stream.next()).id for _ in range(3)] == ["3", "4", "5"]


async def test_a_client_that_breaks_off_before_any_message_resumes_from_where_it_began(site: Site) -> None:
    await counts(site, site.ref("before"), 1, 0)
    async with following(site) as stream:
        began = await asyncio.wait_for(stream.events.get(), 5)
        assert (began.event, began.data, began.id) == ("", None, "0")
    await counts(site, site.ref("meanwhile"), 2, 1)
    async with following(site, began.id) as stream:
        assert (await stream.next()).data["total"] == 2


@pytest.mark.parametrize("last_event_id", ["3", "999", "-1", "-7", "x", "1e3", "99999999999999999999999999999999"])
async def test_an_id_from_which_nothing_can_be_resumed_is_answered_by_a_reset(site: Site, last_event_id: str) -> None:
    for offset in range(10, 15):
        await counts(site, site.ref(offset), offset, offset)
    async with following(site, last_event_id) as stream:
        sent = await stream.next()
        assert (sent.event, sent.data, sent.id) == ("reset", {"topic": "reset"}, "14")
        await counts(site, site.ref("new"), 15, 15)
        assert (await stream.next()).id == "15"


async def test_after_ten_minutes_messages_are_forgotten_and_older_ids_are_reset(site: Site) -> None:
    await counts(site, site.ref("old"), 1, 0)
    site.clock.pass_time(400)
    await counts(site, site.ref("newer"), 2, 1)
    site.clock.pass_time(feed.KEPT_S - 300)
    await site.gateway.feed.forget_old()
    async with following(site, "0") as stream:
        assert (await stream.next()).data["total"] == 2
    async with following(site, "-1") as stream:
        assert (await stream.next()).event == "reset"
    site.clock.pass_time(feed.KEPT_S)
    await site.gateway.feed.forget_old()
    async with following(site, "1") as stream:  # nothing came since
        await counts(site, site.ref("newest"), 3, 2)
        assert (await stream.next()).data["total"] == 3


async def test_a_client_that_is_too_slow_begins_anew(site: Site) -> None:
    with site.gateway.feed.following(lambda _: True, None) as client:
        for offset in range(follower.MAX_WAITING + 5):
            await counts(site, site.ref(offset), offset, offset)
        assert client.take() is None
        await counts(site, site.ref("next"), 1, 99_999)
        taken = client.take()
        assert taken is not None
        assert [message.offset for message in taken] == [99_999]


async def test_a_message_read_again_from_the_topic_is_sent_once(site: Site) -> None:
    account = site.ref("a")
    async with following(site) as stream:
        await counts(site, account, 1, 5)
        assert (await stream.next()).id == "5"
        await counts(site, account, 1, 5)
        await counts(site, account, 2, 6)
        assert (await stream.next()).id == "6"


async def test_open_streams_are_counted_until_their_clients_leave(site: Site) -> None:
    gauge = site.gateway.resources.metrics.sse_clients
    async with following(site) as stream:
        await asyncio.wait_for(stream.events.get(), 5)
        assert gauge._value.get() == 1
    assert gauge._value.get() == 0


async def test_streams_end_when_the_process_stops_after_what_waits_is_sent(site: Site) -> None:
    loop = Loop(name="live-streams", run_once=site.gateway.feed.stay_open, interval_s=1)
    async with following(site) as stream:
        async with running_loops([loop], SystemClock()):
            await asyncio.wait_for(stream.events.get(), 5)
            await counts(site, site.ref("a"), 1, 0)
        assert (await stream.next()).data["total"] == 1
        await asyncio.wait_for(stream.ended.wait(), 5)
    async with following(site) as late:
        await asyncio.wait_for(late.ended.wait(), 5)


@pytest.mark.parametrize(
    ("query", "status", "type_"),
    [
        ({"network": "mainnet"}, 404, "unknown-network"),
        ({"topics": "stage,gossip"}, 422, "unknown-topic"),
        ({"topics": "reset"}, 422, "unknown-topic"),
        ({"accounts": "nonsense"}, 422, "invalid-address"),
        ({"accounts": ",".join(address(number) for number in range(51))}, 422, "too-many-accounts"),
        ({"account": address("a")}, 422, "unknown-parameter"),
    ],
)
async def test_a_stream_of_what_is_not_known_is_refused(
    site: Site, query: dict[str, str], status: int, type_: str
) -> None:
    answer = await site.api.get(EVENTS, params=query)
    assert (answer.status_code, answer.json()["type"]) == (status, type_)


async def test_fifty_accounts_can_be_followed(site: Site) -> None:
    accounts = [site.ref(number) for number in range(50)]
    async with following(site, accounts=",".join(account.address for account in accounts)) as stream:
        await counts(site, accounts[-1], 7, 0)
        assert (await stream.next()).data["total"] == 7
