"""Federation names are looked up at strangers' domains without letting them lead us into our own network."""

import asyncio
import socket
import threading

import httpx
import pytest

from stellarmap_common.adapters.stellar import strangers
from stellarmap_common.adapters.stellar.guard import is_public, system_resolver
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.ports.federation import FederationRecord
from tests.support.internet import Answer, Internet
from tests.support.sources import opened_sources

ACCOUNT = "GALPCCZN4YXA3YMJHKL6CVIECKPLJJCTVMSNYWBTKJW4K5HQLYLDMZTB"
TOML = 'FEDERATION_SERVER = "https://federation.example.net/lookup"\n'


def internet(toml: Answer | None = None, server: Answer | None = None, **addresses: list[tuple[str, ...]]) -> Internet:
    hosts = {
        "example.com": toml or (lambda _: httpx.Response(200, text=TOML)),
        "federation.example.net": server or (lambda _: httpx.Response(200, json={"account_id": ACCOUNT})),
    }
    return Internet(hosts, {name.replace("_", "."): found for name, found in addresses.items()})


async def test_a_name_is_looked_up_at_the_server_that_its_domain_names() -> None:
    asked = internet(server=lambda _: httpx.Response(200, json={"account_id": ACCOUNT, "memo_type": "id", "memo": 7}))
    assert await asked.look_up("alice+1*Example.com") == FederationRecord(account=ACCOUNT, memo_type="id", memo="7")
    toml, server = asked.requests
    assert toml.url.path == "/.well-known/stellar.toml"
    assert dict(server.url.params) == {"q": "alice+1*Example.com", "type": "name"}
    assert asked.reached == [("example.com", "93.184.216.34"), ("federation.example.net", "93.184.216.34")]
    assert all(request.url.scheme == "https" for request in asked.requests)


async def test_a_name_that_its_domain_does_not_know_is_none() -> None:
    assert await internet(server=lambda _: httpx.Response(404)).look_up("nobody*example.com") is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.1", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1", "::7f00:1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "fec0::2", "not an address",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_never_asked(address: str) -> None:
    asked = internet(example_com=[(address,)])
    with pytest.raises(SourceRejected, match="not public"):
        await asked.look_up("alice*example.com")
    assert asked.requests == []


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_a_public_address_may_be_asked(address: str) -> None:
    assert is_public(address)


async def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(SourceRejected, match="not public"):
        await internet(example_com=[("93.184.216.34", "10.0.0.1")]).look_up("alice*example.com")


async def test_the_server_that_a_stellar_toml_names_is_guarded_as_well() -> None:
    asked = internet(federation_example_net=[("10.0.0.1",)])
    with pytest.raises(SourceRejected, match=r"federation.example.net leads to an address that is not public"):
        await asked.look_up("alice*example.com")
    assert asked.reached == [("example.com", "93.184.216.34")]


async def test_a_domain_that_changes_its_address_meanwhile_is_asked_where_it_was_checked() -> None:
    # Of two answers, only the first is ever asked for: what was checked is what is connected to.
    asked = internet(example_com=[("93.184.216.34",), ("127.0.0.1",)])
    assert await asked.look_up("alice*example.com") is not None
    assert asked.reached[0] == ("example.com", "93.184.216.34")


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    away = httpx.Response(302, headers={"location": "https://169.254.169.254/latest/meta-data"})
    asked = internet(toml=lambda _: away)
    with pytest.raises(SourceRejected, match="redirects to another host"):
        await asked.look_up("alice*example.com")
    assert len(asked.requests) == 1


async def test_a_redirect_within_the_host_goes_to_the_address_that_was_checked() -> None:
    def toml(request: httpx.Request) -> httpx.Response:
        moved = request.url.path == "/.well-known/stellar.toml"
        return httpx.Response(301, headers={"location": "/moved.toml"}) if moved else httpx.Response(200, text=TOML)

    asked = internet(toml=toml, example_com=[("93.184.216.34",), ("10.0.0.1",)])
    assert await asked.look_up("alice*example.com") is not None
    assert {address for _, address in asked.reached} == {"93.184.216.34"}


@pytest.mark.parametrize(
    "location", ["http://example.com/plain", "https://example.com:8443/", "", "https://user@example.com/"]
)
async def test_a_redirect_in_a_circle_or_off_https_ends(location: str) -> None:
    asked = internet(toml=lambda _: httpx.Response(301, headers={"location": location}))
    with pytest.raises(SourceRejected):
        await asked.look_up("alice*example.com")
    assert len(asked.requests) <= 4


@pytest.mark.parametrize(
    "server",
    [
        "http://federation.example.net", "https://federation.example.net:22/", "ftp://federation.example.net", "file:///etc",
        "https://user:word@federation.example.net/", "https://", "no url", "https://[::1", "https://federation.example.net:99999",
    ],
)  # fmt: skip
async def test_a_server_that_is_not_plain_https_is_not_asked(server: str) -> None:
    asked = internet(toml=lambda _: httpx.Response(200, text=f'FEDERATION_SERVER = "{server}"'))
    with pytest.raises(SourceRejected):
        await asked.look_up("alice*example.com")
    assert len(asked.requests) == 1


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (httpx.Response(404), "publishes no stellar.toml"),
        (httpx.Response(200, text="VERSION = '2'"), "names no FEDERATION_SERVER"),
        (httpx.Response(200, text="FEDERATION_SERVER = 7"), "names no FEDERATION_SERVER"),
        (httpx.Response(200, text="<html>"), "is not TOML"),
        (httpx.Response(200, content=b"\xff"), "is not text"),
        (httpx.Response(403), "answers 403"),
        (httpx.Response(200, text="#" * (strangers.LONGEST_BYTES + 1)), "longer than 102,400 bytes"),
        (httpx.Response(200, headers={"content-encoding": "gzip"}, content=b""), "packed"),
    ],
)
async def test_a_domain_without_federation_is_refused_with_the_reason(toml: httpx.Response, told: str) -> None:
    with pytest.raises(SourceRejected, match=told):
        await internet(toml=lambda _: toml).look_up("alice*example.com")


@pytest.mark.parametrize(
    "server",
    [httpx.Response(503), httpx.Response(429), httpx.Response(200, text="<"), httpx.Response(200, json={"id": 1})],
)
async def test_a_server_that_fails_may_be_asked_again(server: httpx.Response) -> None:
    with pytest.raises(SourceUnavailable):
        await internet(server=lambda _: server).look_up("alice*example.com")


async def test_a_domain_that_cannot_be_resolved_may_be_asked_again() -> None:
    async def unknown(_: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with opened_sources(internet(), resolve=unknown) as opened:
        with pytest.raises(SourceUnavailable, match=r"example\.com cannot be resolved: Name or service not known"):
            await opened.sources.federation.resolve("alice*example.com")


async def test_a_host_that_drips_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "TIMEOUT_S", 0.05)

    async def never(_: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    async with opened_sources(internet(), resolve=never) as opened:
        with pytest.raises(SourceUnavailable, match="did not answer within"):
            await opened.sources.federation.resolve("alice*example.com")


async def test_a_name_is_looked_up_in_threads_that_serve_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (threading.current_thread().name, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    (thread,) = await system_resolver("example.com")
    assert thread.startswith("strangers")


async def test_names_for_this_machine_in_any_spelling_are_resolved_and_refused() -> None:
    for host in ("localhost", "127.1", "0x7f000001", "2130706433"):
        assert not all(map(is_public, await system_resolver(host)))
