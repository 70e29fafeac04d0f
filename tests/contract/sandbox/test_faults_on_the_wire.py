"""Each fault as it comes over a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from stellarmap_sandbox.faults.fault import Fault, FaultSet, Kind, Source
from stellarmap_sandbox.spec import BASE_LEDGER
from tests.support.served import ServedSandbox, served_sandbox

ERRORS = "https://stellar.org/horizon-errors/"
STREAM = {"accept": "text/event-stream"}
SHORT_S = 0.3


class Wire:
    """The network behind its socket."""

    def __init__(self, served: ServedSandbox, client: httpx.AsyncClient) -> None:
        self.served = served
        self.client = client
        self.payments = f"/horizon/accounts/{served.hub}/payments"
        self.expert = f"/expert/account/{served.hub}"

    def put(self, kind: Kind, **fields: Any) -> None:
        self.served.sandbox.faults.put(FaultSet(7, (Fault(kind=kind, **fields),)))

    def off(self) -> None:
        self.served.sandbox.faults.put(FaultSet())

    @property
    def hits(self) -> int:
        return self.served.sandbox.faults.seen().faults[0].hits

    async def get(self, path: str, **query: str | int) -> httpx.Response:
        return await self.client.get(path, params=query)

    async def page(self, **query: str | int) -> list[str]:
        """The paging tokens of a page of the hub's payments."""
        answer = await self.get(self.payments, **query)
        return [record["paging_token"] for record in answer.json()["_embedded"]["records"]]


@asynccontextmanager
async def wired(folder: Path) -> AsyncIterator[Wire]:
    async with (
        served_sandbox(folder) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False) as client,
    ):
        yield Wire(served, client)


@pytest.fixture
async def wire(networks_dir: Path) -> AsyncIterator[Wire]:
    async with wired(networks_dir) as wire:
        yield wire


def limits(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith(("x-ratelimit", "retry"))}


async def test_rate_limited_says_how_long_to_wait(wire: Wire) -> None:
    wire.put(Kind.RATE_LIMITED, seconds=7)
    answer = await wire.get(wire.payments)
    assert (answer.status_code, answer.json()["type"]) == (429, f"{ERRORS}rate_limit_exceeded")
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    waits = {"x-ratelimit-reset": "7", "retry-after": "7"}
    assert limits(answer) == {"x-ratelimit-limit": "101", "x-ratelimit-remaining": "0", **waits}
    expert = await wire.get(wire.expert)
    assert (expert.status_code, expert.json()["status"], expert.headers["retry-after"]) == (429, 429, "7")


async def test_rate_limited_bare_says_nothing_and_neither_does_a_refused_stream(wire: Wire) -> None:
    wire.put(Kind.RATE_LIMITED_BARE)
    answers = [await wire.get(wire.payments), await wire.get(wire.expert)]
    wire.put(Kind.RATE_LIMITED)
    answers.append(await wire.client.get(wire.payments, headers=STREAM))
    assert [(answer.status_code, limits(answer)) for answer in answers] == [(429, {})] * 3


async def test_server_error_is_a_problem_of_horizon_and_an_error_of_expert(wire: Wire) -> None:
    wire.put(Kind.SERVER_ERROR)
    horizon, expert = await wire.get("/horizon/"), await wire.get(wire.expert)
    assert (horizon.status_code, horizon.json()["type"]) == (500, f"{ERRORS}server_error")
    assert (expert.status_code, set(expert.json())) == (500, {"error", "status"})


