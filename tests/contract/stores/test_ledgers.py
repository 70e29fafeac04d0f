"""Anchors: the nearest known ledgers around any other."""

from datetime import timedelta

from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.creation_store import LedgerAnchor
from stellarmap_common.ports.stores import Stores
from tests.support.stores import PUBLIC, SANDBOX, closed_at


def anchor(ledger: int) -> LedgerAnchor:
    return LedgerAnchor(Ledger(ledger), closed_at(ledger))


async def test_the_nearest_anchors_on_both_sides_are_found(stores: Stores) -> None:
    assert await stores.ledgers.anchors_around(SANDBOX, Ledger(5)) == (None, None)
    await stores.ledgers.record_anchors(SANDBOX, [anchor(10), anchor(3), anchor(7)])
    await stores.ledgers.record_anchors(PUBLIC, [anchor(5)])
    await stores.ledgers.record_anchors(SANDBOX, [])
    found = {ledger: await stores.ledgers.anchors_around(SANDBOX, Ledger(ledger)) for ledger in (2, 3, 5, 7, 8, 11)}
    assert found == {
        2: (None, anchor(3)),
        3: (anchor(3), anchor(3)),
        5: (anchor(3), anchor(7)),
        7: (anchor(7), anchor(7)),
        8: (anchor(7), anchor(10)),
        11: (anchor(10), None),
    }


async def test_a_known_anchor_stays_as_it_is(stores: Stores) -> None:
    await stores.ledgers.record_anchors(SANDBOX, [anchor(3)])
    later = LedgerAnchor(Ledger(3), closed_at(3) + timedelta(seconds=1))
    await stores.ledgers.record_anchors(SANDBOX, [later, anchor(4)])
    assert await stores.ledgers.anchors_around(SANDBOX, Ledger(3)) == (anchor(3), anchor(3))
