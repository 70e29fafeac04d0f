"""The stellar.toml of a home domain is shown as it is and as it is read; what keeps it from being shown has a type."""

from typing import Any

import pytest

from stellarmap_common.errors import RateLimited
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused, DomainUnavailable
from stellarmap_gateway.tomls import BOUNDS
from tests.support.gateway import NOW, Site, address, open_site, seed

PATH = "/api/v1/sandbox/toml"
TOML = """
VERSION = "2.0.0"
ACCOUNTS = ["GA"]
[DOCUMENTATION]
ORG_NAME = "A & Co"
[[CURRENCIES]]
code = "USD"
"""


async def refused(site: Site, domain: str) -> tuple[int, str]:
    answer = await site.api.get(PATH, params={"domain": domain})
    problem = answer.json()
    assert domain not in answer.text or problem["type"] not in {"invalid-domain", "secret-seed"}
    return answer.status_code, problem["type"]


async def test_what_a_domain_publishes_is_shown_as_it_is_and_as_it_is_read(site: Site) -> None:
    site.domains.texts["example.com"] = TOML
    found = await site.get(PATH, domain=" Example.com ")
    assert (found["network"], found["domain"]) == ("sandbox", "example.com")
    assert found["url"] == "https://example.com/.well-known/stellar.toml"
    assert found["fetched_at"].startswith(f"{NOW:%Y-%m-%dT%H:%M}")
    assert (found["text"], found["parse_error"]) == (TOML, None)
    assert found["content"] == {
        "general": {"VERSION": "2.0.0"},
        "accounts": ["GA"],
        "documentation": {"ORG_NAME": "A & Co"},
        "principals": {"tables": [], "total": 0},
        "currencies": {"tables": [{"code": "USD"}], "total": 1},
        "validators": {"tables": [], "total": 0},
    }


async def test_what_is_not_toml_is_shown_all_the_same_with_the_reason(site: Site) -> None:
    site.domains.texts["example.com"] = "<html>"
    found = await site.get(PATH, domain="example.com")
    assert (found["text"], found["content"]) == ("<html>", None)
    assert "line 1" in found["parse_error"]


@pytest.mark.parametrize(
    ("domain", "asked"),
    [("é.example", "xn--9ca.example"), ("XN--9CA.example", "xn--9ca.example"), ("a.b-c.example", "a.b-c.example")],
)
async def test_a_domain_in_any_script_is_asked_by_its_name_in_ascii(site: Site, domain: str, asked: str) -> None:
    site.domains.texts[asked] = TOML
    assert (await site.get(PATH, domain=domain))["domain"] == domain.lower()
    assert site.domains.asked == [asked]


@pytest.mark.parametrize(
    "domain",
    [
        "", ".", "localhost", "example", "example.com:443", "https://example.com", "example.com/a", "a@example.com",
        "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "::1", "１２７.0.0.1", "-a.example", "a-.example", "a..example",
        "example.com.", "a b.example", "a_b.example", "a" * 64 + ".example", "é" * 70 + ".example", "example.c",
        "a%2e.example", "?.example",
    ],
)  # fmt: skip
async def test_what_is_no_domain_is_not_asked(site: Site, domain: str) -> None:
    answer = await site.api.get(PATH, params={"domain": domain})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-domain")
    assert site.domains.asked == []


async def test_a_secret_seed_is_refused_and_neither_sent_on_nor_repeated(site: Site) -> None:
    secret = seed("mine")
    grouped = ".".join(secret[at : at + 8] for at in range(0, 56, 8))
    for text in (secret, f"{secret}.com", f"a.{secret.lower()}.com", grouped, grouped.lower(), secret[:20]):
        answer = await site.api.get(PATH, params={"domain": text})
        assert (answer.status_code, answer.json()["type"]) == (422, "secret-seed"), text
        assert text not in answer.text + str(answer.headers)
    assert (await refused(site, address("a"))) == (422, "invalid-domain")
    assert site.domains.asked == []


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (DomainUnavailable(DomainFault.UNKNOWN, "no"), (404, "domain-unknown")),
        (DomainRefused(DomainFault.INNER, "no"), (422, "domain-refused")),
        (DomainRefused(DomainFault.ELSEWHERE, "no"), (422, "domain-elsewhere")),
        (DomainUnavailable(DomainFault.SILENT, "no"), (502, "domain-silent")),
        (DomainUnavailable(DomainFault.TIMEOUT, "no"), (502, "domain-timeout")),
        (DomainUnavailable(DomainFault.FAILING, "no"), (502, "domain-failing")),
        (DomainRefused(DomainFault.REFUSING, "no"), (502, "domain-refusing")),
        (DomainRefused(DomainFault.MISSING, "no"), (404, "toml-missing")),
        (DomainRefused(DomainFault.TOO_LARGE, "no"), (422, "toml-too-large")),
        (DomainRefused(DomainFault.NO_TEXT, "no"), (422, "toml-no-text")),
        (RateLimited("no", retry_after_s=3), (503, "source-rate-limited")),
    ],
)
async def test_what_keeps_it_from_being_shown_has_a_type(
    site: Site, error: Exception, problem: tuple[int, str]
) -> None:
    site.domains.error = error
    assert await refused(site, "example.com") == problem


async def test_a_domain_is_asked_once_a_minute_and_one_that_told_nothing_again_at_once(site: Site) -> None:
    site.domains.error = DomainUnavailable(DomainFault.TIMEOUT, "no")
    assert await refused(site, "example.com") == (502, "domain-timeout")
    site.domains.error = None
    site.domains.texts["example.com"] = TOML
    found: list[Any] = [await site.get(PATH, domain="example.com") for _ in range(2)]
    assert site.domains.asked == ["example.com"] * 2
    assert found[0]["fetched_at"] == found[1]["fetched_at"]
    site.clock.pass_time(BOUNDS.kept_s)
    assert (await site.get(PATH, domain="example.com"))["fetched_at"] > found[0]["fetched_at"]
    assert site.domains.asked == ["example.com"] * 3


async def test_asking_domains_can_be_turned_off_and_is_limited_like_requests() -> None:
    async with open_site(federation=False) as site:
        assert await refused(site, "example.com") == (422, "domains-off")
        assert site.domains.asked == []
    async with open_site(requests_per_minute=1) as site:
        site.domains.texts["example.com"] = TOML
        await site.get(PATH, domain="example.com")
        assert await refused(site, "example.com") == (429, "rate-limited")
