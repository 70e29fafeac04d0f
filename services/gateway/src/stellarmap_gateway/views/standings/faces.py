"""Who accounts are, as far as anybody says: the one place where answers about standings ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_gateway.context import Gateway


@dataclass(frozen=True, slots=True)
class Face:
    """How Stellar Expert's directory names an account."""

    name: str | None = None
    tags: tuple[str, ...] = ()


NOBODY = Face()


async def faces_of(gateway: Gateway, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, Face]:  # noqa: ARG001 - no profiles are stored yet
    """Those of the accounts of whom something is said. While no profiles are stored that is nobody."""
    return {}
