"""What a browser keeps of an earlier visit: that hints were seen, and how somebody likes to look at a tree."""

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, Route, expect

from tests.support.browser import OpenTab, Tab
from tests.support.examples import found_by_prefix, mapped

if TYPE_CHECKING:
    from tests.support.system import System

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What has moved by itself, and how far, of which nobody was told.
SHIFTS = """
  window.shifted = [];
  const place = ({ y, height }) => `${Math.round(y)}+${Math.round(height)}`;
  const named = ({ node, previousRect, currentRect }) =>
    `${node?.nodeName} ${node?.className ?? ""} ${place(previousRect)} → ${place(currentRect)}`;
  new PerformanceObserver(list => {
    for (const { value, sources } of list.getEntries()) window.shifted.push([value, sources.map(named)]);
  }).observe({ type: "layout-shift", buffered: true });
"""
SETTLED_MS = 1_500
LITTLE = 0.005  # of the screen
LATE_S = 0.5


async def late(route: Route) -> None:
    """Nothing is shown before its style is there, however long that takes."""
    await asyncio.sleep(LATE_S)
    await route.continue_()


def hints(tab: Tab) -> Locator:
    return tab.page.get_by_role("complementary", name="Hints for the first visit")


def view(tab: Tab) -> Locator:
    return tab.page.get_by_role("navigation", name="View").locator("[aria-current]")


@pytest.mark.parametrize("width", [1440, 390])
async def test_hints_come_once_and_move_nothing(system: "System", open_page: OpenTab, width: int) -> None:
    address = await found_by_prefix(system, "eight hops")
    for first_visit in (False, True):
        tab = await open_page("/sandbox", width=width, first_visit=first_visit)
        await tab.page.add_init_script(SHIFTS)
        await tab.page.route("**/assets/*.css", late)
        await tab.goto(f"/sandbox/account/{address}")
        await expect(tab.page.get_by_role("application")).to_be_visible()
        await expect(hints(tab)).to_have_count(1 if first_visit else 0)
        await tab.page.wait_for_timeout(SETTLED_MS)
        shifted = await tab.page.evaluate("window.shifted")
        assert sum(far for far, _ in shifted) <= LITTLE, shifted
    await tab.page.reload()
    await expect(tab.page.get_by_role("application")).to_be_visible()
    await expect(hints(tab)).to_have_count(0)


async def test_the_chosen_form_of_the_tree_is_found_again_where_the_address_names_none(
    system: "System", open_page: OpenTab
) -> None:
    address, other = await mapped(system, "eight hops"), await mapped(system, "three times")
    tab = await open_page(f"/sandbox/account/{address}")
    await expect(view(tab)).to_have_text("Tidy")
    await tab.page.get_by_role("link", name="Radial").click()
    await tab.goto(f"/sandbox/account/{address}")
    await expect(view(tab)).to_have_text("Radial")
    await expect(tab.page).to_have_url(re.compile("view=radial"))  # whoever is sent it sees the same
    await tab.goto(f"/sandbox/account/{other}?view=rings")
    await expect(view(tab)).to_have_text("Rings")
    await tab.goto(f"/sandbox/account/{address}")
    await expect(view(tab)).to_have_text("Radial")
    fresh = await open_page(f"/sandbox/account/{address}")
    await expect(view(fresh)).to_have_text("Tidy")
