"""A network that was reset: its name means the new epoch, the old one is read by its key, marked, and asked for no more."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from stellarmap_common.domain.network import NetworkKey, NetworkName
from stellarmap_common.events.live import LiveChanged
from stellarmap_common.lineage.past_epochs import PastEpochs
from stellarmap_common.lineage.requests import Ask
from stellarmap_common.ports.epoch_store import Epoch
from stellarmap_common.ports.horizon import LAG, Record
from stellarmap_common.ports.request_store import Request
from stellarmap_gateway.reachability import AGAIN_S
from tests.support.gateway import NOW, FakeHorizon, Site, creation
from tests.support.streams import streaming

RESET_AT = NOW - timedelta(hours=1)
FIRST = Epoch(network=NetworkName.TESTNET, number=1, began_at=NOW - timedelta(days=90))
SECOND = Epoch(network=NetworkName.TESTNET, number=2, began_at=RESET_AT, reason="the latest ledger is 9, and was 900")


def reset(site: Site) -> None:
    """This process learns that testnet was reset."""
    site.gateway.resources.networks.learn([FIRST, SECOND])


async def mapped_before_the_reset(site: Site) -> list[str]:
    """The addresses of a chain, the nearest to genesis first, that was mapped in the first epoch."""
    chain = await site.chain("maker", "made", network="testnet")
    reset(site)
    return [account.address for account in chain]


async def refused(site: Site, path: str, body: Any = None) -> Any:
    answer = await site.api.post(path, json=body)
    assert answer.status_code == httpx.codes.GONE, answer.text
    assert answer.json()["type"] == "network-reset"
    return answer.json()


async def open_before(site: Site, name: str = "made") -> Request:
    """A request that is open when testnet is reset."""
    request = await site.gateway.requests.ask(Ask(account=site.ref(name, "testnet"), budget=0, depth=0, pages=1))
    reset(site)
    return request


async def end_what_was_unfinished(site: Site) -> None:
    past = PastEpochs(site.stores, site.published, site.clock, site.gateway.resources.networks)
    await past.end_unfinished()


async def test_the_list_names_every_epoch_and_says_when_and_why_one_ended(site: Site) -> None:
    reset(site)
    found = {each["name"]: each for each in (await site.get("/api/v1/networks"))["networks"]}
    assert (found["public"]["epoch"], found["public"]["epochs"]) == (None, [])
    assert (found["testnet"]["key"], found["testnet"]["epoch"]) == ("testnet-2", 2)
    second, first = found["testnet"]["epochs"]
    assert (second["key"], second["segment"], second["current"], second["reset_at"]) == (
        "testnet-2",
        "testnet",
        True,
        None,
    )
    assert (first["key"], first["segment"], first["current"]) == ("testnet-1", "testnet-1", False)
    assert first["reset_at"] == second["began_at"] == RESET_AT.isoformat().replace("+00:00", "Z")
    assert first["reset_reason"] == SECOND.reason


async def test_an_epoch_that_is_over_is_read_by_its_key_and_every_answer_says_so(site: Site) -> None:
    maker, made = await mapped_before_the_reset(site)
    for rest in ("", "/lineage", "/children", "/siblings"):
        found = await site.get(f"/api/v1/testnet-1/accounts/{made}{rest}")
        assert (found["network"], found["network_key"], found["epoch"], found["current"]) == (
            "testnet-1",
            "testnet-1",
            1,
            False,
        )
        assert found["reset_at"] == RESET_AT.isoformat().replace("+00:00", "Z")
    lineage = await site.get(f"/api/v1/testnet-1/accounts/{made}/lineage")
    assert [each["address"] for each in lineage["ancestors"]] == [maker, site.network("testnet").genesis.address]
    for path in ("overview", "pending"):
        assert (await site.get(f"/api/v1/testnet-1/{path}"))["current"] is False


async def test_the_name_means_the_new_epoch_which_knows_nothing_of_the_old_one(site: Site) -> None:
    _, made = await mapped_before_the_reset(site)
    answer = await site.api.get(f"/api/v1/testnet/accounts/{made}")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-mapped")
    overview = await site.get("/api/v1/testnet/overview")
    assert (overview["network"], overview["network_key"], overview["epoch"], overview["current"]) == (
        "testnet",
        "testnet-2",
        2,
        True,
    )
    assert overview["figures"]["creations"] == 0


async def test_a_link_to_the_present_epoch_by_its_key_goes_on_to_mean_that_epoch(site: Site) -> None:
    _, made = [account.address for account in await site.chain("maker", "made", network="testnet")]
    assert (await site.get(f"/api/v1/testnet-1/accounts/{made}"))["current"] is True
    reset(site)
    assert (await site.get(f"/api/v1/testnet-1/accounts/{made}"))["current"] is False


async def test_asking_in_an_epoch_that_is_over_is_refused_with_the_way_to_the_present_one(site: Site) -> None:
    _, made = await mapped_before_the_reset(site)
    for rest in ("requests", "retry"):
        problem = await refused(site, f"/api/v1/testnet-1/accounts/{made}/{rest}")
        assert problem["way_out"] == {"method": "POST", "href": f"/api/v1/testnet/accounts/{made}/{rest}"}
        assert "testnet was reset on 2026-11-01: this is its epoch 1" in problem["detail"]
    problem = await refused(site, "/api/v1/testnet-1/requests:bulk", {"addresses": [made]})
    assert problem["way_out"]["href"] == "/api/v1/testnet/requests:bulk"
    assert site.published.events == []


async def test_what_was_not_mapped_before_the_reset_is_asked_for_in_the_present_epoch(site: Site) -> None:
    reset(site)
    named = site.ref("nobody").address
    answer = await site.api.get(f"/api/v1/testnet-1/accounts/{named}")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-mapped")
    assert answer.json()["way_out"]["href"] == f"/api/v1/testnet/accounts/{named}/requests"


@pytest.mark.parametrize("segment", ["testnet-3", "testnet-0", "testnet-01", "public-1", "sandbox-7-1000"])
async def test_an_epoch_that_has_not_begun_is_no_network(site: Site, segment: str) -> None:
    reset(site)
    answer = await site.api.get(f"/api/v1/{segment}/overview")
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown-network")


async def test_whoever_follows_a_request_by_the_name_sees_that_it_ended_with_its_epoch(site: Site) -> None:
    request = await open_before(site)
    await end_what_was_unfinished(site)
    for segment in ("testnet", "testnet-1"):
        found = await site.get(f"/api/v1/{segment}/requests/{request.ref.request_id}")
        assert (found["completed"], found["cancelled"]) == (True, True)
        assert (found["network"], found["current"]) == ("testnet-1", False)
        assert (found["lineage"]["done"], found["lineage"]["state"]) == (True, "unknown")
        assert "testnet was reset on" in found["queue"]["reason"]
    account = await site.get(site.path(request.account, network="testnet-1"))
    assert account["status"] == "FAILED"
    assert "testnet was reset on" in account["last_error"]
    assert (await site.get("/api/v1/testnet-1/pending"))["accounts"] == []


async def test_more_requests_than_are_ended_together_are_all_ended(site: Site) -> None:
    for number in range(230):
        await site.gateway.requests.ask(
            Ask(account=site.ref(number, "testnet"), budget=0, depth=0, pages=1, client=f"client {number}")
        )
    reset(site)
    await end_what_was_unfinished(site)
    assert await site.stores.requests.open_requests(NetworkKey("testnet-1")) == ()
    assert (await site.stores.accounts.figures(NetworkKey("testnet-1"))).pending == 0


async def test_a_stream_goes_on_in_the_new_epoch_after_a_reset_and_brings_nothing_of_the_old_one(site: Site) -> None:
    old = site.ref("made", "testnet")
    await site.record(creation(old, site.genesis.address, ledger=50))
    counts = LiveChanged(topic="counts", network=old.network, account=old.address, total=1)
    async with streaming(site.app, "/api/v1/events", None, network="testnet") as stream:
        await site.gateway.feed.on_live_changed(counts, 0)
        assert (await stream.next()).data["total"] == 1
        reset(site)
        new = site.ref("made", "testnet")
        await site.gateway.feed.on_live_changed(counts, 1)
        assert (await stream.next()).event == "reset"
        fresh = LiveChanged(topic="counts", network=new.network, account=new.address, total=7)
        await site.gateway.feed.on_live_changed(fresh, 2)
        assert (await stream.next()).data["total"] == 7
    async with streaming(site.app, "/api/v1/events", "0", network="testnet") as away:
        assert (await away.next()).event == "reset"  # it was away when the others heard of it
    async with streaming(site.app, "/api/v1/events", "1", network="testnet") as resumed:
        assert (await resumed.next()).data["total"] == 7


class FallingHorizon(FakeHorizon):
    """A Horizon whose latest ledger a test moves."""

    latest = 5_000

    async def root(self, lane: Any) -> Record:
        return {**await super().root(lane), "history_latest_ledger": self.latest}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("public", "never reset: what this Horizon tells now cannot be trusted"),
        ("testnet", "Perhaps the network was reset"),
    ],
)
async def test_a_horizon_that_falls_back_is_told_as_out_of_order(site: Site, name: str, told: str) -> None:
    network = site.network(name)
    horizon = site.horizons[network.key] = FallingHorizon(network)
    states = []
    for latest in (5_000, 5_000 - LAG, 5_000 - LAG - 1, 5_001):
        horizon.latest = latest
        await site.get(f"/api/v1/{name}/overview")
        await site.gateway.reachability.check_due()
        (found,) = [each for each in (await site.get("/api/v1/networks"))["networks"] if each["name"] == name]
        states.append(found["state"])
        if found["state"] == "unreachable":
            assert told in found["detail"]
            health = await site.get("/api/v1/health")
            (check,) = [each for each in health["checks"] if each["component"] == f"horizon:{name}"]
            assert check["state"] == "DEGRADED"
            assert f"has fallen back from ledger 5000 to {latest}" in check["detail"]
        site.clock.pass_time(AGAIN_S)
    assert states == ["ready", "ready", "unreachable", "ready"]
