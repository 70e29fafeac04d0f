"""Who a client is: its address, or the one that a trusted proxy says it forwards for."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

Scope = Any  # ASGI has no narrower type

_OWN_NETWORK_BITS = 64  # one subscriber owns a whole /64: counted singly, it would have 2^64 limits
UNKNOWN = "unknown"


class Clients:
    """Names clients, for limits. Only what a trusted proxy says is believed, from the right: the rest anyone can write."""

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        self._trusted = tuple(ip_network(each) for each in trusted_proxies)

    def of(self, scope: Scope) -> str:
        """The client of a request."""
        peer = scope.get("client")
        host = peer[0] if peer else ""
        if self._trusted and self._trusts(host):
            for forwarded in reversed(_header(scope, b"x-forwarded-for").split(",")):
                host = forwarded.strip() or host
                if not self._trusts(host):
                    break
        return _counted(host)

    def secure(self, scope: Scope) -> bool:
        """True when the client speaks TLS, to us or to a trusted proxy."""
        if scope.get("scheme") == "https":
            return True
        peer = scope.get("client")
        return bool(self._trusted and peer and self._trusts(peer[0])) and (
            _header(scope, b"x-forwarded-proto").strip() == "https"
        )

    def _trusts(self, host: str) -> bool:
        address = _address(host)
        return address is not None and any(address in network for network in self._trusted)


@lru_cache(maxsize=4_096)
def _counted(host: str) -> str:
    """The host as limits count it; text that is no address counts as one client."""
    address = _address(host)
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _OWN_NETWORK_BITS), strict=False))
    return str(address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _header(scope: Scope, name: bytes) -> str:
    values = (value for found, value in scope["headers"] if found == name)
    return b",".join(values).decode("latin-1")
