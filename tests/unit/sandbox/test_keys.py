"""Keys that carry their number, and that only their own network can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair, MuxedAccount, Network, StrKey

from stellarmap_common.domain.strkey import InvalidStrkey
from stellarmap_sandbox.keys import FIRST_CONTRACT, GENESIS, Keyring
from stellarmap_sandbox.spec import NetworkSpec

SPEC = NetworkSpec(7, 1_000)
KEYS = Keyring(SPEC)
NUMBERS = st.integers(0, 2**31 - 1)


@given(NUMBERS)
def test_an_address_is_a_valid_strkey_and_gives_its_number_back(number: int) -> None:
    address = KEYS.address(number)
    assert StrKey.is_valid_ed25519_public_key(address)
    assert KEYS.number_of(address) == number


@given(NUMBERS)
def test_a_transaction_hash_gives_its_transaction_back(number: int) -> None:
    transaction = number << 12
    assert KEYS.transaction_of(KEYS.transaction_hash(transaction)) == transaction


@given(st.binary(min_size=32, max_size=32))
def test_a_key_of_no_number_of_this_network_is_nobody(key: bytes) -> None:
    assert KEYS.number_of(StrKey.encode_ed25519_public_key(key)) is None
    assert KEYS.transaction_of(key.hex()) is None


@pytest.mark.parametrize(
    "other", [NetworkSpec(8, 1_000), NetworkSpec(7, 1_001), NetworkSpec(7, 1_000, hub_children=500)]
)
def test_another_network_cannot_read_them(other: NetworkSpec) -> None:
    assert Keyring(other).number_of(KEYS.address(5)) is None
    assert Keyring(other).transaction_of(KEYS.transaction_hash(5 << 12)) is None


def test_genesis_is_the_account_of_the_passphrase_as_the_sdk_derives_it() -> None:
    root = Keypair.from_raw_ed25519_seed(Network(SPEC.passphrase).network_id())
    assert KEYS.address(GENESIS) == root.public_key
    assert KEYS.number_of(root.public_key) == GENESIS


def test_contracts_have_contract_addresses_and_are_no_accounts() -> None:
    contract = KEYS.address(FIRST_CONTRACT)
    assert StrKey.is_valid_contract(contract)
    with pytest.raises(InvalidStrkey):
        KEYS.number_of(contract)


@given(st.integers(0, 2**64 - 1))
def test_a_muxed_address_is_as_the_sdk_writes_it(muxed_id: int) -> None:
    assert KEYS.muxed(3, muxed_id) == MuxedAccount(KEYS.address(3), muxed_id).account_muxed
