"""Where a request stands in the queue, and how long it may take: what the limiter and the other requests say."""

from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.request_store import Request
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.requests import QueuePlace

LOOKED_AT = 500
_ORDER = {lane: place for place, lane in enumerate(Lane)}


async def place_of(gateway: Gateway, network: Network, request: Request, calls_left: int) -> QueuePlace:
    """The place; nothing to say of a request that has ended."""
    if request.completed or request.cancelled:
        return QueuePlace(ahead=None, expected_s=None, reason="cancelled" if request.cancelled else "completed")
    open_requests = await gateway.stores.requests.open_requests(network.key, limit=LOOKED_AT)
    ahead = sum(_goes_before(other, request) for other in open_requests)
    hindrance = gateway.reachability.hindrance(network)
    if hindrance:
        return QueuePlace(ahead=ahead, expected_s=None, reason=hindrance)
    wait_s = gateway.resources.limiter.expected_wait_s(
        f"horizon:{network.horizon_url}", request.lane, max(calls_left, 1)
    )
    return QueuePlace(
        ahead=ahead, expected_s=round(wait_s, 1), reason="At most: its history may end before the last page asked for."
    )


def _goes_before(other: Request, request: Request) -> bool:
    if other.ref == request.ref or other.cancelled:
        return False
    return (_ORDER[other.lane], other.created_at) < (_ORDER[request.lane], request.created_at)