async def test_unavailable_has_three_reasons(wire: Wire) -> None:
    wire.put(Kind.UNAVAILABLE, source=Source.HORIZON)
    answers = [await wire.get("/horizon/ledgers") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {503}
    reasons = {answer.json()["type"].removeprefix(ERRORS) for answer in answers}
    assert reasons == {"server_over_capacity", "still_ingesting", "stale_history"}
    assert (await wire.get(wire.expert)).is_success
    wire.put(Kind.UNAVAILABLE, seconds=4)
    assert (await wire.get(wire.expert)).headers["retry-after"] == "4"


async def test_gateway_timeout_has_an_empty_body(wire: Wire) -> None:
    wire.put(Kind.GATEWAY_TIMEOUT)
    answer = await wire.get(wire.payments)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (504, b"", "0")


async def test_timeout_answers_nothing_and_closes_the_connection(wire: Wire) -> None:
    wire.put(Kind.TIMEOUT, seconds=SHORT_S)
    began = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        await wire.get(wire.payments)
    assert time.monotonic() - began >= SHORT_S
    assert wire.hits == 1


async def test_a_client_that_goes_ends_a_timeout(wire: Wire) -> None:
    wire.put(Kind.TIMEOUT, seconds=3_600)
    with pytest.raises(httpx.ReadTimeout):
        await wire.client.get(wire.payments, timeout=0.1)
    wire.off()
    assert (await wire.get(wire.payments)).is_success


async def test_slow_drip_takes_its_time_for_the_body_and_changes_nothing(wire: Wire) -> None:
    expected = (await wire.get(wire.payments)).content
    wire.put(Kind.SLOW_DRIP, seconds=SHORT_S)
    times = []
    async with wire.client.stream("GET", wire.payments) as answer:
        began, body = time.monotonic(), b""
        async for chunk in answer.aiter_raw():
            body += chunk
            times.append(time.monotonic() - began)
    assert body == expected
    assert len(times) > 5
    assert times[-1] - times[0] > SHORT_S / 2
    assert times[-1] >= SHORT_S * 0.9


async def _head_and_what_came(url: str, path: str) -> tuple[bytes, bytes, Exception | None]:
    """The answer's head, as much of its body as came, and how the connection ended."""
    host, port = httpx.URL(url).host, httpx.URL(url).port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    head, body = await reader.readuntil(b"\r\n\r\n"), b""
    try:
        while chunk := await reader.read(65_536):
            body += chunk
    except ConnectionError as error:
        return head.lower(), body, error
    finally:
        writer.close()
    return head.lower(), body, None


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_reset_comes_in_mid_body(networks_dir: Path, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def reset() -> None:
        async with wired(networks_dir) as wire:
            whole = (await wire.get(wire.payments)).content
            wire.put(Kind.RESET)
            head, body, end = await _head_and_what_came(wire.served.url, wire.payments)
            assert b"200 ok" in head
            assert f"content-length: {len(whole)}".encode() in head
            assert len(body) in (0, len(whole) // 2)  # what is not read when the reset comes may be lost
            assert isinstance(end, ConnectionResetError)
            with pytest.raises(httpx.ReadError):
                await wire.get(wire.payments)
            with pytest.raises(httpx.ReadError):
                await wire.get(wire.expert)
            assert wire.hits == 3

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(reset())


async def test_truncated_json_is_a_whole_answer_with_half_of_the_body(wire: Wire) -> None:
    for path in (wire.payments, wire.expert, "/horizon/"):
        wire.off()
        expected = (await wire.get(path)).content
        wire.put(Kind.TRUNCATED_JSON)
        answer = await wire.get(path)
        assert answer.status_code == httpx.codes.OK
        assert answer.content == expected[: len(expected) // 2]
        assert answer.headers["content-length"] == str(len(expected) // 2)


async def test_wrong_json_is_html_or_json_of_another_shape(wire: Wire) -> None:
    wire.put(Kind.WRONG_JSON)
    answers = [await wire.get(wire.payments) for _ in range(40)]
    assert {answer.status_code for answer in answers} == {httpx.codes.OK}
    kinds = {answer.headers["content-type"].split(";")[0] for answer in answers}
    assert kinds == {"text/html", "application/hal+json"}
    assert len({answer.text for answer in answers}) == 5


async def test_repeated_cursor_is_the_first_page_again(wire: Wire) -> None:
    first = await wire.page(limit=5)
    second = await wire.page(limit=5, cursor=first[-1])
    wire.put(Kind.REPEATED_CURSOR)
    assert await wire.page(limit=5, cursor=first[-1]) == first  # the same page again
    assert await wire.page(limit=5, cursor=second[-1]) == first  # one that ends before its cursor
    assert wire.hits == 2
    before_all = str(int(first[0]) - 1)
    assert await wire.page(limit=5, cursor=before_all) == first  # as it should be
    assert await wire.page(limit=5) == first
    assert wire.hits == 2


async def test_empty_page_next_starts_the_list_again(wire: Wire) -> None:
    everything = await wire.page(limit=200)
    while len(more := await wire.page(limit=200, cursor=everything[-1])) == 200:
        everything += more
    last = (everything + more)[-1]
    wire.put(Kind.EMPTY_PAGE_NEXT)
    page = (await wire.get(wire.payments, limit=200, cursor=last)).json()
    assert page["_embedded"]["records"] == []
    assert page["_links"]["next"]["href"].endswith("/payments?cursor=&limit=200&order=asc")
    assert wire.hits == 1
    assert len(await wire.page(limit=200)) == 200  # an empty page in the place of records would be a lie nobody can see
    assert wire.hits == 1


async def test_history_cut_moves_where_history_begins(wire: Wire) -> None:
    elder = BASE_LEDGER // 2
    assert (await wire.get("/horizon/")).json()["history_elder_ledger"] == 1
    wire.put(Kind.HISTORY_CUT, ledger=elder)
    assert (await wire.get("/horizon/")).json()["history_elder_ledger"] == elder
    before = await wire.get(wire.payments, cursor=5 << 32, order="desc")
    assert (before.status_code, before.json()["type"]) == (410, f"{ERRORS}before_history")
    moved = await wire.page(cursor=1, limit=5)
    assert min(int(token) >> 32 for token in moved) >= elder
    truth = wire.served.truth
    addresses = [truth.address(number) for number in range(2, truth.count())]
    existing = [address for address in addresses if truth.exists(address)][:150]
    answers = [await wire.get(f"/horizon/accounts/{address}/payments") for address in existing]
    assert 404 in {answer.status_code for answer in answers}
    assert any(answer.is_success and not answer.json()["_embedded"]["records"] for answer in answers)
    states = [await wire.get(f"/horizon/accounts/{address}") for address in existing]
    assert all(state.is_success for state in states)
    assert (await wire.get(wire.expert)).is_success


async def test_out_of_order_has_the_same_records_in_another_order(wire: Wire) -> None:
    expected = await wire.page(limit=50)
    wire.put(Kind.OUT_OF_ORDER)
    found = await wire.page(limit=50)
    assert found != expected
    assert sorted(found, key=int) == expected
    assert await wire.page(limit=1) == expected[:1]
    assert wire.hits == 1


async def test_the_path_and_the_source_choose_what_is_struck(wire: Wire) -> None:
    wire.put(Kind.SERVER_ERROR, path="/payments", source=Source.HORIZON)
    answers = [await wire.get(path) for path in (wire.payments, "/horizon/", wire.expert)]
    assert [answer.status_code for answer in answers] == [500, 200, 200]


async def test_the_same_seed_and_requests_bring_the_same_answers(wire: Wire) -> None:
    async def course() -> list[tuple[int, bytes]]:
        faults = (Fault(kind=Kind.UNAVAILABLE, share=0.3), Fault(kind=Kind.WRONG_JSON, share=0.3))
        wire.served.sandbox.faults.put(FaultSet(11, (*faults, Fault(kind=Kind.OUT_OF_ORDER))))
        answers = [await wire.get(wire.payments, limit=5) for _ in range(30)]
        return [(answer.status_code, answer.content) for answer in answers]

    first = await course()
    assert len(set(first)) > 5
    assert await course() == first
