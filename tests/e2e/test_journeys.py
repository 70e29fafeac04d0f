"""What people do on the pages, done in a real browser against the embedded system."""

import json
import re

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser import OpenTab, Tab, is_fine
from tests.support.examples import example, found_by_prefix, mapped
from tests.support.system import System

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEED = "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKI"  # of a public test vector
WRONG = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWNA"
ANY = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"
SPINE = "Ancestors, from genesis to this account"
READABLE = 60  # pixels of an account in it, at least


def search_box(tab: Tab) -> Locator:
    return tab.page.get_by_role("combobox", name="Account address")


def spine(tab: Tab) -> Locator:
    return tab.page.get_by_role("navigation", name=SPINE)


async def test_a_pasted_address_grows_into_its_chain_to_genesis(system: System, open_page: OpenTab) -> None:
    address = await example(system, "hops from genesis")
    tab = await open_page("/sandbox")
    await search_box(tab).fill(f'  "{address.lower()}"\n')
    await search_box(tab).press("Enter")
    await expect(spine(tab).get_by_text("Genesis", exact=True)).to_be_visible()
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible()
    lineage = await system.get(f"/sandbox/accounts/{address}/lineage")
    hops = tab.page.get_by_text(f"lineage complete · {len(lineage['ancestors'])} hops")
    await expect(hops).to_be_visible()
    await tab.shot("account-mapped")


async def test_what_is_typed_is_completed_and_chosen_with_the_keys(system: System, open_page: OpenTab) -> None:
    address = await found_by_prefix(system, "hops from genesis")
    tab = await open_page("/sandbox")
    await search_box(tab).press_sequentially(address[:6].lower())
    option = tab.page.get_by_role("option").filter(has_text=f"{address[:5]}…{address[-5:]}")
    await expect(option).to_be_visible()
    await search_box(tab).press("ArrowDown")
    await expect(tab.page.get_by_role("option", selected=True)).to_have_attribute("title", address)
    await search_box(tab).press("Enter")
    await expect(tab.page).to_have_url(re.compile(f"/sandbox/account/{address}"))
    await tab.page.keyboard.press("/")
    await search_box(tab).press_sequentially("nobody has this")
    await expect(tab.page.get_by_text("No mapped account has")).to_be_visible()
    await search_box(tab).press("Escape")
    await expect(tab.page.get_by_text("No mapped account has")).to_have_count(0)


async def test_an_account_nobody_mapped_is_mapped_live_when_its_button_is_pressed(
    system: System, open_page: OpenTab
) -> None:
    address = await example(system, "very long chain")
    tab = await open_page(f"/sandbox/account/{address}")
    await tab.page.get_by_role("button", name="Map this account").click()
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible(timeout=30_000)
    events = [url for url in tab.asked if "/api/v1/events" in url]
    assert events, "the page follows the live stream"
    more = spine(tab).get_by_role("button", name="more ancestors")
    await more.click()
    lineage = await system.get(f"/sandbox/accounts/{address}/lineage")
    await expect(spine(tab).get_by_role("link")).to_have_count(len(lineage["ancestors"]) + 1)
    narrowest = (
        await spine(tab).get_by_role("link").evaluate_all("all => Math.min(...all.map(each => each.offsetWidth))")
    )
    assert narrowest >= READABLE, narrowest
    await spine(tab).get_by_role("button", name="Fold").click()
    await expect(more).to_be_visible()


async def test_the_evidence_of_a_hop_is_shown_and_stands_in_the_url(system: System, open_page: OpenTab) -> None:
    address = await mapped(system, "hops from genesis")
    tab = await open_page(f"/sandbox/account/{address}")
    await spine(tab).get_by_role("link").nth(1).click()
    panel = tab.page.get_by_role("tabpanel")
    await expect(panel.get_by_text("Evidence of its creation")).to_be_visible()
    for name in ("Creator", "Ledger", "Operation", "Transaction", "Read from"):
        await expect(panel.get_by_text(name, exact=True)).to_be_visible()
    await expect(tab.page).to_have_url(re.compile(r"[?&]at=G[A-Z2-7]{55}"))
    await tab.page.reload()
    await expect(panel.get_by_text("Evidence of its creation")).to_be_visible()


