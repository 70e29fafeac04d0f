"""The states that the page of an account can be in, one after another in one tab: views, panels, popovers and dialogs."""

import re
from collections.abc import AsyncIterator

from playwright.async_api import expect

from tests.support.account_page import AccountPage
from tests.support.browser import Tab
from tests.support.sights import Sights

# Whatever was seen before: this visit is the first.
FIRST_VISIT = 'localStorage.removeItem("stellarmap.hints")'

UNFOLD = "panel => panel.querySelectorAll('details').forEach(folded => { folded.open = true; })"


async def all_states(tab: Tab, sights: Sights) -> AsyncIterator[str]:
    """Each is named once it is reached."""
    for states in (forms(tab, sights), panels(tab), tools(tab), dialogs(tab), others(tab, sights)):
        async for state in states:
            await expect(tab.page.locator(".skeleton")).to_have_count(0)
            await tab.page.evaluate("scrollTo(0, 0)")  # nothing is half below the header that stays
            yield state


async def forms(tab: Tab, sights: Sights) -> AsyncIterator[str]:
    page = tab.page
    await page.add_init_script(FIRST_VISIT)
    await tab.goto(f"/sandbox/account/{sights.hub}")
    await AccountPage(tab).read_whole()
    hints = page.get_by_role("complementary", name="Hints for the first visit")
    await expect(hints).to_be_visible()
    yield "rings, with hints"
    await hints.get_by_role("button").click()
    for colour in ("Balance", "Tag"):
        await page.get_by_role("link", name=colour, exact=True).click()
        yield f"rings by {colour}"
    for view in ("Tidy", "Radial", "Outline"):
        await page.get_by_role("link", name=view, exact=True).click()
        await page.get_by_role("button", name="Siblings").click()
        await page.get_by_role("button", name="Assets").click()
        yield f"{view}, with siblings and assets"
        await page.get_by_role("button", name="Assets").click()
        await page.get_by_role("button", name="Siblings").click()
    await page.get_by_role("tree").locator("[role=treeitem]").nth(1).click()
    yield "outline, a row selected"


async def panels(tab: Tab) -> AsyncIterator[str]:
    page = tab.page
    for name in ("List", "Groups", "Details", "Standing", "Stages"):
        await page.get_by_role("tab", name=name).click()
        await page.get_by_role("tabpanel").evaluate(UNFOLD)
        yield name
    await page.get_by_role("tab", name="List").click()
    await page.locator(".list li button").first.click()
    await page.get_by_role("tab", name="Details").click()
    await expect(page.get_by_text("Evidence of its creation")).to_be_visible()
    yield "details of a child"
    await page.get_by_role("button", name="Tree from here").click()
    await expect(page.get_by_role("navigation", name="From which account the tree is shown")).to_be_visible()
    yield "the tree of a child"
    await page.get_by_role("button", name=re.compile("^back to")).click()


async def tools(tab: Tab) -> AsyncIterator[str]:
    page = tab.page
    await page.get_by_role("link", name="Tidy", exact=True).click()
    await page.get_by_role("button", name="Spacing").click()
    await expect(page.get_by_role("dialog", name="Spacing")).to_be_visible()
    yield "spacing"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Filters").click()
    sheet = page.get_by_role("dialog", name="Filters")
    await sheet.get_by_label("issue assets").check()
    for label in ("issue this asset", "At least, in XLM"):
        await sheet.get_by_label(label).fill("?!")
    await sheet.get_by_label("At most, in XLM").focus()
    await expect(sheet.get_by_role("alert")).to_be_visible()
    yield "filters, some of them wrong"
    await sheet.get_by_role("button", name="Clear filters").click()
    await page.keyboard.press("Escape")


async def dialogs(tab: Tab) -> AsyncIterator[str]:
    page = tab.page
    for opener, title in (("Expand…", "Expand this lineage"), ("Export…", "Export this lineage")):
        await page.get_by_role("button", name=opener).click()
        dialog = page.get_by_role("dialog", name=title)
        await expect(dialog).to_be_visible()
        yield title
        if opener == "Export…":
            await dialog.get_by_role("radio", name=re.compile("CSV")).check()
            yield "export of a table"
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
    yield "keys"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Share").click()
    await expect(page.get_by_role("list", name="What was done").get_by_role("listitem")).to_be_visible()
    yield "shared"


async def others(tab: Tab, sights: Sights) -> AsyncIterator[str]:
    """Other accounts."""
    page = tab.page
    for name in ("small", "reborn", "empty", "merged"):
        await tab.goto(f"/sandbox/account/{getattr(sights, name)}?tab=details")
        await AccountPage(tab).read_whole()
        yield name
    for name in ("unmapped", "nobody"):
        await tab.goto(f"/sandbox/account/{getattr(sights, name)}")
        await expect(page.get_by_role("button", name=re.compile("Map this account|Ask again"))).to_be_visible()
        yield name
    await tab.goto(f"/sandbox/account/{sights.named}")
    await AccountPage(tab).read_whole()
    await page.locator(".chips button").first.click()
    await expect(page.get_by_role("dialog", name=re.compile("stellar.toml"))).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_text("Asking")).to_have_count(0)
    yield "stellar.toml"
