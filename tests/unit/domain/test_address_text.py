"""Whatever people paste is understood or refused with its reason; a secret seed never comes back out.

The cases stand in tests/data/address_text/cases.json: the browser parses the same ones.
"""

import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stellar_sdk import MuxedAccount, StrKey

from stellarmap_common.domain.address_text import (
    AddressKind,
    AddressProblem,
    UnreadableAddress,
    contains_seed,
    may_hold_seed,
    parse_address,
    redact_seeds,
)

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[2] / "data" / "address_text"
CASES: list[dict[str, Any]] = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))
BEGUN: dict[str, list[str]] = json.loads((DATA / "seeds_begun.json").read_text(encoding="utf-8"))
keys = st.binary(min_size=32, max_size=32)
seeds = keys.map(StrKey.encode_ed25519_secret_seed)
surroundings = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize("case", [case for case in CASES if "kind" in case], ids=lambda case: case["name"])
def test_what_people_paste_is_understood(case: dict[str, Any]) -> None:
    parsed = parse_address(case["text"])
    assert parsed.kind == case["kind"]
    assert parsed.address == case.get("address")
    assert parsed.federation == case.get("federation")
    assert parsed.muxed_id == (int(case["muxed_id"]) if "muxed_id" in case else None)


@pytest.mark.parametrize("case", [case for case in CASES if "problem" in case], ids=lambda case: case["name"])
def test_what_names_no_account_is_refused_with_the_reason(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAddress) as caught:
        parse_address(case["text"])
    assert caught.value.problem == case["problem"]


@given(keys, st.integers(min_value=0, max_value=2**64 - 1))
def test_muxed_accounts_are_unwrapped(key: bytes, muxed_id: int) -> None:
    account = StrKey.encode_ed25519_public_key(key)
    parsed = parse_address(MuxedAccount(account, muxed_id).account_muxed or "")
    assert (parsed.kind, parsed.address, parsed.muxed_id) == (AddressKind.ACCOUNT, account, muxed_id)


@given(seeds, surroundings, surroundings)
@example(StrKey.encode_ed25519_secret_seed(bytes(32)), "", "")
def test_a_seed_is_refused_wherever_it_stands_and_never_repeated(seed: str, before: str, after: str) -> None:
    with pytest.raises(UnreadableAddress) as refused:
        parse_address(f"{before} {seed} {after}")
    error = refused.value
    assert error.problem is AddressProblem.SECRET_SEED
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(vars(error))
    assert seed not in told
    assert seed[8:24] not in told


@given(seeds, surroundings, surroundings)
def test_a_redacted_text_contains_no_seed(seed: str, before: str, after: str) -> None:
    assert seed not in redact_seeds(f"{before} {seed} {after}")


def test_redaction_leaves_the_rest_alone() -> None:
    assert redact_seeds(f"key={'S' + 'A' * 55}; account={'G' * 56}") == f"key=[secret seed]; account={'G' * 56}"


@given(keys.map(StrKey.encode_ed25519_public_key))
def test_an_address_is_no_seed(address: str) -> None:
    assert not contains_seed(f"https://stellar.expert/explorer/public/account/{address}")


@pytest.mark.parametrize("text", BEGUN["held"], ids=ascii)
def test_what_may_be_the_start_of_a_seed_is_held_back(text: str) -> None:
    assert may_hold_seed(text)


@pytest.mark.parametrize("text", BEGUN["free"], ids=ascii)
def test_what_is_no_start_of_a_seed_is_not_held_back(text: str) -> None:
    assert not may_hold_seed(text)


@given(
    seeds,
    st.sampled_from(["", "my", "my ", "gate ", "secret: "]),
    st.sampled_from(["", " ", "-", ".", "\n", "\u00a0", "\u200b", " / "]),
    st.sampled_from([2, 4, 5, 7, 8, 10, 28]),
    st.sampled_from([("", ""), ("O", "0"), ("I", "1"), ("B", "8")]),
)
def test_a_seed_that_is_typed_is_held_back_from_its_twelfth_character_on(
    seed: str, before: str, gap: str, group: int, mistyped: tuple[str, str]
) -> None:
    wrong = seed.replace(*mistyped) if mistyped[0] else seed
    typed = before + gap.join(wrong[at : at + group] for at in range(0, len(wrong), group))
    begun = len(before) + len(gap) * (11 // group) + 12
    assert all(may_hold_seed(typed[:end]) for end in range(begun, len(typed) + 1))


@given(keys.map(StrKey.encode_ed25519_public_key), st.integers(min_value=0, max_value=56))
def test_the_start_of_an_address_is_not_held_back(address: str, end: int) -> None:
    assert not may_hold_seed(address[:end])
    assert not may_hold_seed(address[:end].lower())


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused_and_never_crashes(text: str) -> None:
    try:
        parsed = parse_address(text)
    except UnreadableAddress:
        return
    assert (parsed.address is None) != (parsed.federation is None)
