"""What holds for every path: headers, limits, hosts, forms of bodies, and problems instead of anything else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.errors import StoreUnavailable
from stellarmap_gateway import guard
from tests.support.gateway import Site, address, open_site

OVERVIEW = "/api/v1/sandbox/overview"


async def test_every_answer_has_the_security_headers_and_an_id_of_its_own(site: Site) -> None:
    answers = [await site.api.get(path) for path in (OVERVIEW, "/api/v1/docs", "/api/v1/nothing", "/api/v1/x/overview")]
    for answer in answers:
        assert (
            "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:"
            in answer.headers["content-security-policy"]
        )
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


@pytest.mark.parametrize(
    ("method", "path", "status", "type_"),
    [
        ("GET", "/api/v1/nothing/here/at/all", 404, "no-such-path"),
        ("GET", "/api/v1", 404, "no-such-path"),
        ("GET", f"{OVERVIEW}/", 404, "no-such-path"),
        ("POST", OVERVIEW, 405, "method-not-allowed"),
        ("HEAD", OVERVIEW, 405, None),
        ("DELETE", "/api/v1/networks", 405, "method-not-allowed"),
        ("GET", f"{OVERVIEW}?limit=3", 422, "unknown-parameter"),
        ("GET", f"/api/v1/sandbox/accounts/{address('a')}/children?limit=0", 422, "invalid-request"),
        ("GET", f"/api/v1/sandbox/accounts/{address('a')}/children?limit=501", 422, "invalid-request"),
        ("GET", f"/api/v1/sandbox/accounts/{address('a')}/children?sort=name", 422, "invalid-request"),
        ("GET", f"/api/v1/sandbox/accounts/{address('a')}/lineage?group=tag", 422, "invalid-request"),
        ("GET", f"/api/v1/sandbox/accounts/{address('a')}/lineage?lim=3", 422, "unknown-parameter"),
        ("GET", f"{OVERVIEW}?{'x' * 9_000}", 414, "too-long"),
    ],
)
async def test_every_refusal_is_a_problem(site: Site, method: str, path: str, status: int, type_: str | None) -> None:
    answer = await site.api.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if type_:
        assert answer.json()["type"] == type_
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.json()["advice"]


@pytest.mark.parametrize(
    ("query", "type_"),
    [
        ("issuers=true&issuers=false", "repeated-parameter"),
        ("limit=1&limit=1", "repeated-parameter"),
        ("sort=nothing&sort=created", "repeated-parameter"),
        ("nothing=1&nothing=1", "unknown-parameter"),
    ],
)
async def test_a_parameter_is_sent_once_and_none_of_two_values_left_out(site: Site, query: str, type_: str) -> None:
    (account,) = await site.chain("account")
    answer = await site.api.get(site.path(account, f"/children?{query}"))
    assert (answer.status_code, answer.json()["type"]) == (422, type_)


async def test_a_parameter_that_takes_many_values_may_be_sent_as_often(site: Site) -> None:
    await site.get("/api/v1/sandbox/standings/changes", type=["ENTERED", "EXITED"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "origin": "https://stranger.example"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "https://other.localhost"}, 403),
        ({"origin": "http://stranger.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost:5173"}, 202),
        ({"origin": "http://testhost"}, 202),
        ({}, 202),
    ],
)
async def test_a_page_of_another_site_changes_nothing(site: Site, headers: dict[str, str], status: int) -> None:
    await site.map(site.ref("a"), AccountStatus.FAILED)
    path = site.path(site.ref("a"), "/retry")  # takes no body, so a form of any page could send it
    headers = {name: value.replace("testhost", site.api.base_url.netloc.decode()) for name, value in headers.items()}
    answer = await site.api.post(path, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "other-site"


async def test_a_body_that_is_not_declared_as_json_is_refused(site: Site) -> None:
    path = "/api/v1/sandbox/resolve"
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = await site.api.post(path, content=b'{"text": "x"}', headers={"content-type": content_type})
        assert (answer.status_code, answer.json()["type"]) == (415, "not-json")
    answer = await site.api.post(
        path, content=b'{"text": "x"}', headers={"content-type": "application/json; charset=utf-8"}
    )
    assert answer.json()["type"] == "address-no-address"


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"text": 1' + b"0" * 9_999 + b"}", b"", b"null", b"[]", b'"x"']
)
async def test_a_body_that_cannot_be_read_is_a_problem(site: Site, content: bytes) -> None:
    for path in ("/api/v1/sandbox/resolve", f"/api/v1/sandbox/accounts/{address('a')}/requests"):
        answer = await site.api.post(path, content=content, headers={"content-type": "application/json"})
        assert answer.status_code in {202, 400, 422}
        assert answer.status_code != 202 or content in {b"", b"null"}


async def test_a_body_over_its_limit_is_refused_however_it_is_sent(site: Site) -> None:
    large = b'{"text": "' + b"x" * 300_000 + b'"}'

    async def in_chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    contents: list[bytes | AsyncIterator[bytes]] = [large, in_chunks()]
    for content in contents:
        answer = await site.api.post(
            "/api/v1/sandbox/resolve", content=content, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["type"]) == (413, "too-large")


async def test_unknown_fields_of_a_body_are_refused_and_not_repeated(site: Site) -> None:
    answer = await site.api.post("/api/v1/sandbox/resolve", json={"text": "x", "surprise": 1})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-request")
    assert "surprise" not in answer.text


async def test_only_names_of_this_installation_are_answered() -> None:
    async with open_site(http_allowed_hosts=("stellarmap.example",)) as site:
        for host in (
            "localhost",
            "LOCALHOST:8400",
            "127.0.0.1:8400",
            "[::1]:8400",
            "192.168.1.7",
            "stellarmap.example",
        ):
            assert (await site.api.get(OVERVIEW, headers={"host": host})).status_code == 200
        for host in (
            "evil.example",
            "stellarmap.example.evil.example",
            "",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
        ):
            answer = await site.api.get(OVERVIEW, headers={"host": host})
            assert (answer.status_code, answer.json()["type"]) == (421, "host-not-allowed")
    async with open_site(http_allowed_hosts=("*",)) as site:
        assert (await site.api.get(OVERVIEW, headers={"host": "anything.example"})).status_code == 200


async def test_reading_faster_than_allowed_is_refused_until_the_minute_has_passed() -> None:
    async with open_site(reads_per_minute=5) as site:
        assert [(await site.api.get("/api/v1/networks")).status_code for _ in range(6)] == [200] * 5 + [429]
        refused = await site.api.get("/api/v1/usage")
        site.clock.pass_time(int(refused.headers["retry-after"]))
        assert (await site.api.get("/api/v1/networks")).status_code == 200


async def test_each_client_behind_a_trusted_proxy_has_its_own_limit() -> None:
    async with open_site(reads_per_minute=2, trusted_proxies=("127.0.0.1",)) as site:

        async def reads(forwarded: str) -> list[int]:
            headers = {"x-forwarded-for": forwarded}
            return [(await site.api.get("/api/v1/networks", headers=headers)).status_code for _ in range(3)]

        assert await reads("203.0.113.1") == [200, 200, 429]
        assert await reads("203.0.113.2") == [200, 200, 429]
        assert await reads("198.51.100.9, 203.0.113.1") == [
            429,
            429,
            429,
        ]  # what the client wrote itself is not believed
        assert await reads("2001:db8:1:1::1") == [200, 200, 429]
        assert await reads("2001:db8:1:1::2") == [429, 429, 429]  # one /64 is one subscriber
    async with open_site(reads_per_minute=2) as site:
        assert (await site.api.get("/api/v1/networks", headers={"x-forwarded-for": "203.0.113.1"})).status_code == 200
        await site.api.get("/api/v1/networks")
        assert (await site.api.get("/api/v1/networks", headers={"x-forwarded-for": "203.0.113.2"})).status_code == 429


async def test_behind_tls_browsers_are_told_to_stay_there() -> None:
    async with open_site(trusted_proxies=("127.0.0.1",)) as site:
        answer = await site.api.get(OVERVIEW, headers={"x-forwarded-proto": "https"})
        assert "max-age" in answer.headers["strict-transport-security"]


async def test_an_answer_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    (account,) = await site.chain("account")
    path = site.path(account, "/lineage")
    first = await site.api.get(path)
    site.clock.at += timedelta(minutes=5)
    assert (await site.api.get(path)).headers["etag"] == first.headers["etag"]
    same = await site.api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    strong = first.headers["etag"].removeprefix("W/")  # as some proxies make of it
    assert (await site.api.get(path, headers={"If-None-Match": f'"x", {strong}'})).status_code == 304
    await site.children(account, 1)
    changed = await site.api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["cache-control"] == "no-cache"


async def test_a_store_that_does_not_answer_is_told_without_its_details(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise StoreUnavailable("/home/somebody/.data/store.sqlite is locked", retry_after_s=7)

    monkeypatch.setattr(type(site.stores.known), "known_of", fails)
    monkeypatch.setattr(type(site.stores.accounts), "state_of", fails)
    answer = await site.api.get(site.path(address("a")))
    assert (answer.status_code, answer.json()["type"]) == (503, "store-unavailable")
    assert answer.headers["retry-after"] == "7"
    assert "somebody" not in answer.text
    health = await site.api.get("/api/v1/health")
    assert (health.status_code, health.json()["state"]) == (503, "UNHEALTHY")


async def test_a_bug_is_a_problem_with_an_id_and_without_its_words(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError("a word that nobody outside should read")

    monkeypatch.setattr(type(site.stores.known), "known_of", breaks)
    with capture_logs() as logs:
        answer = await site.api.get(site.path(address("a")))
    assert [(each["event"], each["request_id"]) for each in logs] == [
        ("request_failed", answer.headers["x-request-id"])
    ]
    assert (answer.status_code, answer.json()["type"]) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "nobody outside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_answer_that_takes_too_long_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(type(site.stores.known), "known_of", never)
    monkeypatch.setattr(guard, "ANSWER_S", 0.01)
    answer = await site.api.get(site.path(address("a")))
    assert (answer.status_code, answer.json()["type"]) == (503, "too-slow")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "retry-after" in answer.headers


async def test_how_long_answers_took_is_counted_by_route_and_never_by_path(site: Site) -> None:
    await site.api.get(site.path(address("a")))
    await site.api.get(f"/api/v1/{address('b')}")
    metric = site.gateway.resources.metrics.http_request_seconds
    routes = {sample.labels["route"] for each in metric.collect() for sample in each.samples}
    assert "/api/v1/{network}/accounts/{address}" in routes
    assert not any("G" in route for route in routes)
