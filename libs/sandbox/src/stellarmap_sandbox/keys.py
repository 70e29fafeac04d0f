"""Addresses and hashes that can be read back: 10,000,000 accounts need no table from address to number.

A key is 24 hashed bytes and 8 bytes that carry its number, masked by a hash of the 24. It looks random, is found again
by unmasking, and a key of another network or one that was mistyped does not pass the check.
"""

from functools import lru_cache
from hashlib import blake2b, sha256

from nacl.signing import SigningKey

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.strkey import InvalidStrkey, StrkeyKind, decode_strkey, encode_strkey
from stellarmap_sandbox.spec import NetworkSpec

GENESIS = 0  # the number of the genesis account; created accounts count from 1 in order of their first creation
NOBODY = -1
FAILED_ONLY = 1 << 30  # from here on: addresses that only a failed creation ever named
FIRST_CONTRACT = -2  # contracts count downwards from here

_HEAD_BYTES = 24
_SECRET_BYTES = 16
_ACCOUNTS, _TRANSACTIONS, _CONTRACTS, _ASSETS = b"account", b"transaction", b"contract", b"asset"


class Keyring:
    """The keys of one network."""

    def __init__(self, spec: NetworkSpec) -> None:
        self._secret = sha256(spec.passphrase.encode() + spec.name.encode()).digest()[:_SECRET_BYTES]
        self._genesis = bytes(SigningKey(sha256(spec.passphrase.encode()).digest()).verify_key)
        self.address = lru_cache(maxsize=65_536)(self._address)
        self.transaction_hash = lru_cache(maxsize=8_192)(self._transaction_hash)

    def number_of(self, address: str) -> int | None:
        """The account of a valid G… address; None where this network has no such number."""
        kind, key = decode_strkey(address)
        if kind is not StrkeyKind.ACCOUNT:
            raise InvalidStrkey("not an account")
        return GENESIS if key == self._genesis else self._number(_ACCOUNTS, key)

    def transaction_of(self, transaction_hash: str) -> int | None:
        """The TOID behind a hash; None for a hash that is not of this network."""
        return self._number(_TRANSACTIONS, bytes.fromhex(transaction_hash))

    def muxed(self, number: int, muxed_id: int) -> str:
        """The M… address of an account and an id."""
        _, key = decode_strkey(self.address(number))
        return encode_strkey(StrkeyKind.MUXED, key + muxed_id.to_bytes(8, "big"))

    def asset_contract(self, asset: str) -> str:
        """The C… address of an asset's contract."""
        return encode_strkey(StrkeyKind.CONTRACT, self._hash(_ASSETS + asset.encode(), 32))

    def noise(self, topic: str, number: int, size: int = 8) -> bytes:
        """Bytes that look random and are always the same: for what no part of the network decides."""
        return self._hash(topic.encode() + number.to_bytes(8, "little", signed=True), size)

    def ledger_hash(self, ledger: int) -> str:
        """The hash of a ledger."""
        return self.noise("ledger", ledger, 32).hex()

    def _transaction_hash(self, transaction: int) -> str:
        """The hash of the transaction whose TOID (operation 0) is `transaction`."""
        return self._key(_TRANSACTIONS, transaction).hex()

    def _address(self, number: int) -> Address:
        """The G… address of an account, or the C… address of a contract."""
        if number == GENESIS:
            return Address(encode_strkey(StrkeyKind.ACCOUNT, self._genesis))
        if number <= FIRST_CONTRACT:
            return Address(encode_strkey(StrkeyKind.CONTRACT, self._key(_CONTRACTS, -number)))
        return Address(encode_strkey(StrkeyKind.ACCOUNT, self._key(_ACCOUNTS, number)))

    def _key(self, topic: bytes, number: int) -> bytes:
        head = self._hash(topic + number.to_bytes(8, "little"), _HEAD_BYTES)
        return head + (number ^ self._mask(head)).to_bytes(8, "little")

    def _number(self, topic: bytes, key: bytes) -> int | None:
        if len(key) != _HEAD_BYTES + 8:
            return None
        number = int.from_bytes(key[_HEAD_BYTES:], "little") ^ self._mask(key[:_HEAD_BYTES])
        return number if self._key(topic, number) == key else None

    def _mask(self, head: bytes) -> int:
        return int.from_bytes(self._hash(head, 8), "little")

    def _hash(self, data: bytes, size: int) -> bytes:
        return blake2b(
            self._secret + data, digest_size=size
        ).digest()  # together one block: half the time of a keyed hash
