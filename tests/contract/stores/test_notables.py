"""Notable children of a creator: as they were read last, and gone when they are notable no more."""

import pytest

from stellarmap_common.domain.lookup import Notable
from stellarmap_common.ports.notable_store import NotableStore
from stellarmap_common.ports.stores import Stores
from tests.support.profiles import minute
from tests.support.stores import PUBLIC, account, address

HUB = account("hub")
RICH = Notable(child=address("rich"), balance_stroops=10**18, issues=())
NAMED = Notable(
    child=address("named"),
    balance_stroops=None,
    home_domain="é.example",
    name="É",
    tags=("exchange",),
    issues=("USD", "é"),
    issues_complete=False,
)


@pytest.fixture
def notables(stores: Stores) -> NotableStore:
    return stores.notables


async def test_what_is_put_is_read_as_it_was_in_order_of_addresses(notables: NotableStore) -> None:
    assert await notables.children_of(HUB, 9) == ()
    for _ in range(2):
        for each in (RICH, NAMED):
            await notables.put(HUB, each, minute(1))
    both = tuple(sorted((RICH, NAMED), key=lambda each: each.child))
    assert await notables.children_of(HUB, 9) == both
    assert await notables.children_of(HUB, 1) == both[:1]
    assert await notables.children_of(account("hub", PUBLIC), 9) == ()
    assert await notables.children_of(account("other"), 9) == ()


@pytest.mark.parametrize("turned", [False, True])
async def test_of_two_readings_the_later_stays(notables: NotableStore, *, turned: bool) -> None:
    poorer = Notable(child=RICH.child, balance_stroops=1, tags=("poor",))
    readings = [(RICH, minute(1)), (poorer, minute(2))]
    for each, at in readings[::-1] if turned else readings:
        await notables.put(HUB, each, at)
    assert await notables.children_of(HUB, 9) == (poorer,)


async def test_what_is_removed_is_gone_and_comes_back_when_it_is_put_again(notables: NotableStore) -> None:
    await notables.put(HUB, RICH, minute(1))
    await notables.put(HUB, NAMED, minute(1))
    for _ in range(2):
        await notables.remove(HUB, RICH.child, minute(2))
    assert await notables.children_of(HUB, 9) == (NAMED,)
    await notables.put(HUB, RICH, minute(3))
    await notables.remove(HUB, RICH.child, minute(2))
    assert {each.child for each in await notables.children_of(HUB, 9)} == {RICH.child, NAMED.child}
