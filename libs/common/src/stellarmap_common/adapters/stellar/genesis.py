"""The root account of a network, derived from its passphrase.

By PyNaCl, which stellar_sdk stands on: importing it takes 30 ms, stellar_sdk over a second of every start.
"""

from hashlib import sha256

from nacl.signing import SigningKey

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey


def genesis_of(passphrase: str) -> Address:
    """The account that holds everything at ledger 1: its seed is the network id, SHA-256 of the passphrase."""
    network_id = sha256(passphrase.encode()).digest()
    return Address(encode_strkey(StrkeyKind.ACCOUNT, bytes(SigningKey(network_id).verify_key)))
