"""What people see of BigQuery: its budgets and queries on the Ops page, and on an account what it did not answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.runtime.clock import SystemClock
from tests.e2e.conftest import opened_tabs
from tests.support.billed import TOO_DEAR, billed
from tests.support.browser import OpenTab, Theme, is_fine
from tests.support.examples import example, mapped
from tests.support.system import System, running_system, until

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("theme", ["dark", "light"]),
    pytest.mark.parametrize("width", [1440, 390]),
]


@dataclass(slots=True)
class Asked:
    """A system that asked BigQuery, and the accounts for which it was refused."""

    system: System
    by_api: str
    refused: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    """Its sandbox is mapped from Horizon; then the books are filled, and the mode is changed."""
    folder, now = tmp_path_factory.mktemp("bigquery") / "data", SystemClock().now()
    limits = {"daily_limit_gb": 420, "cost_alert_usd": 2}  # of which the queries leave little, whatever the day
    async with running_system(folder, sandbox_accounts=3_000, **limits) as system:
        await system.filled()
        by_api, refused = await mapped(system, "hops from genesis"), await example(system, "three times")
        key = NetworkKey((await system.get("/networks"))["networks"][0]["key"])
        async with billed(folder, key) as books:
            await books.choose("pipeline_mode", "BIGQUERY_WITH_API_FALLBACK", now)
            await books.queries(24, now)
            await books.read_by_api(AccountRef(key, Address(by_api)))
            await books.refused(AccountRef(key, Address(refused)), now)

        async def in_force() -> bool:
            return bool((await system.get("/usage"))["bigquery"]["idle_reason"] is None)

        await until(in_force, within_s=10, what="the mode", log=system.log)
        yield Asked(system, by_api, refused)


@pytest_asyncio.fixture(loop_scope="session")
async def open_asked(asked: Asked, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, asked.system.url) as opened:
        yield opened


async def test_ops_shows_budgets_warnings_and_the_latest_queries(open_asked: OpenTab, theme: Theme, width: int) -> None:
    tab = await open_asked("/ops", theme=theme, width=width)
    card = tab.page.get_by_role("region", name="BigQuery")
    await expect(card.get_by_role("meter", name="Today")).to_be_visible()
    await expect(card.get_by_role("list", name="Warnings about BigQuery")).to_contain_text("of today's budget are left")
    await expect(card.get_by_role("table", name="Latest queries").locator("tbody tr")).to_have_count(6)
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"bigquery-ops-{theme}-{width}")
    await card.get_by_role("button", name="Show all 21").click()
    await expect(card.get_by_role("table", name="Latest queries").locator("tbody tr")).to_have_count(21)


async def test_an_account_that_the_api_read_instead_says_why_on_focus_and_in_its_details(
    asked: Asked, open_asked: OpenTab, theme: Theme, width: int
) -> None:
    tab = await open_asked(f"/sandbox/account/{asked.by_api}?tab=details", theme=theme, width=width)
    mark = tab.page.get_by_role("link", name="read by API instead of BigQuery")
    await expect(mark).to_be_visible()
    await expect(tab.page.get_by_role("heading", name="Read by API instead of BigQuery")).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await tab.page.keyboard.press("Tab")
    await mark.focus()
    await expect(tab.page.get_by_role("tooltip")).to_be_visible()
    await expect(tab.page.get_by_role("tooltip")).to_contain_text(TOO_DEAR)
    await is_fine(tab, f"bigquery-by-api-{theme}-{width}")


async def test_a_refused_account_says_what_to_do_and_is_no_crash(
    asked: Asked, open_asked: OpenTab, theme: Theme, width: int
) -> None:
    tab = await open_asked(f"/sandbox/account/{asked.refused}?tab=stages", theme=theme, width=width)
    notice = tab.page.get_by_role("region", name="The cost guard refused to read this account")
    await expect(notice).to_contain_text(TOO_DEAR)
    await expect(notice).to_contain_text("docs/bigquery.md")
    await expect(notice.get_by_role("button", name="Retry")).to_be_visible()
    await expect(tab.page.get_by_role("tab", name="Stages")).to_have_attribute("aria-selected", "true")
    await is_fine(tab, f"bigquery-refused-{theme}-{width}")
