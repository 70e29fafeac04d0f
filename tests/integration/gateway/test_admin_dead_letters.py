"""Admins see what was set aside, without its secrets, and give it back to its group."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.dead_letters import DLQ, TOPIC, KeptLetters, letter
from tests.support.gateway import ADMIN_TOKEN, NOW, Site, open_site, seed

PATH = "/api/v1/admin/dead-letters"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}


@pytest.fixture
def letters() -> KeptLetters:
    return KeptLetters()


@pytest_asyncio.fixture
async def site(letters: KeptLetters) -> AsyncIterator[Site]:
    async with open_site(dead_letters=letters) as opened:
        opened.api.headers.update(ADMIN)
        yield opened


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer wrong", "Basic YTpi", f"Basic {ADMIN_TOKEN}", f"Bearer {ADMIN_TOKEN}x"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", PATH), ("GET", f"{PATH}/x"), ("POST", f"{PATH}/x/replay"), ("POST", f"{PATH}/replay")],
)
async def test_without_the_admin_token_nothing_is_told_or_done(
    site: Site, letters: KeptLetters, method: str, path: str, authorization: str | None
) -> None:
    letters.kept.append(letter(1))
    site.api.headers.pop("authorization")
    headers = {} if authorization is None else {"authorization": authorization}
    body = {"all": True} if path.endswith(f"{PATH}/replay") else None
    answer = await site.api.request(method, path, headers=headers, json=body)
    assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert ADMIN_TOKEN not in answer.text
    assert letters.replays == []


async def test_a_dead_letter_is_listed_with_its_reason_and_where_it_came_from(site: Site, letters: KeptLetters) -> None:
    letters.kept.append(letter(1, replayed_at=NOW + timedelta(hours=1)))
    listed = await site.get(PATH)
    assert listed == {
        "dead_letters": [
            {
                "id": f"{DLQ}:0:1",
                "topic": DLQ,
                "partition": 0,
                "offset": 1,
                "at": "2026-11-01T12:00:01Z",
                "original_topic": TOPIC,
                "original_partition": 3,
                "original_offset": 10,
                "group": "ingest-horizon",
                "reason": "KeyError: 'oops'",
                "attempts": 3,
                "key": "sandbox-1-100:G",
                "type": TOPIC,
                "value_bytes": 27,
                "replayed_at": "2026-11-01T13:00:00Z",
            }
        ],
        "next_cursor": None,
        "as_of": "2026-11-01T12:00:00Z",
    }


async def test_pages_give_each_dead_letter_once_newest_first(site: Site, letters: KeptLetters) -> None:
    letters.kept += [letter(number) for number in range(25)]
    found: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = await site.get(PATH, limit=10, **cursor)
        found += [each["offset"] for each in page["dead_letters"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == list(reversed(range(25)))


async def test_a_cursor_answers_its_own_question_alone(site: Site, letters: KeptLetters) -> None:
    letters.kept += [letter(number) for number in range(3)]
    cursor = (await site.get(PATH, limit=1))["next_cursor"]
    for query in ({"cursor": cursor, "group": "gateway"}, {"cursor": "x"}):
        answer = await site.api.get(PATH, params=query)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor")


async def test_dead_letters_are_found_by_group_and_by_either_topic(site: Site, letters: KeptLetters) -> None:
    other = {"topic": "stellarmap.stage.executed.v1.gateway.dlq", "original_topic": "stellarmap.stage.executed.v1"}
    letters.kept += [letter(1), letter(2, group="gateway", **other)]
    for query, offsets in (
        ({"group": "gateway"}, [2]),
        ({"topic": TOPIC}, [1]),
        ({"topic": DLQ}, [1]),
        ({"group": "gateway", "topic": TOPIC}, []),
    ):
        assert [each["offset"] for each in (await site.get(PATH, **query))["dead_letters"]] == offsets


async def test_one_is_shown_whole_as_text_and_byte_for_byte(site: Site, letters: KeptLetters) -> None:
    letters.kept += [letter(1), letter(2, value=b"\xff\xfe", key=None, headers=(("odd", b"\xff"),))]
    text = await site.get(f"{PATH}/{DLQ}:0:1")
    assert text["value"] == '{"network":"sandbox-1-100"}'
    assert base64.b64decode(text["value_base64"]) == b'{"network":"sandbox-1-100"}'
    assert text["headers"][2] == {"name": "dlq_content-type", "value": "application/json"}
    raw = await site.get(f"{PATH}/{DLQ}:0:2")
    assert (raw["value"], raw["key"], raw["type"]) == (None, None, None)
    assert base64.b64decode(raw["value_base64"]) == b"\xff\xfe"


async def test_a_secret_seed_is_shown_nowhere(site: Site, letters: KeptLetters) -> None:
    secret = seed("mine")
    held = secret.encode()
    entry = letter(1, reason=f"KeyError: {secret}", key=held, value=held, headers=(("ce_type", held), (secret, held)))
    letters.kept += [entry, replace(entry, offset=2, value=b"\xff" + held)]
    answers = [
        await site.api.get(PATH),
        *[await site.api.get(f"{PATH}/{each.topic}:0:{each.offset}") for each in letters.kept],
        await site.api.post(f"{PATH}/replay", json={"ids": [secret]}),
    ]
    for answer in answers:
        assert answer.is_success
        assert secret not in answer.text
    for answer in answers[1:3]:
        assert held not in base64.b64decode(answer.json()["value_base64"])


@pytest.mark.parametrize("identity", [f"{DLQ}:0:9", f"{TOPIC}:0:1", "nothing", f"{DLQ}:0:{10**17}"])
async def test_one_that_is_gone_is_not_found(site: Site, letters: KeptLetters, identity: str) -> None:
    letters.kept.append(letter(1))
    for answer in (await site.api.get(f"{PATH}/{identity}"), await site.api.post(f"{PATH}/{identity}/replay")):
        assert (answer.status_code, answer.json()["type"]) == (404, "no-dead-letter")
    assert letters.replays == []


async def test_one_is_replayed(site: Site, letters: KeptLetters) -> None:
    letters.kept.append(letter(1))
    answer = await site.api.post(f"{PATH}/{DLQ}:0:1/replay")
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    assert letters.replays == [letter(1).id]


async def test_of_many_those_that_are_gone_are_told(site: Site, letters: KeptLetters) -> None:
    letters.kept += [letter(1), letter(2)]
    ids = [f"{DLQ}:0:2", "nothing", f"{DLQ}:0:1", f"{DLQ}:0:9", f"{DLQ}:0:1"]
    answer = await site.api.post(f"{PATH}/replay", json={"ids": ids})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 2, "gone": ["nothing", f"{DLQ}:0:9"]})
    assert letters.replays == [letter(2).id, letter(1).id]


async def test_all_are_those_that_were_not_replayed_yet(site: Site, letters: KeptLetters) -> None:
    letters.kept += [letter(number, replayed_at=NOW if number % 2 else None) for number in range(500)]
    letters.kept.append(letter(1_000, group="gateway"))
    answer = await site.api.post(f"{PATH}/replay", json={"all": True, "group": "ingest-horizon", "topic": None})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 250, "gone": []})
    assert {each.offset for each in letters.replays} == set(range(0, 500, 2))


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["a"] * 201}, {"all": False}, {"ids": ["a"], "all": True}, {"group": "a"}, []]
)
async def test_what_to_replay_must_be_said(site: Site, letters: KeptLetters, body: Any) -> None:
    letters.kept.append(letter(1))
    answer = await site.api.post(f"{PATH}/replay", json=body)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert letters.replays == []
