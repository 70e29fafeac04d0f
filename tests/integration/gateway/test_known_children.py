"""Children sorted and chosen by what is known of them: all of those of whom it is known, each once, and how many those are."""

from dataclasses import dataclass
from typing import Any

import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import Entry, Profile
from stellarmap_common.ports.horizon import HORIZON_PAGE
from stellarmap_gateway import known_children, notables
from stellarmap_gateway.shared_reads import KEPT_S
from stellarmap_gateway.views import child_pages, children
from stellarmap_gateway.views import known_children as sorting
from tests.support.gateway import NOW, Site, creation, seed

Page = dict[str, Any]


@dataclass
class Hub:
    """An account, and what it created."""

    site: Site
    account: AccountRef
    children: list[AccountRef]

    async def pages(self, **query: Any) -> list[Page]:
        """Every page, to the end."""
        found: list[Page] = []
        cursor: dict[str, str] = {}
        while True:
            found.append(await self.site.get(self.site.path(self.account, "/children"), **query, **cursor))
            if found[-1]["next_cursor"] is None:
                return found
            cursor = {"cursor": found[-1]["next_cursor"]}
            assert len(found) < 1_000

    async def listed(self, **query: Any) -> list[int]:
        """The numbers of the children, in the order in which they are listed."""
        numbers = {child.address: number for number, child in enumerate(self.children)}
        return [numbers[child["address"]] for page in await self.pages(**query) for child in page["children"]]

    async def known(self, number: int, **face: Any) -> None:
        """So much is known of that child."""
        face = {"home_domain": "a.example", **face}
        await self.site.stores.notables.put(self.account, Notable(child=self.children[number].address, **face), NOW)

    async def makes(self, number: int, count: int) -> None:
        """That child has so many children itself."""
        child = self.children[number]
        made = [creation(self.site.ref(f"{child} {at}"), child.address, ledger=2_000_000 + at) for at in range(count)]
        await self.site.record(*made)


async def hub_of(site: Site, children: int) -> Hub:
    """An account that made so many."""
    (account,) = await site.chain("hub")
    return Hub(site, account, [child.ref for child in await site.children(account, children)])


