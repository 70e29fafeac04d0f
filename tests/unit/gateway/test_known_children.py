"""Whoever is known stands in the order asked for once, and whoever is not stands nowhere."""

from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import Address
from stellarmap_gateway.known_children import KnownChildren
from stellarmap_gateway.views.children_question import ChildrenQuestion, Sorting
from stellarmap_gateway.views.known_children import choice_of
from stellarmap_gateway.views.known_filter import KnownFilter
from tests.support.stores import address, creation

NAMES = [address(number) for number in range(12)]
names = st.sampled_from(NAMES)
amounts = st.none() | st.integers(0, 5)
codes = st.none() | st.sets(st.sampled_from(["EUR", "USD"])).map(lambda found: tuple(sorted(found)))


@st.composite
def known(draw: st.DrawFn) -> KnownChildren:
    faces = {}
    for child in draw(st.sets(names)):
        issues = draw(codes)
        complete = None if issues is None else draw(st.sampled_from([True, False, None]))
        faces[child] = Notable(child=child, balance_stroops=draw(amounts), issues=issues, issues_complete=complete)
    made = {child: (made_of(child), draw(st.integers(1, 4))) for child in draw(st.sets(names))}
    return KnownChildren(faces=faces, made=made, truncated=False)


def made_of(child: Address) -> Creation:
    return creation(child, "hub", 7)


def within(chosen: KnownFilter, face: Notable) -> bool:
    return (chosen.least or 0) <= (face.balance_stroops or 0) <= (9 if chosen.most is None else chosen.most)


filters = st.builds(
    KnownFilter, issuers=st.booleans(), least=amounts, most=amounts, code=st.sampled_from([None, "EUR", "USD"])
)


@given(known(), st.sampled_from(Sorting), filters)
def test_it_is_the_whole_sorted_without_those_of_whom_it_is_not_known(
    found: KnownChildren, sort: Sorting, chosen: KnownFilter
) -> None:
    choice = choice_of(found, ChildrenQuestion(limit=1, sort=sort, known=chosen))
    about_assets, about_balance = chosen.issuers or chosen.code, chosen.least is not None or chosen.most is not None
    told, cut = [], 0
    for child in {*found.faces, *found.made}:
        face = found.faces.get(child, Notable(child=child))
        value = {Sorting.BALANCE: face.balance_stroops, Sorting.CHILDREN: found.made.get(child, (None, None))[1]}
        if (about_assets and face.issues is None) or (about_balance and face.balance_stroops is None):
            continue
        if value.get(sort, 0) is None:
            continue
        if chosen.code and chosen.code not in (face.issues or ()) and face.issues_complete is False:
            cut += (not chosen.issuers or bool(face.issues)) and within(chosen, face)
        else:
            told.append((face, -(value.get(sort) or 0)))
    assert (choice.of_known, choice.cut) == (len(told), cut)
    fitting = [
        (value, face.child)
        for face, value in told
        if (not chosen.issuers or face.issues)
        and (chosen.code is None or chosen.code in (face.issues or ()))
        and within(chosen, face)
    ]
    assert choice.places == sorted(fitting)
