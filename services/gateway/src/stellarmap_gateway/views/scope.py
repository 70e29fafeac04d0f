"""What every answer about a network begins with."""

from typing import Any

from stellarmap_common.domain.network import NetworkKey
from stellarmap_gateway.context import Gateway


def scope_of(gateway: Gateway, key: NetworkKey) -> dict[str, Any]:
    """The fields of `Scoped` as of now."""
    network = gateway.resources.networks.of(key)
    return {
        "network": network.segment if network else key,
        "network_key": key,
        "as_of": gateway.resources.clock.now(),
        "epoch": network.epoch if network else None,
        "current": network is None or network.current,
        "reset_at": network.reset_at if network else None,
    }
