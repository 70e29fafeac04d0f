"""An admin asks for standings to be recalculated: who is looked at, what the tracker is asked for, and what a dry run tells."""

from typing import Any

import httpx
import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.events.standings import RecalculationRequested
from stellarmap_gateway.views.standings import recalculation
from tests.support.gateway import ADMIN_TOKEN, NOW, Site, address
from tests.support.standings import THRESHOLDS, BruteBook, lively_book

PATH = "/api/v1/admin/sandbox/standings/recalculate"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
SILENT = [address(f"silent {number}") for number in range(3)]


@pytest.fixture
async def book(site: Site) -> BruteBook:
    """What the gateway's store was filled with; of some who stand nothing was ever told."""
    made = lively_book(site.network().key, NOW, days=3, accounts=40)
    for number, account in enumerate(SILENT):
        made.move(account, (60_000 + number) * STROOPS_PER_XLM, NOW)
    made.changes = [change for change in made.changes if change.account.address not in SILENT]
    await made.put_into(site.stores.tracker, NOW)
    return made


async def asked(site: Site, **body: object) -> httpx.Response:
    return await site.api.post(PATH, json=body, headers=ADMIN)


async def pages(site: Site, **body: object) -> list[Any]:
    """All pages of one recalculation."""
    found, cursor = [], None
    while True:
        answer = await asked(site, **body, cursor=cursor)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        cursor = found[-1]["next_cursor"]
        if cursor is None:
            return found


def requested(site: Site) -> list[RecalculationRequested]:
    return [event for event in site.published.events if isinstance(event, RecalculationRequested)]


async def test_it_is_for_admins_alone(site: Site) -> None:
    answer = await site.api.post(PATH, json={})
    assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")


@pytest.mark.parametrize("together", [1, 7, 500])
async def test_whoever_stands_untold_is_found_on_pages_of_any_length(
    site: Site, book: BruteBook, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalculation, "BALANCES", together)
    found = await pages(site)
    standing = book.ranks(NOW)
    assert sum(page["standing"] for page in found) == len(standing)
    untold = {each["address"]: each["thresholds_xlm"] for page in found for each in page["accounts"]}
    assert untold == {account: [10_000, 50_000] for account in SILENT}
    events = requested(site)
    assert sorted(account for event in events for account in event.accounts) == sorted(SILENT)
    assert [event.id for event in events] == [page["cause"] for page in found if page["cause"]]
    assert {(event.network, event.thresholds_xlm, event.anew) for event in events} == {
        (site.network().key, THRESHOLDS, False)
    }


async def test_a_dry_run_tells_the_same_and_asks_for_nothing(site: Site, book: BruteBook) -> None:
    assert book.paths
    (page,) = await pages(site, dry_run=True)
    assert sorted(each["address"] for each in page["accounts"]) == sorted(SILENT)
    assert (page["dry_run"], page["cause"], requested(site)) == (True, None, [])


async def test_one_threshold_may_be_named_but_none_that_there_is_not(site: Site, book: BruteBook) -> None:
    assert book.paths
    (page,) = await pages(site, thresholds=[50_000, 100_000])
    assert {tuple(each["thresholds_xlm"]) for each in page["accounts"]} == {(50_000,)}
    assert requested(site)[0].thresholds_xlm == (50_000, 100_000)
    refused = await asked(site, thresholds=[5])
    assert (refused.status_code, refused.json()["type"]) == (422, "unsupported-threshold")


async def test_to_clear_is_to_ask_for_everybody_who_stands(site: Site, book: BruteBook) -> None:
    (page,) = await pages(site, clear_existing=True)
    assert sorted(each["address"] for each in page["accounts"]) == sorted(book.ranks(NOW))
    (event,) = requested(site)
    assert (event.anew, len(event.accounts)) == (True, page["standing"])


async def test_a_cursor_goes_on_with_its_own_question_alone(
    site: Site, book: BruteBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert book.paths
    monkeypatch.setattr(recalculation, "BALANCES", 1)
    cursor = (await asked(site, dry_run=True)).json()["next_cursor"]
    for body in ({"thresholds": [50_000], "cursor": cursor}, {"cursor": "nonsense"}):
        refused = await asked(site, **body)
        assert (refused.status_code, refused.json()["type"]) == (422, "invalid-cursor")
