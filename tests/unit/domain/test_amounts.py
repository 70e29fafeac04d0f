"""Amounts are exact, or refused."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stellarmap_common.domain.amounts import (
    MAX_STROOPS,
    STROOPS_PER_XLM,
    InvalidAmount,
    decimal_from_stroops,
    stroops_from_decimal,
    stroops_from_float,
)

pytestmark = pytest.mark.unit

any_stroops = st.integers(min_value=-MAX_STROOPS, max_value=MAX_STROOPS)
UNIQUE_DOUBLES_BELOW = 2**29 * STROOPS_PER_XLM


@given(any_stroops)
@example(10**18)
@example(2**53 + 1)
def test_every_amount_survives_the_way_to_text_and_back(stroops: int) -> None:
    assert stroops_from_decimal(decimal_from_stroops(stroops)) == stroops


@given(any_stroops)
def test_text_has_always_seven_decimals(stroops: int) -> None:
    assert re.fullmatch(r"-?[0-9]+\.[0-9]{7}", decimal_from_stroops(stroops))


@pytest.mark.parametrize(
    ("text", "stroops"),
    [
        ("0.0000000", 0),
        ("1", 10_000_000),
        ("0.0000001", 1),
        ("100000000000.0000000", 10**18),
        ("922337203685.4775807", MAX_STROOPS),
    ],
)
def test_amounts_as_horizon_writes_them(text: str, stroops: int) -> None:
    assert stroops_from_decimal(text) == stroops


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "1.00000001",
        "1e3",
        "1,000",
        " 1",
        "1 ",
        "+1",
        "١",
        "NaN",
        "922337203685.4775808",
        "1\n",
        "--1",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount):
        stroops_from_decimal(text)


@given(st.integers(min_value=-UNIQUE_DOUBLES_BELOW, max_value=UNIQUE_DOUBLES_BELOW))
def test_a_double_of_up_to_half_a_billion_lumens_tells_its_amount(stroops: int) -> None:
    assert stroops_from_float(stroops / STROOPS_PER_XLM) == stroops


@given(st.integers(min_value=UNIQUE_DOUBLES_BELOW, max_value=10**18))
@example(9_007_199_254_740_991)
def test_a_larger_double_never_tells_a_wrong_amount(stroops: int) -> None:
    assert stroops_from_float(stroops / STROOPS_PER_XLM) in (stroops, None)


@pytest.mark.parametrize("xlm", [math.nan, math.inf, -math.inf, 1e30, 0.000_000_04, 1 / 3])
def test_a_double_that_is_no_amount_tells_none(xlm: float) -> None:
    assert stroops_from_float(xlm) is None
