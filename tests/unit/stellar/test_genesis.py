"""The genesis account follows from the passphrase."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair
from stellar_sdk.network import Network

from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.domain.network import PUBLIC_PASSPHRASE, TESTNET_PASSPHRASE


@pytest.mark.parametrize(
    ("passphrase", "address"),
    [
        (PUBLIC_PASSPHRASE, "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"),
        (TESTNET_PASSPHRASE, "GBRPYHIL2CI3FNQ4BXLFMNDLFJUNPU2HY3ZMFSHONUCEOASW7QC7OX2H"),
    ],
)
def test_the_real_networks_have_their_real_genesis(passphrase: str, address: str) -> None:
    assert genesis_of(passphrase) == address


@given(st.text(min_size=1))
def test_any_passphrase_gives_what_stellar_sdk_derives(passphrase: str) -> None:
    network_id = Network(passphrase).network_id()
    assert genesis_of(passphrase) == Keypair.from_raw_ed25519_seed(network_id).public_key


def test_deriving_it_does_not_pay_a_second_for_importing_the_sdk() -> None:
    code = "import sys, stellarmap_common.adapters.stellar.genesis as g; g.genesis_of('x'); print('stellar_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"
