"""Which children are named first: those that created most, and beside them those that are known best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import Address
from stellarmap_gateway.notables import best_known
from stellarmap_gateway.views.notable import chosen_of

names = st.lists(st.sampled_from([Address(letter) for letter in "ABCDEFGHIJ"]), unique=True)


@pytest.mark.parametrize(
    ("by_children", "by_face", "top", "chosen"),
    [
        ("ABCD", "", 3, "ABC"),
        ("", "WXYZ", 3, "WXY"),
        ("ABCD", "WXYZ", 4, "ABWX"),
        ("ABCD", "WXYZ", 3, "ABW"),
        ("ABCD", "W", 4, "ABCW"),
        ("A", "WXYZ", 4, "AWXY"),
        ("ABCD", "BWA", 4, "ABCW"),
        ("ABCD", "CWXY", 4, "ABCW"),
        ("ABCD", "WXYZ", 0, ""),
    ],
)
def test_each_half_has_its_places_and_what_the_other_leaves(
    by_children: str, by_face: str, top: int, chosen: str
) -> None:
    found = chosen_of([Address(each) for each in by_children], [Address(each) for each in by_face], top)
    assert "".join(found) == chosen


@given(names, names, st.integers(0, 12))
def test_as_many_as_there_is_room_for_each_once_and_makers_in_their_order(
    by_children: list[Address], by_face: list[Address], top: int
) -> None:
    found = chosen_of(by_children, by_face, top)
    assert len(found) == len(set(found)) == min(top, len({*by_children, *by_face}))
    makers = [each for each in found if each in by_children]
    assert set(by_children[: -(-top // 2)]) <= set(found)
    assert set(by_face[: top // 2]) <= set(found)
    assert [each for each in makers if each not in by_face] == [
        each for each in by_children if each in found and each not in by_face
    ]


def test_large_balances_come_before_tags_and_tags_before_domains() -> None:
    faces = [
        Notable(child=Address("domain"), home_domain="a.example"),
        Notable(child=Address("tagged"), tags=("exchange",)),
        Notable(child=Address("rich"), balance_stroops=10**12),
        Notable(child=Address("richer"), balance_stroops=10**13),
    ]
    assert best_known(faces, 9) == ["richer", "rich", "tagged", "domain"]
    assert best_known(faces, 2) == ["richer", "rich"]
