"""What people do on the page of an account, done in a browser; the same on an embedded system and on a cluster.

Whoever collects the suite gives `world` and `open_tab`, which fails a journey that asked another host or complained.
"""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import networkx as nx
import pytest
from playwright.async_api import expect

from tests.support.account_page import KEEP_SCENE, AccountPage
from tests.support.browser import OpenTab
from tests.support.explored import Explored, map_whole
from tests.support.explorer_hands import (
    dots_shown,
    exported,
    hub,
    kept,
    middle_of_canvas,
    png_size,
    rows,
    settled,
    spine,
    tab_to,
    told,
    touch,
    unmapped_hub,
)
from tests.support.page_facts import PageFacts, day, short

SLOWLY = {"kind": "slow_drip", "seconds": 0.5}
LOST = (4, pytest.param(30, marks=pytest.mark.soak))  # seconds in which nobody answers
BUDGET = 150
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet runs
SVG = "{http://www.w3.org/2000/svg}"
HEALED_MS = 60_000
# Each number of hops that the page has told, in order.
WATCH_HOPS = """strip => {
  window.hopsTold = [];
  const look = () => {
    const hops = /(\\d+) hops?/.exec(strip.querySelector(".chips")?.textContent ?? "");
    if (hops && window.hopsTold.at(-1) !== Number(hops[1])) window.hopsTold.push(Number(hops[1]));
  };
  look();
  new MutationObserver(look).observe(strip, { childList: true, subtree: true, characterData: true });
}"""


