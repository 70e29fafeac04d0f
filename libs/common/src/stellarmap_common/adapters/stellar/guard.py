"""Which addresses a stranger's domain may lead us to: public ones only, or our own network could be asked through us."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from stellarmap_common.ports.home_domains import DomainFault, DomainRefused, DomainUnavailable

Resolver = Callable[[str], Awaitable[tuple[str, ...]]]
"""The addresses of a host name, as text. Raises: OSError."""

_NAT64 = IPv6Network("64:ff9b::/96")


async def system_resolver(host: str) -> tuple[str, ...]:
    """What this machine's resolver says."""
    asked = partial(socket.getaddrinfo, host, 443, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_threads(), asked)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def _threads() -> ThreadPoolExecutor:
    """Of their own: a name whose servers are silent holds one for longer than anybody waits, and must hold up nothing else."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="strangers")


async def public_address(host: str, resolve: Resolver) -> str:
    """One address of the host, which is then connected to without resolving the name again.

    Raises: DomainRefused when any of its addresses is not public, DomainUnavailable when it has none.
    """
    try:
        addresses = await resolve(host)
    except (OSError, UnicodeError) as error:
        said = error.strerror or error if isinstance(error, OSError) else error  # its words, without their number
        raise DomainUnavailable(DomainFault.UNKNOWN, f"the domain {host} cannot be resolved: {said}") from error
    if not addresses:
        raise DomainUnavailable(DomainFault.UNKNOWN, f"the domain {host} has no address")
    if not all(map(is_public, addresses)):
        told = f"the domain {host} leads to an address that is not public; it is not asked"
        raise DomainRefused(DomainFault.INNER, told)
    return addresses[0]


def is_public(text: str) -> bool:
    """True for an address of the public internet; also what an IPv6 address wraps must be one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    wrapped = _wrapped(address) if isinstance(address, IPv6Address) else ()
    return all(map(_is_global, wrapped or (address,)))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False  # fec0::/10, which `is_global` takes for public
    return address.is_global and not address.is_multicast and not address.is_reserved


def _wrapped(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    return tuple(each for each in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if each)
