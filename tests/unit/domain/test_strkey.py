"""Our strkey is stellar_sdk's strkey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import MuxedAccount, StrKey

from stellarmap_common.domain.strkey import (
    InvalidStrkey,
    StrkeyKind,
    decode_strkey,
    encode_strkey,
    is_account,
    is_contract,
)

pytestmark = pytest.mark.unit

keys = st.binary(min_size=32, max_size=32)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@given(keys)
def test_accounts_contracts_and_seeds_are_written_as_stellar_sdk_writes_them(key: bytes) -> None:
    assert encode_strkey(StrkeyKind.ACCOUNT, key) == StrKey.encode_ed25519_public_key(key)
    assert encode_strkey(StrkeyKind.CONTRACT, key) == StrKey.encode_contract(key)
    assert encode_strkey(StrkeyKind.SEED, key) == StrKey.encode_ed25519_secret_seed(key)


@given(keys, st.integers(min_value=0, max_value=2**64 - 1))
def test_muxed_accounts_are_written_as_stellar_sdk_writes_them(key: bytes, muxed_id: int) -> None:
    theirs = MuxedAccount(StrKey.encode_ed25519_public_key(key), muxed_id).account_muxed
    assert theirs is not None
    assert encode_strkey(StrkeyKind.MUXED, key + muxed_id.to_bytes(8, "big")) == theirs
    assert decode_strkey(theirs) == (StrkeyKind.MUXED, key + muxed_id.to_bytes(8, "big"))


@given(st.sampled_from([StrkeyKind.ACCOUNT, StrkeyKind.CONTRACT, StrkeyKind.SEED]), keys)
def test_what_is_written_is_read_back(kind: StrkeyKind, key: bytes) -> None:
    assert decode_strkey(encode_strkey(kind, key)) == (kind, key)


@given(keys, st.integers(min_value=0, max_value=55), st.sampled_from(BASE32))
def test_one_changed_character_is_noticed(key: bytes, at: int, letter: str) -> None:
    text = encode_strkey(StrkeyKind.ACCOUNT, key)
    changed = text[:at] + letter + text[at + 1 :]
    assert is_account(changed) == (changed == text)


@given(
    st.one_of(
        st.text(max_size=80), st.text(alphabet=BASE32 + "=", max_size=80), keys.map(StrKey.encode_ed25519_public_key)
    )
)
def test_any_text_is_judged_as_stellar_sdk_judges_it(text: str) -> None:
    assert is_account(text) == StrKey.is_valid_ed25519_public_key(text)
    assert is_contract(text) == StrKey.is_valid_contract(text)


@given(keys)
def test_no_message_repeats_the_text(key: bytes) -> None:
    seed = encode_strkey(StrkeyKind.SEED, key)[:-1] + "!"
    with pytest.raises(InvalidStrkey) as caught:
        decode_strkey(seed)
    assert seed[:-1] not in repr(caught.value)


def test_a_payload_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(InvalidStrkey, match="has 32 bytes, not 31"):
        encode_strkey(StrkeyKind.ACCOUNT, b"\x00" * 31)
