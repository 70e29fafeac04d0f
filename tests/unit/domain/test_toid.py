"""Total order ids order operations as the ledger does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.toid import is_provisional, ledger_of, provisional_toid, toid

pytestmark = pytest.mark.unit

places = st.tuples(
    st.integers(min_value=0, max_value=2**31 - 1),
    st.integers(min_value=0, max_value=2**20 - 1),
    st.integers(min_value=0, max_value=2**12 - 1),
)


@given(places, places)
def test_ids_are_ordered_as_ledger_transaction_operation(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    assert (toid(*one) < toid(*other)) == (one < other)


@given(places)
def test_an_id_tells_its_ledger_and_fits_a_signed_64_bit_integer(place: tuple[int, int, int]) -> None:
    assert ledger_of(toid(*place)) == place[0]
    assert toid(*place) < 2**63


@given(places)
def test_only_an_id_without_operation_is_provisional(place: tuple[int, int, int]) -> None:
    ledger, transaction, operation = place
    assert is_provisional(toid(*place)) == (transaction == operation == 0)
    assert is_provisional(provisional_toid(ledger))


@pytest.mark.parametrize("place", [(-1, 0, 0), (2**31, 0, 0), (0, 2**20, 0), (0, 0, 2**12), (0, -1, 0)])
def test_no_id_for_a_place_that_cannot_be(place: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such operation"):
        toid(*place)


def test_a_recorded_operation() -> None:
    assert toid(53_100_000, 17, 2) == 53_100_000 * 2**32 + 17 * 4096 + 2
