"""A client is its own address, unless a proxy that is trusted says better."""

import pytest

from stellarmap_gateway.clients import UNKNOWN, Clients


def scope(peer: str | None, forwarded: str = "", proto: str = "", scheme: str = "http") -> dict[str, object]:
    headers = [(b"x-forwarded-for", forwarded.encode()), (b"x-forwarded-proto", proto.encode())]
    return {"client": (peer, 1) if peer else None, "headers": headers, "scheme": scheme}


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ((), "203.0.113.7", "", "203.0.113.7"),
        ((), "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (("10.0.0.0/8",), "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (("10.0.0.0/8",), "10.1.2.3", "198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (("10.0.0.0/8",), "10.1.2.3", "", "10.1.2.3"),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.1.2.3", "not an address", UNKNOWN),
        ((), None, "", UNKNOWN),
        ((), "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    ],
)
def test_who_the_client_is(trusted: tuple[str, ...], peer: str | None, forwarded: str, client: str) -> None:
    assert Clients(trusted).of(scope(peer, forwarded)) == client


def test_tls_is_what_we_speak_or_what_a_trusted_proxy_speaks() -> None:
    clients = Clients(("10.0.0.0/8",))
    assert clients.secure(scope("203.0.113.7", scheme="https"))
    assert clients.secure(scope("10.1.2.3", proto="https"))
    assert not clients.secure(scope("10.1.2.3", proto="http"))
    assert not clients.secure(scope("203.0.113.7", proto="https"))
