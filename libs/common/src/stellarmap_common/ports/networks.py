"""The networks of an installation, and which epoch of each is current."""

from collections.abc import Iterator
from dataclasses import dataclass

from stellarmap_common.domain.network import AccountRef, NetworkKey, NetworkName


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network as this installation sees it."""

    name: NetworkName
    key: NetworkKey  # of the current epoch
    passphrase: str
    genesis: AccountRef  # derived from the passphrase
    horizon_url: str
    expert_url: str = ""  # empty = off
    max_per_hour: int = 0  # of the Horizon behind the URL; 0 = no limit


class Networks:
    """Lookup by path segment and by key."""

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self._all = networks
        self._by_name = {str(network.name): network for network in networks}
        self._by_key = {network.key: network for network in networks}

    def __iter__(self) -> Iterator[Network]:
        return iter(self._all)

    def named(self, name: str) -> Network | None:
        """The current epoch of the network of that name; None if this installation has none."""
        return self._by_name.get(name)

    def of(self, key: NetworkKey) -> Network | None:
        """The network of that key; None if it is not (or no longer) one of this installation's."""
        return self._by_key.get(key)
