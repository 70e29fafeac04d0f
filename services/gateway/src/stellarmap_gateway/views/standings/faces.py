"""Who accounts are, as far as anybody says: the one place where answers about standings ask."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.profile import Listing
from stellarmap_common.ports.horizon import DIRECTORY_PAGE
from stellarmap_gateway.context import Gateway

NOBODY = Listing()
_EVER = datetime.min.replace(tzinfo=UTC)


async def faces_of(gateway: Gateway, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, Listing]:
    """Those of the accounts that Stellar Expert's directory named when it was last asked about them."""
    portions = (accounts[start : start + DIRECTORY_PAGE] for start in range(0, len(accounts), DIRECTORY_PAGE))
    found = await asyncio.gather(*(gateway.stores.profiles.listings(network, portion, _EVER) for portion in portions))
    return {account: listed.listing for said in found for account, listed in said.items() if listed.listing is not None}
