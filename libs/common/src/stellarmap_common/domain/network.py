"""Networks and their keys. A key names a network *and* its epoch; nothing stored or published ever crosses keys."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

NetworkKey = NewType("NetworkKey", str)
"""`public`, `testnet-<epoch>` or `sandbox-<seed>-<accounts>`: first part of every key in store and topics."""

Address = NewType("Address", str)
"""A checked G… address, or a C… address where a contract may stand."""


class NetworkName(StrEnum):
    """The network as people name it: the path segment of the API."""

    PUBLIC = "public"
    TESTNET = "testnet"
    SANDBOX = "sandbox"


RESETS = frozenset({NetworkName.TESTNET})
"""Networks that begin anew now and then, all accounts gone: what lies between two resets is an epoch."""

FIRST_EPOCH = 1
_EPOCH = re.compile("[1-9][0-9]{0,8}")  # without leading zeros: an epoch has one key

PUBLIC_PASSPHRASE = "Public Global Stellar Network ; September 2015"
TESTNET_PASSPHRASE = "Test SDF Network ; September 2015"


def network_name(key: NetworkKey) -> NetworkName:
    """The name of a key's network; ValueError for a key of no network."""
    return NetworkName(key.split("-", 1)[0])


def epoch_key(name: NetworkName, epoch: int) -> NetworkKey:
    """The key of one epoch of a network that resets."""
    return NetworkKey(f"{name}-{epoch}")


def epoch_of(key: NetworkKey) -> int | None:
    """The epoch in a key; None for a key that names none."""
    name, _, number = key.partition("-")
    return int(number) if name in RESETS and _EPOCH.fullmatch(number) else None


def sandbox_key(seed: int, accounts: int) -> NetworkKey:
    """The key of the simulated network of that seed and size."""
    return NetworkKey(f"sandbox-{seed}-{accounts}")


def sandbox_passphrase(key: NetworkKey) -> str:
    """The passphrase the simulated network derives its genesis account from."""
    return f"StellarMap Sandbox ; {key}"


@dataclass(frozen=True, slots=True, order=True)
class AccountRef:
    """An account of one network."""

    network: NetworkKey
    address: Address

    def __str__(self) -> str:
        return f"{self.network}:{self.address}"
