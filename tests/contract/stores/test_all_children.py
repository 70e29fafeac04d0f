"""Answers about all children of an account are the same whatever store is behind them."""

import csv
import io

from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.views.export.portions import READ_TOGETHER
from tests.support.gateway import Site, creation, merge, open_site
from tests.support.rings import seen_rings

CHILDREN = 2 * READ_TOGETHER + 3
LEDGERS_APART = 900  # so that they lie in many buckets


async def answers(site: Site) -> dict[str, str]:
    """Each as it is sent, of a hub of which some children were merged, and one was made again."""
    (hub,) = await site.chain("hub")
    made = await site.children(hub, CHILDREN, every=LEDGERS_APART)
    again = site.ref("again")
    await site.record(
        creation(again, hub.address, ledger=1_001_100),
        creation(again, hub.address, ledger=1_500_100),
        ends=[merge(again, hub.address, ledger=1_200_000), merge(again, hub.address, ledger=1_700_000)],
    )
    found = {}
    for form in ("csv", "json", "graphml"):
        answer = await site.api.get(site.path(hub, "/export"), params={"format": form, "from": f"{made[1].created_at}"})
        assert answer.is_success, answer.text
        found[form] = answer.text
    dots = await site.api.get(site.path(hub, "/rings"))
    found["rings"] = dots.content.hex()
    for index in (0, 1, CHILDREN // 2, CHILDREN + 1):
        found[f"dot {index}"] = (await site.api.get(site.path(hub, "/children/at"), params={"i": index})).text
    return found


async def test_exports_and_rings_are_the_same_on_every_backend(stores: Stores) -> None:
    async with open_site() as site:
        wanted = await answers(site)
    async with open_site(elsewhere=stores) as site:
        found = await answers(site)
        children = await site.get(site.path(site.ref("hub"), "/children"), limit=1)
    assert found == wanted
    lines = list(csv.DictReader(io.StringIO(found["csv"])))
    assert len(lines) == CHILDREN + 2  # without the first child, with both lives of one, and the last line
    assert sum(bool(line["ended_op"]) for line in lines) == 2
    assert len(seen_rings(bytes.fromhex(found["rings"])).dots) == children["total"] == CHILDREN + 2
