"""What the network's accounts are called and own beyond XLM: no operation decides it, the account's number does."""

from dataclasses import dataclass
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator.story import DOMAIN
from stellarmap_sandbox.network import Network

_DOMAINS: Final = (
    "lumenvault.example",
    "orbit-exchange.example",
    "driftpay.example",
    "nebula.example",
    "harbor-anchor.example",
    "quasar-games.example",
    "tessera.example",
    "northstar.example",
)
_NAMES: Final = (
    "Lumen Vault",
    "Orbit Exchange",
    "Drift Pay",
    "Nebula",
    "Harbor Anchor",
    "Quasar Games",
    "Tessera",
    "Northstar",
)
_TAGS: Final = (
    ("exchange", "memo-required"),
    ("exchange",),
    ("wallet",),
    ("airdrop",),
    ("anchor", "issuer"),
    ("custodian",),
)
_CODES: Final = ("USDX", "EURX", "GOLD", "NEBULA", "TSR", "AQUILA")
_SHARED_DOMAINS: Final = 3
_ISSUING_HUBS: Final = 10
_ONE_IN_ISSUES: Final = 200
_ONE_IN_HOLDS: Final = 16
_ONE_IN_MALICIOUS: Final = 997


@dataclass(frozen=True, slots=True)
class Asset:
    """An issued asset."""

    code: str
    issuer: int  # account number

    @property
    def kind(self) -> str:
        """Its type, as Horizon names it."""
        return "credit_alphanum4" if len(self.code) <= 4 else "credit_alphanum12"  # noqa: PLR2004 - as the names say


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the directory."""

    name: str
    domain: str | None
    tags: tuple[str, ...]


def home_domain(network: Network, number: int) -> str | None:
    """The home domain the account has now."""
    return chosen_domain(network, number) if network.accounts.flags[number] & DOMAIN else None


def chosen_domain(network: Network, number: int) -> str:
    """The home domain the account sets when it sets one: mostly one of a few."""
    noise = network.keys.noise("domain", number)
    if noise[0] < 160:  # noqa: PLR2004 - five of eight
        return _DOMAINS[noise[1] % _SHARED_DOMAINS]
    return _DOMAINS[noise[1] % len(_DOMAINS)]


def issued_assets(network: Network, number: int) -> tuple[Asset, ...]:
    """The assets the account issues; most issue none."""
    noise = network.keys.noise("issues", number)
    if number in network.cast.hubs[:_ISSUING_HUBS]:
        return (Asset(_CODES[noise[1] % len(_CODES)], number),)
    if not network.exists(number) or int.from_bytes(noise[:4], "little") % _ONE_IN_ISSUES:
        return ()
    first = noise[4] % len(_CODES)
    codes = {_CODES[first], _CODES[(first + noise[5] % 3) % len(_CODES)]}
    return tuple(Asset(code, number) for code in sorted(codes))


def traded_asset(network: Network, key: int) -> Asset:
    """Some asset of a hub: always the same for the same key."""
    hubs = network.cast.hubs[:_ISSUING_HUBS]
    return issued_assets(network, hubs[network.keys.noise("asset", key)[0] % len(hubs)])[0]


def held_asset(network: Network, number: int) -> tuple[Asset, int] | None:
    """The asset the account has a trustline to, and how much of it; most have none."""
    noise = network.keys.noise("holds", number)
    if noise[0] % _ONE_IN_HOLDS:
        return None
    return traded_asset(network, number), int.from_bytes(noise[1:5], "little") * XLM // 1_000


def listed(network: Network, number: int) -> Listed | None:
    """What the directory says of the account: it knows the larger hubs, and some that do harm."""
    cast = network.cast
    known = [cast.examples["hub"], *(hub for hub in cast.hubs if hub != cast.examples["hub"])][: len(_NAMES)]
    if number in known:
        place = known.index(number)
        return Listed(f"{_NAMES[place]} hot wallet", _DOMAINS[place], _TAGS[place % len(_TAGS)])
    if number == cast.reserve:
        return Listed("Sandbox Foundation reserve", None, ("sdf", "custodian"))
    if network.keys.noise("directory", number)[0] == 0 and number % _ONE_IN_MALICIOUS == 0:
        return Listed("Phishing account", None, ("malicious",))
    return None


def all_listed(network: Network) -> list[tuple[int, Listed]]:
    """The named entries of the directory."""
    cast = network.cast
    found = ((number, listed(network, number)) for number in {cast.examples["hub"], cast.reserve, *cast.hubs})
    return [(number, entry) for number, entry in found if entry]