async def test_the_outline_is_walked_by_the_keyboard(system: System, open_page: OpenTab) -> None:
    address = await mapped(system, "hops from genesis")
    tab = await open_page(f"/sandbox/account/{address}")
    await tab.page.get_by_role("link", name="Outline").click()
    await expect(tab.page).to_have_url(re.compile(r"[?&]view=outline"))
    tree = tab.page.get_by_role("tree")
    await tree.locator("[role=treeitem][tabindex='0']").focus()
    await tab.page.keyboard.press("Home")
    await tab.page.keyboard.press("ArrowDown")
    chosen = tree.locator("[role=treeitem][aria-selected=true]")
    await expect(chosen).to_have_attribute("aria-level", "2")
    await expect(tab.page).to_have_url(re.compile(r"[?&]at=G"))
    await tab.page.keyboard.press("ArrowRight")
    await expect(chosen).to_have_attribute("aria-expanded", "true")
    creator = (await system.get(f"/sandbox/accounts/{address}/lineage"))["ancestors"][-2]["address"]
    await tab.page.keyboard.press("Enter")
    await expect(tab.page).to_have_url(re.compile(f"/sandbox/account/{creator}"))


async def test_a_dot_of_a_hub_is_one_of_its_children(system: System, open_page: OpenTab) -> None:
    address = await mapped(system, "largest hub")
    tab = await open_page(f"/sandbox/account/{address}")
    await expect(tab.page.get_by_role("complementary", name="Legend")).to_be_visible()
    canvas = tab.page.get_by_role("application")
    box = await canvas.bounding_box()
    assert box
    await canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2 + 50})
    await expect(tab.page.get_by_role("tabpanel").get_by_text("Evidence of its creation")).to_be_visible()
    await expect(tab.page).to_have_url(re.compile(r"[?&]at=G[A-Z2-7]{55}"))
    picked = re.search(r"[?&]at=(G[A-Z2-7]{55})", tab.page.url)
    assert picked
    found = await system.get(f"/sandbox/accounts/{address}/children", q=picked[1])
    assert [child["address"] for child in found["children"]] == [picked[1]]
    await tab.page.get_by_role("link", name="Radial").click()
    await expect(tab.page).to_have_url(re.compile(rf"at={picked[1]}&tab=details&view=radial"))


async def test_children_are_filtered_by_part_of_an_address(system: System, open_page: OpenTab) -> None:
    address = await mapped(system, "largest hub")
    children = (await system.get(f"/sandbox/accounts/{address}/children", limit=5))["children"]
    wanted = str(children[3]["address"])
    tab = await open_page(f"/sandbox/account/{address}")
    rows = tab.page.get_by_role("region", name="Children, oldest first").get_by_role("listitem")
    await expect(rows.first).to_be_visible()
    await tab.page.get_by_role("searchbox").fill(wanted[:12].lower())
    await expect(rows).to_have_count(1)
    await rows.get_by_role("link", name="Open").click()
    await expect(tab.page).to_have_url(re.compile(f"/sandbox/account/{wanted}"))


async def test_expanding_says_what_it_costs_before_it_asks(system: System, open_page: OpenTab) -> None:
    address = await mapped(system, "hops from genesis")
    tab = await open_page(f"/sandbox/account/{address}")
    await tab.page.get_by_role("button", name="Expand…").click()
    dialog = tab.page.get_by_role("dialog", name="Expand this lineage")
    await dialog.get_by_label("Children to expand in turn").fill("7")
    await expect(dialog.get_by_role("status")).to_contain_text("At least 7 calls")
    await tab.shot("expand")
    assert await tab.axe() == []
    async with tab.page.expect_request(lambda sent: sent.method == "POST") as sent:
        await dialog.get_by_role("button", name="Expand").click()
    asked: dict[str, object] = json.loads((await sent.value).post_data or "{}")
    assert asked["budget"] == 7
    await expect(dialog).to_be_hidden()
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible()


