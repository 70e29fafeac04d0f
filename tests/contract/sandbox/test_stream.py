"""Server-sent events as Horizon sends them."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from stellarmap_sandbox.living import Living
from stellarmap_sandbox.service import SandboxTraits
from stellarmap_sandbox.spec import BASE_LEDGER
from tests.support.horizon_form import RECORDED
from tests.support.sandbox import Asked, running_sandbox, sandbox_settings

STREAM = {"accept": "text/event-stream"}
SOON = SandboxTraits(stream_s=0.05)


def _events(text: str) -> list[dict[str, str]]:
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in text.strip().split("\n\n")]


async def test_a_stream_greets_sends_records_with_ids_and_says_goodbye_after_its_limit(asked: Asked) -> None:
    answer = await asked.raw("/payments", STREAM, limit=3)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    hello, *records, goodbye = _events(answer.text)
    assert hello == {"retry": "1000", "event": "open", "data": '"hello"'}
    assert goodbye == {"retry": "10", "event": "close", "data": '"byebye"'}
    expected = await asked.records("/payments", limit=3)
    assert [json.loads(event["data"]) for event in records] == expected
    assert [event["id"] for event in records] == [record["paging_token"] for record in expected]


async def test_ten_records_are_the_limit_where_none_is_asked(asked: Asked) -> None:
    assert len(_events((await asked.raw("/operations", STREAM)).text)) == 12


async def test_last_event_id_beats_the_cursor(asked: Asked) -> None:
    fifth = (await asked.records("/payments", limit=5))[-1]["paging_token"]
    answer = await asked.raw("/payments", {**STREAM, "last-event-id": fifth}, limit=1, cursor="")
    sixth = (await asked.records("/payments", limit=6))[-1]
    assert json.loads(_events(answer.text)[1]["data"]) == sixth


@pytest.mark.parametrize("path", ["/ledgers", "/transactions", "/operations", "/payments", "/effects", "/assets"])
async def test_every_list_streams_the_records_of_its_pages(asked: Asked, path: str) -> None:
    answer = await asked.raw(path, STREAM, limit=5)
    assert [json.loads(event["data"]) for event in _events(answer.text)[1:-1]] == await asked.records(path, limit=5)


async def test_a_record_is_one_line_of_data_as_in_the_recorded_stream(asked: Asked) -> None:
    recorded = (RECORDED / "go-horizonclient/operationStreamResponse.sse.txt").read_text().strip()
    ours = (await asked.raw("/operations", STREAM, limit=1)).text.split("\n\n")[1].split("\n")[-1]
    for line in (recorded, ours):
        assert set(json.loads(line.removeprefix("data: "))) >= {
            "_links",
            "id",
            "paging_token",
            "type",
            "transaction_hash",
        }


async def test_a_stream_from_now_gets_what_comes_and_ends_in_time(networks_dir: Path) -> None:
    async with running_sandbox(networks_dir, sandbox_settings(), traits=SandboxTraits(stream_s=30)) as asked:
        living, got = Living(asked.network), asyncio.create_task(asked.raw("/payments", STREAM, cursor="now", limit=2))
        while not got.done():  # bounded by the stream itself
            living.close_ledger()
            asked.world.ledger_closed()
            await asyncio.sleep(0)
        records = [json.loads(event["data"]) for event in _events((await got).text)[1:-1]]
        assert len(records) == 2
        assert all(int(record["id"]) >> 32 > BASE_LEDGER for record in records)


async def test_a_stream_without_news_is_closed_after_its_time(networks_dir: Path) -> None:
    async with running_sandbox(networks_dir, sandbox_settings(), traits=SOON) as asked:
        answer = await asked.raw("/payments", STREAM, cursor="now")
        assert [event["event"] for event in _events(answer.text)] == ["open", "close"]


async def test_a_malformed_stream_is_a_problem_like_a_page(asked: Asked) -> None:
    assert (await asked.problem("/payments", STREAM, limit=0))[0] == httpx.codes.BAD_REQUEST
