"""What hands and eyes do on the page of an account."""

import re
import struct
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import FloatRect, Locator, expect

from stellarmap_common.domain.network import Address
from tests.support.account_page import KEEP_SCENE, AccountPage
from tests.support.browser import Tab
from tests.support.explored import Explored
from tests.support.system import until

MOST_TABS = 60
MOST_HUBS = 30


def hub(world: Explored, place: int) -> Address:
    """The largest one, the second largest and so on: each journey that maps one has its own."""
    return world.network.hubs(place + 1)[place]


async def unmapped_hub(world: Explored) -> Address:
    """The largest that no other journey has mapped, or met."""
    for address in world.network.hubs(MOST_HUBS)[1:]:
        answer = await world.system.api.get(f"/api/v1/sandbox/accounts/{address}/lineage")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return address
    raise AssertionError("every hub is mapped")


def spine(tab: Tab) -> Locator:
    return tab.page.get_by_role("navigation", name="Ancestors, from genesis to this account")


def rows(tab: Tab) -> Locator:
    return tab.page.locator(".list [role=region]").get_by_role("listitem")


def kept(query: str, url: str) -> str | None:
    """What the address says of it."""
    found = re.search(rf"[?&]{query}=([^&]+)", url)
    return found[1] if found else None


async def told(tab: Tab, link: str) -> dict[str, Any]:
    """All that the link shows."""
    await tab.page.add_init_script(KEEP_SCENE)
    await tab.goto(link)
    page, panel = AccountPage(tab), tab.page.get_by_role("tabpanel")
    await page.read_whole()
    await expect(panel).to_contain_text("Evidence of its creation")
    return {
        "view": await tab.page.get_by_role("navigation", name="View").locator("[aria-current]").inner_text(),
        "months": await tab.page.locator(".histogram .range").inner_text(),
        "details": await panel.inner_text(),
        "scene": {(mark["id"], mark["kind"], mark["text"]) for mark in await page.scene()},
    }


async def exported(tab: Tab, form: str, folder: Path) -> Path:
    """The file that the dialog has saved."""
    await tab.page.get_by_role("button", name="Export…").click()
    dialog = tab.page.get_by_role("dialog", name="Export this lineage")
    await dialog.get_by_role("radio", name=re.compile(rf"^\s*{form}")).check()
    async with tab.page.expect_download() as saved:
        await dialog.get_by_role("button", name="Export", exact=True).click()
    file = await saved.value
    await file.save_as(folder / file.suggested_filename)
    await expect(dialog).to_be_hidden()
    return folder / file.suggested_filename


def png_size(file: Path) -> tuple[int, int]:
    """Width and height, as its header says."""
    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


async def tab_to(tab: Tab, wanted: Locator) -> None:
    """Presses Tab until it is there."""
    for _ in range(MOST_TABS):
        if await wanted.count() and await wanted.evaluate("wanted => wanted === document.activeElement"):
            return
        await tab.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


async def touch(tab: Tab) -> None:
    """The hand is on the tree: the chain of ancestors is opened."""
    canvas = tab.page.get_by_role("application")
    await canvas.focus()
    await tab.page.keyboard.press("ArrowLeft")
    await tab.page.keyboard.press("Space")
    await canvas.blur()


async def middle_of_canvas(tab: Tab) -> FloatRect:
    """The part of the screen that the canvas fills whatever comes above it, and nothing lies over."""
    box = await tab.page.locator("canvas").bounding_box()
    assert box
    aside = {"left": 180, "right": 80, "above": 100, "below": 40}
    return {
        "x": box["x"] + aside["left"],
        "y": box["y"] + aside["above"],
        "width": box["width"] - aside["left"] - aside["right"],
        "height": box["height"] - aside["above"] - aside["below"],
    }


async def settled(tab: Tab, part: FloatRect) -> bytes:
    """A picture of that part of the screen, once a second one is the same."""
    last = b""

    async def same() -> bytes | None:
        nonlocal last
        before, last = last, await tab.page.screenshot(clip=part)
        return last if last == before else None

    return bytes(await until(same, within_s=20, what="a tree that stands still", every_s=0.2))


async def dots_shown(page: AccountPage, least: int) -> None:
    """Returns once the disc has so many dots."""

    async def shown() -> bool:
        return any((mark["dots"] or 0) >= least for mark in await page.scene())

    await until(shown, within_s=30, what=f"{least} dots")
