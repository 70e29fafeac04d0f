"""Of a stranger's stellar.toml it is shown what is text, and no more than there is room for, whatever the text is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.stellar_toml import (
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_ACCOUNTS,
    MOST_FIELDS,
    MOST_TABLES,
    Tables,
    UnreadableToml,
    stellar_toml_of,
)

SDF = """
VERSION = "2.0.0"
NETWORK_PASSPHRASE="Public Global Stellar Network ; September 2015"
ACCOUNTS = ["GA", "GB", 7]
[DOCUMENTATION]
ORG_NAME = "A & Co"
ORG_DESCRIPTION = \"\"\"two
lines\"\"\"
[[PRINCIPALS]]
name = "Alice"
[[CURRENCIES]]
code = "USD"
display_decimals = 2
is_unlimited = true
max = 1.5
since = 2020-01-01
collateral_addresses = ["x"]
[[CURRENCIES]]
toml = "https://example.com/EUR.toml"
[[VALIDATORS]]
ALIAS = "a"
[OTHER]
what = "ever"
"""
KIB = 100 * 1024


def test_what_may_be_shown_is_read_as_text() -> None:
    found = stellar_toml_of(SDF)
    assert found.general["VERSION"] == "2.0.0"
    assert found.accounts == ("GA", "GB")
    assert found.documentation == {"ORG_NAME": "A & Co", "ORG_DESCRIPTION": "two lines"}
    assert found.principals == Tables(first=({"name": "Alice"},), total=1)
    usd = {"code": "USD", "display_decimals": "2", "is_unlimited": "true", "max": "1.5"}
    assert found.currencies == Tables(first=(usd, {"toml": "https://example.com/EUR.toml"}), total=2)
    assert found.validators == Tables(first=({"ALIAS": "a"},), total=1)


def test_much_is_cut_and_counted() -> None:
    found = stellar_toml_of(
        "ACCOUNTS = ["
        + "'G'," * (MOST_ACCOUNTS + 1)
        + "]\n"
        + "".join(f"k{number} = 'v'\n" for number in range(MOST_FIELDS + 1))
        + f"[DOCUMENTATION]\n{'n' * 2 * LONGEST_NAME} = '{'v' * 2 * LONGEST_VALUE}'\n"
        + "[[CURRENCIES]]\ncode='A'\n" * (MOST_TABLES + 1)
    )
    assert (len(found.accounts), len(found.general)) == (MOST_ACCOUNTS, MOST_FIELDS)
    assert found.documentation == {"n" * LONGEST_NAME: "v" * LONGEST_VALUE}
    assert (len(found.currencies.first), found.currencies.total) == (MOST_TABLES, MOST_TABLES + 1)


@pytest.mark.parametrize("text", ["DOCUMENTATION = 1\nCURRENCIES = 'x'", "ACCOUNTS = 'G'\n[CURRENCIES]\na = 'b'", ""])
def test_what_is_of_another_kind_than_it_should_be_is_left_out(text: str) -> None:
    found = stellar_toml_of(text)
    assert (found.documentation, found.currencies, found.accounts) == ({}, Tables(), ())


def test_a_number_that_cannot_be_written_is_left_out() -> None:
    assert stellar_toml_of(f"a = 0x{'f' * 5_000}\nb = 1").general == {"b": "1"}


def test_what_turns_or_hides_text_is_taken_out() -> None:
    assert stellar_toml_of('a = "\\u202Eb\\u0007c"').general == {"a": "bc"}


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "a = ",
        "a = 1\na = 2",
        "a=" + "[" * KIB,
        "a=" + "{b=" * (KIB // 3),
        "a." * (KIB // 2) + "b=1",
        "[" + "a." * (KIB // 2) + "b]",
        "a=" + "1" * KIB,
    ],
)
def test_what_is_not_toml_or_costs_too_much_is_refused_soon(text: str) -> None:
    began = time.process_time()
    with pytest.raises(UnreadableToml) as refused:
        stellar_toml_of(text)
    assert len(str(refused.value)) <= LONGEST_VALUE
    assert time.process_time() - began < 1


@given(st.text(max_size=200) | st.text(alphabet="[]{}=\"'#.,ab1\n\\-_:TZ", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = stellar_toml_of(text)
    except UnreadableToml:
        return
    assert all(len(value) <= LONGEST_VALUE for value in found.general.values())
