"""The page of an account without a mouse: tree, dots, tabs and dialogs. Nothing here clicks."""

import csv
import re
from pathlib import Path

from playwright.async_api import Locator, expect

from tests.support.account_page import AccountPage
from tests.support.browser import OpenTab, Tab
from tests.support.explored import Explored, map_whole
from tests.support.explorer_hands import hub, kept, rows, tab_to
from tests.support.page_facts import PageFacts

BUDGET = 7


class KeyboardJourneys:
    """What holds for keys alone."""

    async def test_dots_are_walked_and_the_tree_is_rerooted_and_taken_back_by_keys(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        address = hub(world, 0)
        facts = PageFacts(world.network.network, address)
        await map_whole(world, address)
        tab = await open_tab(f"/sandbox/account/{address}?view=rings")
        await AccountPage(tab).read_whole()
        page, keys = tab.page, tab.page.keyboard
        await tab_to(tab, page.get_by_role("application"))
        await keys.press("Space")  # into the disc
        await keys.press("End")
        await keys.press("Space")
        await expect(page).to_have_url(re.compile(f"at={facts.children[-1].account}"))
        await keys.press("Home")
        await keys.press("ArrowRight")
        await keys.press("Space")
        await expect(page).to_have_url(re.compile(f"at={facts.children[1].account}"))
        await keys.press("Escape")
        creator = facts.lives[-1].creator
        await keys.press("ArrowLeft")
        await keys.press("Space")  # the chain is folded: opened
        await keys.press("ArrowRight")
        await keys.press("ArrowLeft")
        await keys.press("r")
        await expect(page).to_have_url(re.compile(f"root={creator}"))
        await expect(page.get_by_role("navigation", name="From which account the tree is shown")).to_be_visible()
        for key, rooted in (("Control+z", None), ("Control+Shift+z", creator), ("Control+z", None)):
            await keys.press(key)
            await expect(page).to_have_url(re.compile(r"root=" if rooted else r"^(?!.*root=)"))
            assert kept("root", page.url) == rooted

    async def test_dialogs_and_tabs_are_used_by_keys(self, world: Explored, open_tab: OpenTab, tmp_path: Path) -> None:
        address = hub(world, 5)
        facts = PageFacts(world.network.network, address)
        await map_whole(world, address)
        tab = await open_tab(f"/sandbox/account/{address}")
        await AccountPage(tab).read_whole()
        page, keys = tab.page, tab.page.keyboard
        expand = page.get_by_role("button", name="Expand…")
        dialog = await opened(tab, expand, "Expand this lineage")
        await tab_to(tab, dialog.get_by_label("Children to expand in turn"))
        await keys.type(str(BUDGET))
        await expect(dialog.get_by_role("status")).to_contain_text(f"At least {BUDGET} calls")
        await keys.press("Escape")
        await expect(expand).to_be_focused()
        dialog = await opened(tab, page.get_by_role("button", name="Export…"), "Export this lineage")
        csv_row = dialog.get_by_role("radio", name=re.compile(r"^\s*CSV"))
        while not await csv_row.is_checked():
            await keys.press("ArrowDown")
        async with page.expect_download() as saved:
            await keys.press("Enter")
        await (await saved.value).save_as(tmp_path / "saved.csv")
        with (tmp_path / "saved.csv").open(newline="") as file:
            lines = list(csv.DictReader(file))
        assert [line["address"] for line in lines[:-1]] == [child.account for child in facts.children]
        await expect(dialog).to_be_hidden()
        await keys.press("?")
        await expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
        await keys.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await tab_to(tab, page.get_by_role("tab", selected=True))
        for key, name in (("ArrowRight", "Groups"), ("End", "Stages"), ("Home", "List")):
            await keys.press(key)
            await expect(page.get_by_role("tab", name=name)).to_be_focused()
            await expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        await expect(rows(tab).first).to_be_visible()


async def opened(tab: Tab, button: Locator, title: str) -> Locator:
    """The dialog that Enter on the button has opened; the focus is within it."""
    await tab_to(tab, button)
    await tab.page.keyboard.press("Enter")
    dialog = tab.page.get_by_role("dialog", name=title)
    await expect(dialog.locator(":focus")).to_have_count(1)
    return dialog
