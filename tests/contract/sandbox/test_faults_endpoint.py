"""`/faults`: read and replaced by whoever holds the admin token, and by nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stellarmap_common.runtime.admin import AdminToken, hash_of
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_sandbox.faults.admin import MAX_BODY_BYTES
from stellarmap_sandbox.faults.fault import Fault, FaultSet, Kind
from stellarmap_sandbox.service import open_sandbox
from tests.support.sandbox import Asked, asking, sandbox_settings

TOKEN = "a token of tests"
PLACE = "/faults"
PROBLEM = "application/problem+json"
FULL: dict[str, Any] = {
    "kind": "rate_limited",
    "share": 0.5,
    "times": 9,
    "after_s": 1.0,
    "for_s": 2.0,
    "every_s": 3.0,
    "source": "horizon",
    "path": "/payments",
    "seconds": 4.0,
    "ledger": None,
    "factor": None,
}


@pytest.fixture
async def asked(networks_dir: Path) -> AsyncIterator[Asked]:
    admin = AdminToken(hash_of(TOKEN))
    async with open_sandbox(sandbox_settings(), networks_dir, SystemClock(), admin=admin) as sandbox:
        await sandbox.ready()
        async with asking(sandbox) as asked:
            asked.client.headers["authorization"] = f"Bearer {TOKEN}"
            yield asked


def problem_of(answer: httpx.Response, status: int, kind: str) -> str:
    """What the problem says."""
    body = answer.json()
    assert answer.headers["content-type"] == PROBLEM
    assert (answer.status_code, body["status"], body["type"]) == (status, status, kind)
    assert body["advice"]
    return str(body["detail"])


async def test_a_put_answers_with_the_set_its_hits_and_states(asked: Asked) -> None:
    put = await asked.client.put(PLACE, json={"seed": 7, "faults": [FULL, {"kind": "reset"}]})
    assert put.status_code == httpx.codes.OK
    seed, (full, reset) = put.json()["seed"], put.json()["faults"]
    assert (seed, full) == (7, {**FULL, "hits": 0, "state": "waiting"})
    plain = {"share": 1.0, "times": None, "after_s": 0, "for_s": None, "every_s": None, "source": "both", "path": ""}
    assert reset == {
        "kind": "reset",
        **plain,
        "seconds": None,
        "ledger": None,
        "factor": None,
        "hits": 0,
        "state": "active",
    }
    assert (await asked.client.get(PLACE)).json() == put.json()


async def test_a_get_counts_hits(asked: Asked) -> None:
    await asked.client.put(PLACE, json={"faults": [{"kind": "server_error", "times": 2}]})
    assert [(await asked.raw("/")).status_code for _ in range(3)] == [500, 500, 200]
    (fault,) = (await asked.client.get(PLACE)).json()["faults"]
    assert (fault["hits"], fault["state"]) == (2, "over")


async def test_a_put_replaces_the_whole_set_and_an_empty_list_switches_all_off(asked: Asked) -> None:
    await asked.client.put(PLACE, json={"faults": [{"kind": "server_error"}]})
    answer = await asked.client.put(PLACE, json={"faults": [{"kind": "gateway_timeout"}]})
    assert [fault["kind"] for fault in answer.json()["faults"]] == ["gateway_timeout"]
    assert (await asked.client.put(PLACE, json={"faults": []})).json() == {"seed": 0, "faults": []}
    assert (await asked.raw("/")).is_success


async def test_what_a_get_answered_can_be_put_again(asked: Asked) -> None:
    before = (await asked.client.put(PLACE, json={"seed": 7, "faults": [FULL]})).json()
    assert (await asked.client.put(PLACE, json=before)).json() == before


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{not json", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"faults":[{"kind":"reset","share":2}]}', r"$.faults[0].share"),
        (b'{"faults":[{"kind":"everything"}]}', "'everything'"),
        (b'{"seed":-1}', "$.seed"),
        (b'{"faults":[' + b",".join([b'{"kind":"reset"}'] * 65) + b"]}", "length <= 64"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_changed(asked: Asked, body: bytes, told: str) -> None:
    before = asked.sandbox.faults.put(FaultSet(3, (Fault(kind=Kind.RESET),)))
    detail = problem_of(await asked.client.put(PLACE, content=body), 422, "invalid-faults")
    assert told in detail
    assert asked.sandbox.faults.seen() == before


async def test_a_body_may_have_64_kib(asked: Asked) -> None:
    whole = b'{"faults":[]}'.ljust(MAX_BODY_BYTES)
    assert (await asked.client.put(PLACE, content=whole)).status_code == httpx.codes.OK
    problem_of(await asked.client.put(PLACE, content=whole + b" "), 413, "too-large")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {hash_of(TOKEN)}"]
)
async def test_without_the_token_nothing_is_seen_or_changed(asked: Asked, authorization: str | None) -> None:
    del asked.client.headers["authorization"]
    headers = {} if authorization is None else {"authorization": authorization}
    for method in ("GET", "PUT"):
        answer = await asked.client.request(method, PLACE, json={"faults": [{"kind": "reset"}]}, headers=headers)
        assert answer.headers["www-authenticate"] == 'Bearer realm="StellarMap"'
        assert TOKEN not in problem_of(answer, 401, "admin-token-required")
    assert asked.sandbox.faults.seen().faults == ()


async def test_a_network_that_was_given_no_token_lets_nobody_in(networks_dir: Path) -> None:
    async with open_sandbox(sandbox_settings(), networks_dir, SystemClock()) as sandbox, asking(sandbox) as asked:
        problem_of(await asked.client.get(PLACE, headers={"authorization": "Bearer "}), 401, "admin-token-required")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused(asked: Asked, method: str) -> None:
    answer = await asked.client.request(method, PLACE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT")
