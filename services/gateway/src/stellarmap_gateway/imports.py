"""What was read before an import is read anew after it: imports store facts by the million, and tell of none of them."""

from collections.abc import Sequence
from typing import Protocol

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.ports.import_store import ImportStore, NetworkImport
from stellarmap_common.ports.networks import Networks

LOOK_S = 2.0  # so long an end that an import has stored may not be shown yet


class Remembering(Protocol):
    """Something that keeps what was read."""

    def forget_network(self, network: NetworkKey) -> None:
        """Afterwards nothing is kept of it."""
        ...


class ImportWatch:
    """Turns of a loop. Of each batch the state that tells of it is written after its facts: whoever sees it finds them."""

    def __init__(self, networks: Networks, imports: ImportStore, remembering: Sequence[Remembering]) -> None:
        self._networks = networks
        self._imports = imports
        self._remembering = remembering
        self._seen: dict[NetworkKey, NetworkImport | None] = {}

    async def look(self) -> None:
        """Afterwards nothing is kept that was read before the latest batch of an import was stored."""
        for network in self._networks:
            state = await self._imports.state_of(network.key)
            if state != self._seen.get(network.key):
                for each in self._remembering:
                    each.forget_network(network.key)
            self._seen[network.key] = state
