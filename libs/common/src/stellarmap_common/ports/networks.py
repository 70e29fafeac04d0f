"""The networks of an installation, and which epoch of each is current."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from stellarmap_common.domain.network import FIRST_EPOCH, AccountRef, NetworkKey, NetworkName, epoch_key, epoch_of
from stellarmap_common.ports.epoch_store import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network as this installation sees it; of one that resets, one epoch."""

    name: NetworkName
    key: NetworkKey
    passphrase: str
    genesis: AccountRef  # derived from the passphrase
    horizon_url: str
    expert_url: str = ""  # empty = off
    bigquery_project: str = ""  # in which queries about this network run; empty = it cannot be asked there
    bigquery_url: str = ""  # empty = Google's
    max_per_hour: int = 0  # of the sandbox's Horizon, 0 = no limit; that of any other is configured at run time
    epoch: int | None = None  # None: this network does not reset
    began_at: datetime | None = None  # when this epoch was first seen, if it was
    reset_at: datetime | None = None  # when it was seen that this epoch is over; None: it is current
    reset_reason: str = ""  # by what that was seen

    @property
    def current(self) -> bool:
        """False for an epoch that is over: what is stored of it can be read, and nothing of it is worked on."""
        return self.reset_at is None

    @property
    def segment(self) -> str:
        """Its place in paths: the name means the current epoch, any other has its key."""
        return str(self.name) if self.current else self.key

    @property
    def horizon_source(self) -> str:
        """Under what its Horizon is limited, and its use is told."""
        return f"horizon:{self.horizon_url}"

    @property
    def expert_source(self) -> str:
        """The same of its Stellar Expert: public and testnet share the limit of one host. Empty = off."""
        url = urlsplit(self.expert_url)
        path = url.path if self.name is NetworkName.SANDBOX else ""
        return f"expert:{url.scheme}://{url.netloc}{path}" if self.expert_url else ""

    @property
    def bigquery_source(self) -> str:
        """Under what it is told whether its queries can be run. Empty = it cannot be asked there."""
        return f"bigquery:{self.bigquery_project}" if self.bigquery_project else ""

    @property
    def over(self) -> str:
        """Why nothing of an epoch that is over is worked on, as a sentence."""
        when = f" on {self.reset_at:%Y-%m-%d}" if self.reset_at else ""
        return f"{self.name} was reset{when}: this is its epoch {self.epoch}, which is over"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the networks at one moment; swapped as a whole."""

    current: tuple[Network, ...]
    past: tuple[Network, ...] = ()

    def all(self) -> Iterator[Network]:
        yield from self.current
        yield from self.past


class Networks:
    """Lookup by path segment and by key. `learn` moves networks that were reset to their new epoch."""

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self._keep(_Known(networks))

    def __iter__(self) -> Iterator[Network]:
        """The current epoch of each network, in the order of the settings."""
        return iter(self._known.current)

    @property
    def past(self) -> tuple[Network, ...]:
        """Every epoch that is over, oldest first within its network."""
        return self._known.past

    def named(self, segment: str) -> Network | None:
        """The current epoch of the network of that name, or the epoch of that key; None if there is none here."""
        return self._by_segment.get(segment)

    def of(self, key: NetworkKey) -> Network | None:
        """The network of that key, in whatever epoch; None if it is not one of this installation's."""
        return self._by_key.get(key)

    def epochs_of(self, name: NetworkName) -> tuple[Network, ...]:
        """The epochs of a network that resets, oldest first."""
        found = (network for network in self._known.all() if network.name is name and network.epoch is not None)
        return tuple(sorted(found, key=lambda network: network.epoch or 0))

    def may_have_begun(self, key: NetworkKey) -> bool:
        """True for the key of an epoch after the current one: this process may not have learned of it yet."""
        number = epoch_of(key)
        return number is not None and any(
            network.epoch is not None and epoch_key(network.name, number) == key and number > network.epoch
            for network in self._known.current
        )

    def learn(self, epochs: Iterable[Epoch]) -> None:
        """Afterwards the latest of these epochs of each network is its current one. Never goes back."""
        stored = list(epochs)
        current: list[Network] = []
        past: list[Network] = []
        for network in self._known.current:
            found = _epochs(network, {epoch.number: epoch for epoch in stored if epoch.network is network.name})
            *ended, latest = found or self.epochs_of(network.name) or (network,)
            current.append(latest)
            past += ended
        self._keep(_Known(tuple(current), tuple(past)))

    def _keep(self, known: _Known) -> None:
        self._known = known
        self._by_key = {network.key: network for network in known.all()}
        self._by_segment = {str(network.key): network for network in known.all() if network.epoch is not None} | {
            str(network.name): network for network in known.current
        }


def _epochs(network: Network, stored: Mapping[int, Epoch]) -> list[Network]:
    """Every epoch of the network, oldest first; none where none is stored that is as new as the one we know."""
    if network.epoch is None or max(stored, default=0) < network.epoch:
        return []
    numbers = sorted({FIRST_EPOCH, *stored})  # the first may have ended before anybody looked
    endings = [*(stored[number] for number in numbers[1:]), None]
    return [_in_epoch(network, number, stored.get(number), end) for number, end in zip(numbers, endings, strict=True)]


def _in_epoch(network: Network, number: int, epoch: Epoch | None, end: Epoch | None) -> Network:
    key = epoch_key(network.name, number)
    return replace(
        network,
        key=key,
        genesis=AccountRef(key, network.genesis.address),
        epoch=number,
        began_at=epoch.began_at if epoch else None,
        reset_at=end.began_at if end else None,
        reset_reason=end.reason if end else "",
    )
