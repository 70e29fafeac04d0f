"""What goes wrong between a source and us becomes the right one of our errors, and says what to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from stellarmap_common.adapters.stellar.limiter import LONGEST_HOLD_S, LeasedLimiter
from stellarmap_common.adapters.stellar.retries import IN_PLACE
from stellarmap_common.domain.network import Address, NetworkName
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited, SourceRejected, SourceUnavailable
from tests.support.sources import HastyClock, Opened, network_at, opened_sources

ACCOUNT = Address("GALPCCZN4YXA3YMJHKL6CVIECKPLJJCTVMSNYWBTKJW4K5HQLYLDMZTB")
PROBLEM = {
    "type": "https://stellar.org/horizon-errors/…",
    "title": "Over Capacity",
    "status": 503,
    "detail": "too busy",
}


@dataclass
class Scripted(httpx.AsyncBaseTransport):
    """Answers in turn, the last one again and again."""

    answers: list[Callable[[httpx.Request], httpx.Response]]
    requests: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request)


def says(status: int, **answer: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, **answer)  # type: ignore[arg-type]


def fails(error: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("it broke", request=request)

    return fail


def cut_off(_: httpx.Request) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"_embedded": {"rec'
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    return httpx.Response(200, content=body())


async def asked(opened: Opened) -> object:
    return await opened.sources.horizon(opened.network.key).payments_of(ACCOUNT, cursor="", lane=Lane.USER)


TRANSIENT = {
    "429 that says how long": (says(429, headers={"retry-after": "3"}), "429 (too many requests) and asks to wait 3 s"),
    "429 that asks for too much": (
        says(429, headers={"retry-after": "678"}),
        "asks to wait 678 s; we try again after 60 s",
    ),
    "429 without headers": (says(429), "429 (too many requests) without saying how long"),
    "429 with a date": (says(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), "without saying how long"),
    "500": (says(500, json=PROBLEM), "answers 500 (Over Capacity: too busy)"),
    "503 of a slow database": (says(503, json=PROBLEM), "answers 503 (Over Capacity: too busy)"),
    "504 with an empty body": (says(504), "answers 504 (no body)"),
    "502 of a proxy": (says(502, text="<html>bad gateway</html>"), "answers 502 (<html>bad gateway</html>)"),
    "no connection": (fails(httpx.ConnectError), "does not answer (ConnectError: it broke)"),
    "a connection that takes too long": (fails(httpx.ConnectTimeout), "does not answer (ConnectTimeout"),
    "an answer that takes too long": (fails(httpx.ReadTimeout), "does not answer (ReadTimeout"),
    "a reset": (fails(httpx.ReadError), "does not answer (ReadError"),
    "a body cut off by the connection": (cut_off, "does not answer (RemoteProtocolError"),
    "a body that is packed wrongly": (
        says(200, headers={"content-encoding": "gzip"}, content=b"plain"),
        "does not answer",
    ),
    "truncated JSON": (says(200, content=b'{"_embedded": {"records": [{"id": "1"'), "unreadable"),
    "an empty body": (says(200), "unreadable"),
    "HTML": (says(200, text="<html>please log in</html>"), "unreadable"),
    "text that is no UTF-8": (says(200, content=b'{"id": "\xff\xfe"}'), "unreadable"),
    "JSON that is a list": (says(200, json=[]), "Expected `object`, got `array`"),
    "JSON that is no page": (says(200, json={"id": "1"}), "a page of records was expected"),
    "a page of no records": (says(200, json={"_embedded": {"records": {"id": "1"}}}), "Expected `array`, got `object`"),
    "a page of numbers": (says(200, json={"_embedded": {"records": [1]}}), "Expected `object`, got `int`"),
}
PERMANENT = {
    "400": says(400, json={"title": "Bad Request", "detail": "the request was invalid"}),
    "401": says(401, json={"error": "Unauthorized", "status": 401}),
    "403": says(403),
    "405": says(405),
    "406": says(406),
    "410 before history": says(410, json={"title": "Data Requested Is Before Recorded History"}),
    "a redirect": says(301, headers={"location": "https://elsewhere.example/"}),
}


@pytest.mark.parametrize("kind", TRANSIENT)
async def test_what_may_pass_is_transient_and_names_the_source_and_the_setting(kind: str) -> None:
    answer, told = TRANSIENT[kind]
    async with opened_sources(Scripted([answer]), network=network_at(name=NetworkName.PUBLIC)) as opened:
        with pytest.raises(SourceUnavailable) as caught:
            await asked(opened)
    assert "Horizon at http://replay/horizon" in str(caught.value)
    assert told in str(caught.value)
    assert "STELLARMAP_HORIZON_URL_PUBLIC" in str(caught.value)
    assert ("check the connection" in str(caught.value)) == ("does not answer" in told)  # who answers is connected


@pytest.mark.parametrize("kind", PERMANENT)
async def test_what_asking_again_cannot_change_is_permanent(kind: str) -> None:
    scripted = Scripted([PERMANENT[kind]])
    async with opened_sources(scripted, retries=IN_PLACE) as opened:
        with pytest.raises(SourceRejected, match=r"Horizon at http://replay/horizon answers [34]"):
            await asked(opened)
    assert len(scripted.requests) == 1


async def test_a_404_is_an_answer() -> None:
    async with opened_sources(Scripted([says(404, json={"status": 404})])) as opened:
        horizon, expert = opened.sources.horizon(opened.network.key), opened.sources.expert(opened.network.key)
        assert expert is not None
        assert await horizon.account(ACCOUNT, Lane.USER) is None
        assert await horizon.payments_of(ACCOUNT, cursor="", lane=Lane.USER) is None
        assert await horizon.effects_of(1, Lane.USER) == ()
        assert await expert.account(ACCOUNT, Lane.USER) is None
        with pytest.raises(SourceUnavailable, match="there is no Horizon below this URL"):
            await horizon.root(Lane.USER)


async def test_a_passing_fault_is_asked_again_in_place_with_growing_pauses() -> None:
    clock, fault = HastyClock(), says(500)
    scripted = Scripted([fault, fault, fault, says(200, json={"_embedded": {"records": []}})])
    async with opened_sources(scripted, clock=clock, retries=IN_PLACE) as opened:
        assert await asked(opened) == []
    assert len(scripted.requests) == 4
    assert clock.slept == sorted(clock.slept)
    assert 0.1 <= clock.slept[0] <= 0.2


async def test_a_lasting_fault_is_given_up_within_five_seconds() -> None:
    clock = HastyClock()
    scripted = Scripted([fails(httpx.ConnectError)])
    async with opened_sources(scripted, clock=clock, retries=IN_PLACE) as opened:
        with pytest.raises(SourceUnavailable):
            await asked(opened)
    assert 3 <= len(scripted.requests) <= 6
    assert sum(clock.slept) <= 5


async def test_a_short_wait_that_horizon_asks_for_is_waited_in_place() -> None:
    clock = HastyClock()
    scripted = Scripted([says(429, headers={"retry-after": "2"}), says(200, json={"_embedded": {"records": []}})])
    async with opened_sources(scripted, clock=clock, retries=IN_PLACE) as opened:
        await asked(opened)
    assert sum(clock.slept) >= 2


async def test_a_long_wait_is_capped_and_holds_back_every_other_call() -> None:
    scripted = Scripted([says(429, headers={"retry-after": "678"})])
    async with opened_sources(scripted, retries=IN_PLACE) as opened:
        with pytest.raises(SourceUnavailable) as caught:
            await asked(opened)
        assert caught.value.retry_after_s == LONGEST_HOLD_S
        with pytest.raises(RateLimited):
            await asked(opened)
    assert len(scripted.requests) == 1


async def test_requests_say_who_asks_and_use_the_cursor_alone() -> None:
    scripted = Scripted([says(200, json={"_embedded": {"records": []}})])
    async with opened_sources(scripted) as opened:
        horizon = opened.sources.horizon(opened.network.key)
        await horizon.payments_of(ACCOUNT, cursor="", lane=Lane.USER, limit=10)
        await horizon.payments_of(ACCOUNT, cursor="12884905985", lane=Lane.USER)
    first, second = scripted.requests
    assert first.url.path == f"/horizon/accounts/{ACCOUNT}/payments"
    assert dict(first.url.params) == {"order": "asc", "limit": "10", "join": "transactions"}
    assert dict(second.url.params) == {"order": "asc", "limit": "200", "join": "transactions", "cursor": "12884905985"}
    assert first.headers["user-agent"].startswith("StellarMap/")
    assert first.headers["accept"] == "application/json"


async def test_an_address_cannot_lead_to_another_path() -> None:
    scripted = Scripted([says(404)])
    async with opened_sources(scripted) as opened:
        await opened.sources.horizon(opened.network.key).account(Address("../../admin?x="), Lane.USER)
    assert scripted.requests[0].url.raw_path == b"/horizon/accounts/..%2F..%2Fadmin%3Fx%3D"


async def test_every_request_is_counted_by_what_came_of_it() -> None:
    scripted = Scripted(
        [says(404), says(429), says(500), says(400), says(200, text="<"), fails(httpx.ReadError), says(200, json={})]
    )
    async with opened_sources(scripted) as opened:
        horizon = opened.sources.horizon(opened.network.key)
        for _ in range(7):
            try:
                await horizon.account(ACCOUNT, Lane.USER)
            except (SourceUnavailable, SourceRejected):
                await asyncio.sleep(0)
            opened.sources.limiter.slow_down("horizon:http://replay/horizon", 0)
        requests = opened.metrics.registry.get_sample_value
        outcomes = ("not_found", "rate_limited", "unavailable", "rejected", "unreadable", "no_answer", "ok")
        for outcome in outcomes:
            labels = {"source": "horizon:http://replay/horizon", "outcome": outcome}
            assert requests("stellarmap_source_requests_total", labels) == 1, outcome


async def test_a_network_that_this_installation_does_not_have_is_named() -> None:
    async with opened_sources(Scripted([says(404)])) as opened:
        with pytest.raises(SourceRejected, match="testnet-9"):
            opened.sources.horizon("testnet-9")  # type: ignore[arg-type]


async def test_public_and_testnet_share_the_limit_of_one_stellar_expert() -> None:
    async with opened_sources(Scripted([says(404)]), network=network_at(name=NetworkName.PUBLIC)) as opened:
        expert = opened.sources.expert(opened.network.key)
        assert expert is not None
        asking = (expert.account(ACCOUNT, Lane.USER) for _ in range(40))
        answers = await asyncio.gather(*asking, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, RateLimited)]
    assert len(refused) > 25  # ten seconds of 50 a minute went out, and what five more bring
    assert "STELLARMAP_EXPERT_PERCENTAGE" in str(refused[0])
    assert "http://replay" in str(refused[0])


@pytest.mark.parametrize("headers", [{}, {"retry-after": "3"}])
async def test_only_a_429_is_counted_as_one_though_a_503_slows_down_too(headers: dict[str, str]) -> None:
    scripted = Scripted([says(503, headers=headers), says(429)])
    async with opened_sources(scripted, network=network_at(name=NetworkName.PUBLIC, max_per_hour=3_600)) as opened:
        limiter, source = opened.sources.limiter, opened.sources.horizon(opened.network.key)
        assert isinstance(limiter, LeasedLimiter)
        for seen in (False, True):
            with pytest.raises(SourceUnavailable):
                await source.account(ACCOUNT, Lane.USER)
            assert limiter.pace("horizon:http://replay/horizon").held_until
            await limiter.report()
            (status,) = await opened.stores.usage.statuses(datetime.min.replace(tzinfo=UTC))
            assert (status.last_429_at is not None) is seen


async def test_what_came_of_the_latest_call_is_known_at_once() -> None:
    scripted = Scripted(
        [says(200, json={}), says(503, json=PROBLEM), fails(httpx.ReadError), says(400), says(503), says(404)]
    )
    clock = HastyClock()
    async with opened_sources(scripted, clock=clock) as opened:
        source, told = opened.sources.horizon(opened.network.key), []
        began = clock.at + timedelta(seconds=10)
        for _ in range(6):
            with contextlib.suppress(SourceUnavailable, SourceRejected):
                await source.account(ACCOUNT, Lane.USER)
            told.append(opened.sources.limiter.trouble(opened.network.horizon_source))
            clock.at += timedelta(seconds=10)
    assert [each is None for each in told] == [True, False, False, True, False, True]
    first, second = told[1], told[2]
    assert first is not None
    assert second is not None
    assert "answers 503" in first.told
    assert first.since == second.since == began
    assert second.at > first.at
