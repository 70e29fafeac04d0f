"""The pictures of the user guide, made by the page itself: `python -m tests.support.guide`, or `make pictures`."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, FloatRect, Page, expect

from tests.support import pictures
from tests.support.account_page import AccountPage
from tests.support.browser import Tab, Theme, system_chromium
from tests.support.explored import Explored, explored
from tests.support.sights import Sights, at_rest, mapped_sights, still_tab
from tests.support.system import until
from tests.support.tree import ROOT

FOLDER = ROOT / "docs/pictures"
MARGIN = 24  # pixels around a part of the page
BOARD_S = 60
WIDTH, HEIGHT = 1280, 800
Act = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: where, what is done there, and which part of the page is kept."""

    path: str  # with the fields of `Sights`
    act: Act | None = None
    part: str = ""  # a selector; all of the screen
    theme: Theme = "dark"
    width: int = WIDTH


async def type_a_name(page: Page) -> None:
    await page.get_by_role("combobox", name="Account address").press_sequentially("lum")
    await page.get_by_role("option").first.wait_for()


async def open_filters(page: Page) -> None:
    await page.get_by_role("button", name="Filters").click()
    await page.get_by_label("issue assets").check()
    await page.locator(".tool-sheet").wait_for()


async def open_spacing(page: Page) -> None:
    await page.get_by_role("button", name="Spacing").click()
    await page.locator(".tool-sheet").wait_for()


def press(name: str) -> Act:
    return lambda page: page.get_by_role("button", name=name).click()


async def show_keys(page: Page) -> None:
    await page.keyboard.press("?")
    await page.get_by_role("dialog").wait_for()


async def choose_a_child(page: Page) -> None:
    await page.locator(".list li button").first.click()
    await page.get_by_role("tab", name="Details").click()
    await page.get_by_text("Evidence of its creation").wait_for()


ACCOUNT = "/sandbox/account/"
SHOTS = {
    "search": Shot("/sandbox", type_a_name),
    "account": Shot(ACCOUNT + "{hub}"),
    "tidy": Shot(ACCOUNT + "{small}?view=tidy&siblings=1", theme="light"),
    "radial": Shot(ACCOUNT + "{hub}?view=radial", theme="light"),
    "outline": Shot(ACCOUNT + "{hub}?view=outline"),
    "months": Shot(ACCOUNT + "{hub}?colour=balance&from=2019-01&to=2020-12"),
    "evidence": Shot(ACCOUNT + "{hub}", choose_a_child),
    "groups": Shot(ACCOUNT + "{hub}?tab=groups", part=".panel", theme="light"),
    "filters": Shot(ACCOUNT + "{hub}?view=tidy", open_filters, part=".tool-sheet"),
    "spacing": Shot(ACCOUNT + "{hub}?view=tidy", open_spacing, part=".tool-sheet"),
    "expand": Shot(ACCOUNT + "{hub}", press("Expand…"), part="[role=dialog], dialog"),
    "export": Shot(ACCOUNT + "{hub}", press("Export…"), part="[role=dialog], dialog"),
    "keys": Shot(ACCOUNT + "{hub}", show_keys, part="[role=dialog], dialog"),
    "narrow": Shot(ACCOUNT + "{hub}", width=390),
    "leaderboard": Shot("/sandbox/leaderboard", theme="light"),
    "ops": Shot("/ops"),
}
"""By the name of the file."""


async def main() -> None:
    """Afterwards every picture of the guide is as the page looks now, and there is no other."""
    with tempfile.TemporaryDirectory() as folder:
        async with explored(Path(folder), standings_seed=True) as world, system_chromium() as browser:
            sights = await mapped_sights(world)
            await until(lambda: has_board(world), within_s=BOARD_S, what="a leaderboard")
            for name, shot in SHOTS.items():
                picture = pictures.of_few_colours(pictures.read(await taken(shot, world, sights, browser)))
                pictures.keep(picture, FOLDER / f"{name}.png")
    for file in FOLDER.iterdir():
        if file.stem not in SHOTS:
            file.unlink()


async def has_board(world: Explored) -> bool:
    return bool((await world.system.get("/sandbox/standings"))["rows"])


async def taken(shot: Shot, world: Explored, sights: Sights, browser: Browser) -> bytes:
    async with still_tab(browser, world.system.url, theme=shot.theme, width=shot.width) as tab:
        await tab.page.set_viewport_size({"width": shot.width, "height": HEIGHT})
        await tab.goto(shot.path.format_map({name: getattr(sights, name) for name in Sights.__slots__}))
        if shot.path.startswith(ACCOUNT):
            await AccountPage(tab).read_whole()
        await expect(tab.page.locator(".skeleton")).to_have_count(0)
        if shot.act:
            await shot.act(tab.page)
        return await at_rest(tab, await part_of(tab, shot.part) if shot.part else None)


async def part_of(tab: Tab, selector: str) -> FloatRect:
    box = await tab.page.locator(selector).first.bounding_box()
    assert box, selector
    left, top = max(0.0, box["x"] - MARGIN), max(0.0, box["y"] - MARGIN)
    return {
        "x": left,
        "y": top,
        "width": min(WIDTH, box["x"] + box["width"] + MARGIN) - left,
        "height": min(HEIGHT, box["y"] + box["height"] + MARGIN) - top,
    }


if __name__ == "__main__":
    asyncio.run(main())