@pytest.fixture(params=[0, child_pages.FEW])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are few: known children are met among all, or looked up."""
    monkeypatch.setattr(children, "FEW", request.param)


def xlm(amount: int) -> int:
    return amount * STROOPS_PER_XLM


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
async def test_those_whose_balance_is_known_are_listed_once_the_largest_first(site: Site, limit: int) -> None:
    hub = await hub_of(site, 9)
    for number, balance in ((4, 5), (1, 700), (7, 5), (3, 2**63 - 1), (8, 0)):
        await hub.known(number, balance_stroops=balance)
    await hub.known(2, balance_stroops=None)
    twins = sorted((4, 7), key=lambda number: hub.children[number].address)
    assert await hub.listed(sort="balance", limit=limit) == [3, 1, *twins, 8]
    for page in await hub.pages(sort="balance", limit=limit):
        assert (page["total"], page["of_known"], page["known_truncated"], page["truncated"]) == (9, 5, False, False)
        assert [each["address"] for each in page["notable"]] == [each["address"] for each in page["children"]]


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_those_who_have_children_are_listed_once_those_with_most_first(site: Site, limit: int) -> None:
    hub = await hub_of(site, 6)
    for number, count in ((5, 2), (0, 4), (2, 2), (3, 1)):
        await hub.makes(number, count)
    await hub.known(1, balance_stroops=7)
    twins = sorted((5, 2), key=lambda number: hub.children[number].address)
    assert await hub.listed(sort="children", limit=limit) == [0, *twins, 3]
    pages = await hub.pages(sort="children", limit=limit)
    assert [each["children"] for page in pages for each in page["notable"]] == [4, 2, 2, 1]
    assert {page["of_known"] for page in pages} == {4}


async def test_a_row_says_all_that_is_known_of_the_child_also_of_one_that_only_its_profile_tells_of(site: Site) -> None:
    hub = await hub_of(site, 3)
    await hub.makes(0, 2)
    await hub.makes(1, 1)
    await site.stores.profiles.put(
        Profile(account=hub.children[0], entry=Entry(exists=True, version=7, balance_stroops=xlm(100)), entry_at=NOW)
    )
    await hub.known(2, balance_stroops=xlm(100_000), name="A & Co", tags=("exchange",), issues=("USD", "EUR"))
    (page,) = await hub.pages(sort="balance")
    assert await hub.listed(sort="balance") == [2, 0]
    rich, poor = page["notable"]
    assert rich["face"] == {
        "balance_stroops": str(xlm(100_000)),
        "is_hva": True,
        "name": "A & Co",
        "home_domain": "a.example",
        "tags": ["exchange"],
        "is_issuer": True,
        "issues": ["USD", "EUR"],
    }
    assert (poor["children"], poor["face"]["is_hva"], poor["face"]["is_issuer"]) == (2, False, None)
    (page,) = await hub.pages(sort="children")
    assert [each["face"] and each["face"]["balance_stroops"] for each in page["notable"]] == [str(xlm(100)), None]


async def test_a_page_of_all_says_that_all_are_listed(site: Site) -> None:
    hub = await hub_of(site, 3)
    await hub.known(1, balance_stroops=1)
    (page,) = await hub.pages(sort="created")
    assert (page["of_known"], page["known_truncated"], page["notable"]) == (None, False, [])


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("query", "listed", "of_known"),
    [
        ({"issuers": True}, [0, 1], 3),
        ({"asset": "USD"}, [0, 1], 3),
        ({"asset": "EUR"}, [0], 3),
        ({"asset": "usd"}, [], 3),
        ({"balance_min": "5"}, [0, 3], 4),
        ({"balance_max": "5"}, [0, 1, 2], 4),
        ({"balance_min": "4.9999999", "balance_max": "5.0000001"}, [0], 4),
        ({"balance_min": "7", "balance_max": "5"}, [], 4),
        ({"issuers": True, "balance_max": "4"}, [1], 3),
        ({"issuers": False}, [0, 1, 2, 3, 4, 5], None),
    ],
)
async def test_children_are_chosen_by_what_is_known_of_them_in_any_order(
    site: Site, query: dict[str, Any], listed: list[int], of_known: int | None
) -> None:
    hub = await hub_of(site, 6)
    await hub.known(0, balance_stroops=xlm(5), issues=("EUR", "USD"))
    await hub.known(1, balance_stroops=xlm(4), issues=("USD",))
    await hub.known(2, balance_stroops=0, issues=())
    await hub.known(3, balance_stroops=xlm(6))
    await hub.known(4)
    assert await hub.listed(**query) == listed
    assert {page["of_known"] for page in await hub.pages(limit=1, **query)} == {of_known}
    assert await hub.listed(limit=1, **query) == listed
    by_balance = [number for number in (3, 0, 1, 2) if number in listed]
    assert await hub.listed(sort="balance", limit=1, **query) == by_balance


async def test_nobody_is_looked_for_among_all_where_no_known_one_matches(site: Site) -> None:
    hub = await hub_of(site, 6)
    await hub.known(0, issues=("EUR",))
    (page,) = await hub.pages(asset="USD")
    assert (page["children"], page["scanned"], page["truncated"], page["of_known"]) == ([], 0, False, 1)


@pytest.mark.parametrize("sort", ["created", "balance"])
async def test_who_may_issue_an_asset_beyond_those_that_were_read_is_said_to_be_missing(site: Site, sort: str) -> None:
    hub = await hub_of(site, 5)
    page_of_codes = tuple(f"A{number}" for number in range(HORIZON_PAGE))
    await hub.known(0, balance_stroops=5, issues=("USD",), issues_complete=False)
    await hub.known(1, balance_stroops=4, issues=("EUR",), issues_complete=False)
    await hub.known(2, balance_stroops=3, issues=("EUR",), issues_complete=True)
    await hub.known(3, balance_stroops=2, issues=page_of_codes)  # put before it was kept whether there are more
    await hub.known(4, balance_stroops=1, issues=page_of_codes[1:])
    issuer = hub.children[1].address
    for query, listed, of_known, cut in (
        ({"asset": "USD"}, [0], 3, 2),
        ({"asset": "EUR"}, [1, 2], 3, 2),
        ({"asset": "USD", "balance_min": "0.0000003"}, [0], 3, 1),
        ({"asset": "USD", "q": issuer}, [], 3, 1),
        ({"asset": f"USD-{issuer}"}, [], 4, 1),
        ({"asset": f"EUR-{issuer}"}, [1], 5, 0),
        ({"asset": f"USD-{hub.children[2].address}"}, [], 5, 0),
        ({"issuers": "true"}, [0, 1, 2, 3, 4], 5, 0),
    ):
        (page,) = await hub.pages(sort=sort, **query)
        assert await hub.listed(sort=sort, **query) == listed, query
        assert (page["of_known"], page["issuers_cut"], page["known_truncated"]) == (of_known, cut, cut > 0), query


async def test_an_asset_with_its_issuer_is_that_of_this_child_alone(site: Site) -> None:
    hub = await hub_of(site, 3)
    for number in range(2):
        await hub.known(number, balance_stroops=number, issues=("USD",))
    assert await hub.listed(asset=f"USD-{hub.children[1].address}") == [1]
    assert await hub.listed(asset=f"EUR-{hub.children[1].address}") == []
    assert await hub.listed(asset=f"USD-{hub.children[2].address}") == []


@pytest.mark.parametrize("sort", ["created", "balance", "children"])
async def test_time_and_part_of_the_address_choose_in_every_order(
    site: Site, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "LOOKED_UP_TOGETHER", 2)
    hub = await hub_of(site, 12)
    for number in range(12):
        await hub.known(number, balance_stroops=20 - number)
        await hub.makes(number, 13 - number)
    moments = [child.created_at for child in await site.stores.creations.creations_of(*hub.children)]
    assert moments[3]
    assert moments[6]
    span = {"from": moments[3].isoformat(), "to": moments[6].isoformat()}
    assert await hub.listed(sort=sort, limit=2, **span) == [3, 4, 5, 6]
    for q in (hub.children[5].address, hub.children[5].address[9:17].lower()):
        assert await hub.listed(sort=sort, q=q) == [5]
        assert await hub.listed(sort=sort, q=q, to=moments[4] and moments[4].isoformat()) == []


async def test_who_was_made_by_another_since_is_not_listed(site: Site) -> None:
    hub = await hub_of(site, 2)
    stranger = site.ref("stranger")
    await site.record(creation(stranger, site.genesis.address, ledger=70))
    await site.stores.notables.put(hub.account, Notable(child=stranger.address, balance_stroops=9), NOW)
    await hub.known(1, balance_stroops=3)
    assert await hub.listed(sort="balance", limit=1) == [1]


async def test_a_child_made_twice_is_listed_once_with_its_latest_life(site: Site) -> None:
    hub = await hub_of(site, 2)
    again = creation(hub.children[0], hub.account.address, ledger=3_000_000)
    await site.record(again)
    await hub.known(0, balance_stroops=3)
    (page,) = await hub.pages(sort="balance")
    assert [(child["address"], child["created_op"]) for child in page["children"]] == [
        (again.account, str(again.created_op))
    ]


@pytest.mark.parametrize("sort", ["created", "balance", "children"])
async def test_a_child_made_twice_is_listed_by_the_life_that_a_span_of_time_is_about(site: Site, sort: str) -> None:
    hub = await hub_of(site, 2)
    (first,) = await site.stores.creations.creations_of(hub.children[0])
    await site.record(creation(hub.children[0], hub.account.address, ledger=3_000_000))
    await hub.known(0, balance_stroops=3)
    await hub.makes(0, 1)
    assert first.created_at
    (page,) = await hub.pages(sort=sort, to=first.created_at.isoformat(), q=hub.children[0].address)
    assert [child["created_op"] for child in page["children"]] == [str(first.created_op)]


async def test_a_page_that_meets_its_bound_says_so_and_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sorting, child_pages):
        monkeypatch.setattr(module, "SCANNED", 3)
    monkeypatch.setattr(sorting, "LOOKED_UP_TOGETHER", 2)
    hub = await hub_of(site, 10)
    for number in range(10):
        await hub.known(number, balance_stroops=10 - number)
    latest = (await site.stores.creations.creations_of(hub.children[9]))[0].created_at
    assert latest
    pages = await hub.pages(sort="balance", limit=2, **{"from": latest.isoformat()})
    assert [child["address"] for page in pages for child in page["children"]] == [hub.children[9].address]
    assert pages[0]["truncated"]
    assert all(page["scanned"] <= 4 for page in pages)


async def test_that_there_are_more_than_were_looked_at_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = await hub_of(site, 5)
    for number in range(3):
        await hub.makes(number, 3 - number)
        await hub.known(number, balance_stroops=number)
    monkeypatch.setattr(known_children, "COUNTED", 2)
    (page,) = await hub.pages(sort="children")
    assert (page["of_known"], page["known_truncated"]) == (2, True)
    site.clock.pass_time(KEPT_S)
    (page,) = await hub.pages(sort="balance")
    assert [each["children"] for each in page["notable"]] == [1, 2, 3]
    monkeypatch.setattr(known_children, "COUNTED", 1_000)
    monkeypatch.setattr(known_children, "LOOKED_AT", 2)
    site.clock.pass_time(KEPT_S)
    (page,) = await hub.pages(sort="balance")
    assert page["known_truncated"]
    assert notables.LOOKED_AT > 2


async def test_a_cursor_answers_only_the_question_it_came_from(site: Site) -> None:
    hub = await hub_of(site, 5)
    for number in range(4):
        await hub.known(number, balance_stroops=number, issues=("USD",))
        await hub.makes(number, 4 - number)
    path = site.path(hub.account, "/children")
    first: dict[str, Any] = {"sort": "balance", "limit": 1}
    cursor = (await site.get(path, **first))["next_cursor"]
    of_all = (await site.get(path, limit=1))["next_cursor"]
    asked: list[tuple[dict[str, str], str]] = [
        ({}, cursor),
        ({"sort": "children"}, cursor),
        ({"sort": "balance", "issuers": "true"}, cursor),
        ({"sort": "balance", "balance_min": "0"}, cursor),
        ({"sort": "balance"}, of_all),
        ({"issuers": "true"}, of_all),
    ]
    for query, other in asked:
        answer = await site.api.get(path, params={"cursor": other, **query})
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor"), query
    assert len((await site.get(path, sort="balance", limit=4, cursor=cursor))["children"]) == 3


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"balance_min": "1e3"}, "invalid-amount"),
        ({"balance_max": "0.00000001"}, "invalid-amount"),
        ({"balance_max": ""}, "invalid-amount"),
        ({"asset": "TOO_LONG"}, "invalid-asset"),
        ({"asset": "ABCDEFGHIJKLM"}, "invalid-asset"),
        ({"asset": ""}, "invalid-asset"),
        ({"asset": "USD-GABC"}, "invalid-asset"),
        ({"asset": "USD-G" + "A" * 55}, "invalid-asset"),
        ({"asset": seed("mine")}, "secret-seed"),
        ({"asset": f"USD-{seed('mine')}"}, "secret-seed"),
        ({"sort": "name"}, "invalid-request"),
    ],
)
async def test_what_cannot_be_chosen_by_is_refused_and_not_repeated(
    site: Site, query: dict[str, str], problem: str
) -> None:
    hub = await hub_of(site, 1)
    answer = await site.api.get(site.path(hub.account, "/children"), params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, problem)
    assert not any(text and text in answer.text for text in query.values())