class ExplorerJourneys:
    """What holds in every mode."""

    @pytest.fixture(params=LOST)
    def lost_s(self, request: pytest.FixtureRequest) -> int:
        return int(request.param)

    async def test_a_new_account_grows_on_the_screen_and_nothing_moves_under_the_hand(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        address = await unmapped_hub(world)
        facts = PageFacts(world.network.network, address)
        tab = await open_tab("/sandbox")
        await tab.page.add_init_script(KEEP_SCENE)
        await tab.goto(f"/sandbox/account/{address}")
        await world.network.trouble(SLOWLY)
        try:
            await tab.page.get_by_role("button", name="Map this account").click()
            await tab.page.get_by_role("region", name="Account", exact=True).evaluate(WATCH_HOPS)
            await expect(spine(tab).get_by_text("Genesis", exact=True)).to_be_visible(timeout=30_000)
            hops = await tab.page.evaluate("window.hopsTold")
            assert hops == sorted(hops), hops
            assert len(hops) > 3, f"hop by hop, not at once: {hops}"
            page = AccountPage(tab)
            await dots_shown(page, 1)
            await touch(tab)
            middle = await middle_of_canvas(tab)
            before = await settled(tab, middle)
            chip = tab.page.get_by_role("button", name=re.compile(r"^\+[\d,]+ new$"))
            await expect(chip).to_be_visible(timeout=30_000)
            await expect(tab.page.get_by_text("lineage complete")).to_be_visible()
            # The bar above has grown and shrunk meanwhile: the canvas is elsewhere, what it shows is not.
            assert await settled(tab, middle) == before
        finally:
            await world.network.trouble()
        total = len(facts.children)
        await expect(page.children_title()).to_have_text(f"{total:,}", timeout=30_000)
        await chip.click()
        await expect(chip).to_have_count(0)
        await dots_shown(page, total)

    async def test_a_child_of_a_hub_is_found_by_its_address_opened_and_left_again(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        address = hub(world, 0)
        facts = PageFacts(world.network.network, address)
        await map_whole(world, address)
        child = facts.children[len(facts.children) * 4 // 5]
        tab = await open_tab(f"/sandbox/account/{address}")
        await tab.page.get_by_role("searchbox").fill(child.account[:14].lower())
        await expect(rows(tab)).to_have_count(1)
        await rows(tab).get_by_role("button").first.click()
        await expect(tab.page).to_have_url(re.compile(f"at={child.account}"))
        selected = tab.page.url
        await rows(tab).get_by_role("link", name="Open").click()
        await expect(tab.page).to_have_url(re.compile(f"/account/{child.account}"))
        await expect(tab.page.get_by_role("region", name="Account", exact=True)).to_contain_text(short(child.account))
        await tab.page.go_back()
        await expect(tab.page).to_have_url(selected)
        await tab.page.get_by_role("tab", name="Details").click()
        panel = tab.page.get_by_role("tabpanel")
        await expect(panel).to_contain_text("Evidence of its creation")
        await expect(panel).to_contain_text(str(child.operation_id))

    async def test_a_brush_over_the_months_leaves_the_children_of_those_months(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        address = hub(world, 0)
        facts = PageFacts(world.network.network, address)
        await map_whole(world, address)
        tab = await open_tab(f"/sandbox/account/{address}")
        months = tab.page.locator(".histogram svg[role=img]")
        await months.scroll_into_view_if_needed()
        chart = await months.bounding_box()
        assert chart
        middle = chart["y"] + chart["height"] / 2
        await tab.page.mouse.move(chart["x"] + 0.3 * chart["width"], middle)
        await tab.page.mouse.down()
        await tab.page.mouse.move(chart["x"] + 0.5 * chart["width"], middle, steps=8)
        await tab.page.mouse.up()
        await expect(tab.page).to_have_url(re.compile(r"from=\d{4}-\d{2}.*to=\d{4}-\d{2}"))
        first, last = kept("from", tab.page.url) or "", kept("to", tab.page.url) or ""
        within = [child.account for child in facts.children if first <= day(child.ledger)[:7] <= last]
        assert 0 < len(within) < len(facts.children)
        await expect(tab.page.locator(".histogram .range")).to_contain_text(f"· {len(within):,}")
        page = AccountPage(tab)
        most = min(len(within), 300)
        await expect(rows(tab).first.get_by_role("button")).to_have_attribute("title", within[0])
        assert [row["address"] for row in await page.rows(most)] == within[:most]

    async def test_a_link_shows_somebody_else_the_same(self, world: Explored, open_tab: OpenTab) -> None:
        address = hub(world, 0)
        await map_whole(world, address)
        mine = await open_tab(f"/sandbox/account/{address}")
        await mine.page.get_by_role("link", name="Radial").click()
        await mine.page.get_by_label("First month").focus()
        await mine.page.keyboard.press("ArrowRight")
        await expect(mine.page).to_have_url(re.compile("from="))
        await rows(mine).nth(2).get_by_role("button").click()
        await mine.page.get_by_role("tab", name="Details").click()
        await expect(mine.page).to_have_url(re.compile(r"at=G.*tab=details|tab=details.*at=G"))
        link = mine.page.url.removeprefix(mine.url)
        theirs = await open_tab("/sandbox")  # a context of its own: nothing is kept from the other
        shown = [await told(tab, link) for tab in (mine, theirs)]
        assert shown[0] == shown[1]
        assert shown[0]["view"] == "Radial"

    async def test_exports_are_what_is_true_when_others_read_them(
        self, world: Explored, open_tab: OpenTab, tmp_path: Path
    ) -> None:
        address = hub(world, 0)
        facts = PageFacts(world.network.network, address)
        await map_whole(world, address)
        tab = await open_tab(f"/sandbox/account/{address}")
        await AccountPage(tab).read_whole()
        lives = [(child.account, str(child.operation_id)) for child in facts.children]
        *lines, end = csv.DictReader(io.StringIO((await exported(tab, "CSV", tmp_path)).read_text(), newline=""))
        assert [(line["address"], line["created_op"]) for line in lines] == lives
        assert end["row"] == "end"
        assert not [cell for line in lines for cell in line.values() if cell.startswith(FORMULA)]
        document = json.loads((await exported(tab, "JSON", tmp_path)).read_text())
        assert [(child["address"], child["created_op"]) for child in document["children"]] == lives
        graph = nx.read_graphml(await exported(tab, "GraphML", tmp_path))
        assert nx.is_arborescence(graph)
        assert graph.number_of_nodes() == len(facts.children) + len(facts.chain) + 1  # genesis
        own = f"{address}@{facts.lives[-1].operation_id}"
        assert {child for _, child in graph.out_edges(own)} == {f"{name}@{operation}" for name, operation in lives}
        small, large = [png_size(await exported(tab, f"PNG, {scale}×", tmp_path)) for scale in (1, 2)]
        assert all(abs(twice - 2 * once) <= 2 for twice, once in zip(large, small, strict=True)), (small, large)
        picture = ET.parse(await exported(tab, "SVG", tmp_path)).getroot()  # noqa: S314 - our own page made it
        assert picture.tag == f"{SVG}svg"
        texts = {"".join(text.itertext()) for text in picture.iter(f"{SVG}text")}
        assert any(short(address) in text or address in text for text in texts), texts

    async def test_an_account_that_was_merged_and_made_again_has_each_life_with_its_maker(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        network = world.network.network
        address = network.keys.address(network.cast.examples["reborn"])
        facts = PageFacts(network, address)
        assert len({life.creator for life in facts.lives}) > 1, "made again by another"
        await map_whole(world, address)
        tab = await open_tab(f"/sandbox/account/{address}?tab=details")
        page = AccountPage(tab)
        await page.read_whole()
        lives = len(facts.lives)
        await expect(tab.page.get_by_role("link", name=f"life {lives} of {lives}")).to_be_visible()
        for number, life in enumerate(facts.lives, 1):
            section = tab.page.get_by_role("tabpanel").locator("section", has_text=f"Life {number} of {lives}")
            await expect(section.locator(f"[title='{life.creator}']").first).to_be_visible()
            await expect(section).to_contain_text(str(life.operation_id))
            end = facts.end_of(life)
            await expect(section.get_by_text("Merged into")).to_have_count(1 if end else 0)
        assert await page.spine() == facts.spine()
        assert await page.children_title().inner_text() == f"{len(facts.children):,}"

    async def test_the_keyboard_alone_leads_from_a_search_to_a_child_and_back(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        address = hub(world, 4)
        await map_whole(world, address)
        tab = await open_tab("/sandbox")
        keys, page = tab.page.keyboard, tab.page
        await expect(page.get_by_text("Accounts mapped")).to_be_visible()
        await keys.press("/")
        await keys.type(address)
        await keys.press("Enter")
        await expect(page).to_have_url(re.compile(f"/account/{address}"))
        await AccountPage(tab).read_whole()
        await tab_to(tab, page.get_by_role("link", name="Outline"))
        await keys.press("Enter")
        item = page.get_by_role("tree").locator("[role=treeitem][tabindex='0']")
        await expect(item).to_be_visible()
        await tab_to(tab, item)
        await keys.press("Home")
        await keys.press("ArrowDown")
        await expect(page).to_have_url(re.compile("at=G"))
        await tab_to(tab, page.get_by_role("tab", selected=True))
        await keys.press("Home")
        await expect(rows(tab).first).to_be_visible()
        await tab_to(tab, page.locator(".list [role=region] li button").first)
        child = await page.locator(".list [role=region] li button").first.get_attribute("title")
        await keys.press("Enter")
        await expect(page).to_have_url(re.compile(f"at={child}"))
        selected = page.url
        await keys.press("Tab")
        await keys.press("Enter")
        await expect(page).to_have_url(re.compile(f"/account/{child}"))
        await expect(page.get_by_role("heading", level=1)).to_contain_text(short(str(child)))
        await tab_to(tab, page.get_by_role("tab", selected=True))
        await keys.press("ArrowRight")
        await expect(page).to_have_url(re.compile("tab="))
        before = page.url
        await keys.press(
            "Alt+ArrowLeft"
        )  # a browser without a window does not know it, and the page must leave it alone
        assert page.url == before
        await page.go_back()
        await expect(page).to_have_url(selected)

    async def test_expanding_is_done_within_a_budget_and_ended_at_once(
        self, world: Explored, open_tab: OpenTab
    ) -> None:
        address = hub(world, 3)
        await map_whole(world, address)
        tab = await open_tab(f"/sandbox/account/{address}")
        await world.network.trouble(SLOWLY)
        try:
            await tab.page.get_by_role("button", name="Expand…").click()
            dialog = tab.page.get_by_role("dialog", name="Expand this lineage")
            await dialog.get_by_label("Children to expand in turn").fill(str(BUDGET))
            await expect(dialog.get_by_role("status")).to_contain_text(f"At least {BUDGET} calls")
            await dialog.get_by_role("button", name="Expand").click()
            await expect(dialog).to_be_hidden()
            await tab.page.get_by_role("button", name="Cancel").click()
            await expect(tab.page.get_by_text("Nothing more is read for this request")).to_be_visible()
        finally:
            await world.network.trouble()
        lineage = await world.system.get(f"/sandbox/accounts/{address}/lineage")
        request = await world.system.get(f"/sandbox/requests/{lineage['request_id']}")
        assert (request["cancelled"], request["budget"]) == (True, BUDGET)
        assert request["expansion"]["finished"] < BUDGET
        await expect(AccountPage(tab).children_title()).to_have_text(f"{len(world.network.truth.children(address)):,}")

    async def test_a_server_that_was_lost_is_found_again_without_a_reload(
        self, world: Explored, open_tab: OpenTab, lost_s: int
    ) -> None:
        address = await unmapped_hub(world)
        facts = PageFacts(world.network.network, address)
        tab = await open_tab(f"/sandbox/account/{address}")
        await tab.page.evaluate("window.neverReloaded = true")
        await world.network.trouble(SLOWLY)
        try:
            async with tab.page.expect_response(re.compile("/requests$")):  # else what became of it is told, too
                await tab.page.get_by_role("button", name="Map this account").click()
            await expect(AccountPage(tab).children_title()).to_have_text(re.compile("[1-9]"), timeout=30_000)
            await world.lose()
            lost = tab.page.get_by_role("status").filter(has_text="StellarMap cannot be reached")
            await expect(lost).to_contain_text(re.compile(r"as of \d{2}:\d{2}:\d{2} UTC"))
            await expect(tab.page.get_by_text(re.compile("Tries again in"))).to_be_visible()
            await tab.page.wait_for_timeout(lost_s * 1_000)
            # One calm line says it, nothing else complains.
            assert await tab.page.get_by_role("alert").all_inner_texts() == []
            await tab.page.keyboard.press("?")
            await expect(tab.page.get_by_text("The list of keys comes when StellarMap answers again")).to_be_visible()
            await expect(spine(tab).get_by_role("link").first).to_be_visible()  # what was read is still there
            await world.come_back()
        finally:
            await world.network.trouble()
        await expect(lost).to_have_count(0, timeout=HEALED_MS)
        await expect(tab.page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
        await tab.page.keyboard.press("Escape")
        page = AccountPage(tab)
        await expect(page.children_title()).to_have_text(f"{len(facts.children):,}", timeout=HEALED_MS)
        await expect(tab.page.get_by_text("lineage complete")).to_be_visible(timeout=HEALED_MS)
        assert await page.spine() == facts.spine()
        assert await tab.page.evaluate("window.neverReloaded")