async def test_a_secret_seed_is_refused_cleared_and_sent_nowhere(open_page: OpenTab) -> None:
    tab = await open_page("/sandbox")
    sent: list[str] = []
    tab.page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
    await search_box(tab).fill(f"my key is {SEED}")
    await expect(tab.page.get_by_role("alert")).to_contain_text("secret seed")
    await expect(search_box(tab)).to_have_value("")
    await search_box(tab).press("Enter")  # as who pastes does
    await expect(tab.page.get_by_role("alert")).to_contain_text("secret seed")
    assert SEED not in await tab.page.content()
    assert [each for each in sent if SEED in each] == []


@pytest.mark.parametrize("path", ["/nonet", "/nonet/leaderboard", f"/nonet/account/{ANY}"])
async def test_a_network_that_is_not_there_leads_to_those_that_are(open_page: OpenTab, path: str) -> None:
    tab = await open_page(path)
    await expect(tab.page.get_by_role("heading", name="There is no network called nonet here")).to_be_visible()
    await is_fine(tab, "network-unknown")
    await tab.page.get_by_role("navigation", name="Networks").get_by_role("link", name="sandbox").click()
    await expect(tab.page).to_have_url(re.compile("/sandbox$"))
    await expect(tab.page.get_by_text("Accounts mapped")).to_be_visible()


async def test_a_mistyped_address_is_told_at_once_without_a_request(open_page: OpenTab) -> None:
    tab = await open_page("/sandbox")
    await expect(tab.page.get_by_text("Accounts mapped")).to_be_visible()
    await search_box(tab).fill(WRONG)
    await expect(tab.page.get_by_role("alert")).to_contain_text("checksum")
    assert [url for url in tab.asked if "resolve" in url or WRONG in url] == []


@pytest.mark.parametrize("keys", ["/", "Control+k"])
async def test_the_search_box_is_a_key_away(system: System, open_page: OpenTab, keys: str) -> None:
    address = await mapped(system, "hops from genesis")
    for path in ("/sandbox", f"/sandbox/account/{address}"):
        tab = await open_page(path)
        await expect(search_box(tab)).to_be_visible()
        await tab.page.keyboard.press(keys)
        await expect(search_box(tab)).to_be_focused()


async def test_the_chosen_theme_is_kept(open_page: OpenTab) -> None:
    tab = await open_page("/sandbox", theme="dark")
    root = tab.page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    await tab.page.get_by_role("button", name="Theme: system").click()
    await expect(root).to_have_attribute("data-theme", "light")
    await tab.page.reload()
    await expect(root).to_have_attribute("data-theme", "light")
    await tab.page.get_by_role("button", name="Theme: light").click()
    await expect(root).to_have_attribute("data-theme", "dark")


async def test_a_network_that_cannot_be_reached_says_what_to_set(open_page: OpenTab) -> None:
    tab = await open_page("/sandbox")
    await tab.page.get_by_role("button", name="Network: sandbox").click()
    public = tab.page.get_by_role("menuitemradio", name="public")
    await public.click()  # only a network that somebody looks at is asked whether it is there
    await expect(tab.page).to_have_url(re.compile("/public$"))
    await expect(tab.page.get_by_text("set STELLARMAP_HORIZON_URL_PUBLIC to another Horizon")).to_be_visible(
        timeout=30_000
    )
    await tab.page.get_by_role("button", name="Network: public").click()
    await expect(public).to_contain_text("STELLARMAP_HORIZON_URL_PUBLIC")
    await tab.shot("network-unreachable")
