"""What a client makes up itself breaks no answer about children, whatever store is behind it."""

import base64
import json
from typing import Any

import pytest

from stellarmap_common.domain.lookup import Notable
from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.views import child_pages, children
from tests.support.gateway import Site, creation, merge, open_site
from tests.support.profiles import minute

LARGEST = 2**63 - 1
CHILDREN = ("", "~", "\0", "😀", "x" * 200, "G", "Z" * 56)

NO_PLACES: tuple[object, ...] = (-1, LARGEST + 1, 10**100, 0.5, "0", None, True, [], {})


def written(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def read(cursor: str) -> list[Any]:
    parts: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return parts


async def hub_of(site: Site) -> str:
    """Where its children are asked for: five, of whom one was merged and two have children, and all are known."""
    (hub,) = await site.chain("hub")
    made = [child.ref for child in await site.children(hub, 5, every=200_000)]
    await site.record(
        *(creation(site.ref(f"of {child}"), child.address, ledger=3_000_000) for child in made[:2]),
        ends=[merge(made[1], hub.address, ledger=3_000_000)],
    )
    for balance, child in enumerate(made):
        face = Notable(child=child.address, balance_stroops=balance, issues=("USD",), issues_complete=True)
        await site.stores.notables.put(hub, face, minute(1))
    return site.path(hub)


@pytest.mark.parametrize("few", [0, child_pages.FEW])
async def test_a_cursor_of_our_form_with_any_place_in_it_is_answered_from_there(
    stores: Stores, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FEW", few)
    async with open_site(elsewhere=stores, reads_per_minute=10**9) as site:
        path = f"{await hub_of(site)}/children"
        for query in (
            {},
            {"q": "A"},
            {"issuers": "true"},
            {"from": "2015-01"},
            {"sort": "balance"},
            {"sort": "children"},
        ):
            first = await site.get(path, limit=1, **query)
            version, question, *_ = read(first["next_cursor"])
            for place in (0, 1, 2**32, 2**53 + 1, LARGEST - 1, LARGEST):
                for child in CHILDREN:
                    cursor = written(version, question, place, child)
                    answer = await site.api.get(path, params={"limit": 1, "cursor": cursor, **query})
                    assert answer.status_code == 200, (query, place, child, answer.text)
            for no_place in NO_PLACES:
                cursor = written(version, question, no_place, "G")
                answer = await site.api.get(path, params={"limit": 1, "cursor": cursor, **query})
                assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor"), (query, no_place)


@pytest.mark.parametrize(
    "rest",
    [
        "/children?from=0001-01-01T00:00:00Z&to=9999-12-30",
        "/children?from=9999-12-30&to=0001-01",
        "/children?sort=balance&from=9999-12-30",
        "/children?balance_min=922337203685.4775807&balance_max=-922337203685.4775807",
        "/children?q=" + "7" * 56,
        "/children?limit=500&sort=children&asset=A",
        "/children/at?i=0",
        "/tree?depth=5&limit=2000",
        "/siblings?levels=32&limit=100",
        "/export?format=csv&from=9999-12-30&to=0001-01",
        "/export?format=json&q=" + "7" * 56,
        "/export?format=graphml",
        "/rings",
    ],
)
async def test_the_edges_of_what_may_be_asked_are_answered(stores: Stores, rest: str) -> None:
    async with open_site(elsewhere=stores) as site:
        answer = await site.api.get(f"{await hub_of(site)}{rest}")
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("rest", ["/children/at?i=5", "/children/at?i=2147483647", "/tree?life=9223372036854775807"])
async def test_what_lies_beyond_the_edges_is_not_found_and_it_is_said_what_to_do(stores: Stores, rest: str) -> None:
    async with open_site(elsewhere=stores) as site:
        answer = await site.api.get(f"{await hub_of(site)}{rest}")
        assert (answer.status_code, answer.json()["advice"] is None) == (404, False), answer.text
