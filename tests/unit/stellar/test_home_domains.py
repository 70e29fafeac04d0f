"""The stellar.toml of a domain is read through the guard, and of whatever keeps it from being read it is known what it is."""

import asyncio

import httpx
import pytest

from stellarmap_common.adapters.stellar import strangers
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused, DomainUnavailable
from tests.support.internet import Answer, Internet
from tests.support.sources import opened_sources

TOML = 'VERSION = "2.0.0"\n'


def internet(toml: Answer, **addresses: list[tuple[str, ...]]) -> Internet:
    return Internet({"example.com": toml}, {name.replace("_", "."): found for name, found in addresses.items()})


def text(content: str | bytes, status: int = 200, **headers: str) -> Answer:
    content = content.encode() if isinstance(content, str) else content
    return lambda _: httpx.Response(status, content=content, headers=headers)


@pytest.mark.parametrize(
    ("published", "read"),
    [
        (TOML, TOML),
        ("\ufeff" + TOML, TOML),
        ("", ""),
        ("<html>é</html>", "<html>é</html>"),
        ("#" * 102_400, "#" * 102_400),
    ],
)
async def test_the_text_is_read_as_it_is(published: str, read: str) -> None:
    asked = internet(text(published))
    assert await asked.toml("example.com") == read
    (request,) = asked.requests
    assert (request.url.scheme, request.url.path) == ("https", "/.well-known/stellar.toml")
    assert asked.reached == [("example.com", "93.184.216.34")]


async def test_a_redirect_within_the_host_is_followed_at_the_address_that_was_checked() -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/toml":
            return httpx.Response(200, text=TOML)
        return httpx.Response(301, headers={"location": "https://example.com/toml"})

    asked = internet(moved, example_com=[("93.184.216.34",), ("10.0.0.1",)])
    assert await asked.toml("example.com") == TOML
    assert {address for _, address in asked.reached} == {"93.184.216.34"}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (text("", 404), DomainFault.MISSING),
        (text("", 410), DomainFault.MISSING),
        (text("", 403), DomainFault.REFUSING),
        (text("", 204), DomainFault.REFUSING),
        (text("", 302, location="https://other.example/"), DomainFault.ELSEWHERE),
        (text("", 302, location="http://example.com/"), DomainFault.ELSEWHERE),
        (text("", 302, location="https://example.com/again"), DomainFault.ELSEWHERE),
        (text("#" * 102_401), DomainFault.TOO_LARGE),
        (text(b"\xff\xfe"), DomainFault.NO_TEXT),
        (text(b"a\0b"), DomainFault.NO_TEXT),
    ],
)
async def test_what_stays_so_is_refused_with_what_it_is(answer: Answer, fault: DomainFault) -> None:
    with pytest.raises(DomainRefused) as refused:
        await internet(answer).toml("example.com")
    assert refused.value.fault is fault


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_domain_that_fails_may_be_asked_again(status: int) -> None:
    with pytest.raises(DomainUnavailable) as failed:
        await internet(text("", status)).toml("example.com")
    assert failed.value.fault is DomainFault.FAILING


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "fe80::1", "224.0.0.1"])
async def test_an_address_that_is_not_public_is_never_asked(address: str) -> None:
    asked = internet(text(TOML), example_com=[(address,)])
    with pytest.raises(DomainRefused) as refused:
        await asked.toml("example.com")
    assert refused.value.fault is DomainFault.INNER
    assert asked.requests == []


async def test_a_domain_without_an_address_and_one_that_breaks_off_are_told_apart() -> None:
    with pytest.raises(DomainUnavailable) as failed:
        await internet(text(TOML), example_com=[()]).toml("example.com")
    assert failed.value.fault is DomainFault.UNKNOWN

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no certificate", request=request)

    with pytest.raises(DomainUnavailable) as failed:
        await internet(broken).toml("example.com")
    assert failed.value.fault is DomainFault.SILENT


async def test_a_host_that_drips_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "TIMEOUT_S", 0.05)

    async def never(_: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    async with opened_sources(internet(text(TOML)), resolve=never) as opened:
        with pytest.raises(DomainUnavailable) as failed:
            await opened.sources.home_domains.toml_of("example.com")
    assert failed.value.fault is DomainFault.TIMEOUT
