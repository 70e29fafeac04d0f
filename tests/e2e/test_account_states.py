"""The account page in its states: it looks as it did when somebody last looked at it, and breaks no rule of WCAG 2.2 AA.

Pictures are half as large each way, and near is the same: another version of the browser draws letters a little otherwise.
`make pictures` makes them anew, to be looked at before they are committed.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Route

from tests.support import pictures
from tests.support.account_page import AccountPage
from tests.support.account_states import all_states
from tests.support.browser import SHOTS, Theme, open_tab
from tests.support.explored import Explored
from tests.support.sights import Sights, at_rest, mapped_sights, still_tab
from tests.support.tree import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = ROOT / "tests/data/looks"
ANEW = "STELLARMAP_PICTURES_ANEW"
HALF = 2
MOST_APART = 0.0006  # of all pixels, two hundred: of a tool that is gone three hundred are otherwise
# A sheet of its own: the content security policy of the page rightly refuses a style element.
RESTYLE = """style => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [sheet];
}"""
MUTATIONS = {
    "the one warm colour": ":root { --ancestry: #ff3b30 !important; }",
    "the size of a letter": ".panel * { font-size: 15px !important; }",
    "a row's height": ".toolbar { padding-block: 16px !important; }",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A state of the page that is worth a picture."""

    of: str  # a field of `Sights`
    theme: Theme
    query: str = ""
    width: int = 1440
    skeleton: bool = False  # as long as nobody answers


LOOKS = {
    "rings-dark": Look("hub", "dark", "view=rings"),
    "rings-light-balance": Look("hub", "light", "view=rings&colour=balance&tab=groups"),
    "rings-narrow": Look("hub", "dark", "view=rings", 390),
    "tidy-dark": Look("small", "dark", "view=tidy&siblings=1"),
    "tidy-narrow": Look("small", "light", "view=tidy", 390),
    "radial-light": Look("hub", "light", "view=radial&tab=details"),
    "outline-dark": Look("small", "dark", "view=outline"),
    "empty-light": Look("empty", "light"),
    "merged-dark": Look("merged", "dark", "tab=details"),
    "missing-light": Look("nobody", "light"),
    "unmapped-dark": Look("unmapped", "dark"),
    "skeleton-dark": Look("hub", "dark", skeleton=True),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sights(world: Explored) -> AsyncIterator[Sights]:
    yield await mapped_sights(world)


@pytest.mark.parametrize("name", LOOKS)
async def test_the_page_looks_as_it_did(name: str, world: Explored, sights: Sights, browser: Browser) -> None:
    shown, kept = await seen(LOOKS[name], world, sights, browser), KEPT / f"{name}.png"
    if os.environ.get(ANEW):
        pictures.keep(shown, kept)
    pictures.keep(shown, SHOTS / f"look-{name}.png")
    apart = pictures.differing(shown, Image.open(kept))
    assert apart <= MOST_APART, f"{apart:.2%} of {kept} is otherwise in {SHOTS}; if it should be so: make pictures"


@pytest.mark.parametrize("style", MUTATIONS.values(), ids=MUTATIONS)
async def test_another_style_is_noticed(style: str, world: Explored, sights: Sights, browser: Browser) -> None:
    shown = await seen(LOOKS["tidy-dark"], world, sights, browser, style)
    assert pictures.differing(shown, Image.open(KEPT / "tidy-dark.png")) > MOST_APART


async def test_every_picture_is_of_a_look_and_they_are_small() -> None:
    assert {file.stem for file in KEPT.iterdir()} == set(LOOKS)
    assert sum(file.stat().st_size for file in KEPT.iterdir()) < 1_000_000


async def seen(look: Look, world: Explored, sights: Sights, browser: Browser, style: str = "") -> Image.Image:
    """What is on the screen, at rest."""
    address = getattr(sights, look.of)
    async with still_tab(browser, world.system.url, theme=look.theme, width=look.width) as tab:
        if look.skeleton:
            await tab.page.route("**/api/v1/sandbox/accounts/**", never)
        await tab.goto(f"/sandbox/account/{address}?{look.query}")
        if look.skeleton:
            await tab.page.locator(".skeleton").first.wait_for()
        elif look.of in {"nobody", "unmapped"}:
            await tab.page.get_by_role("heading", level=2).wait_for()
        else:
            await AccountPage(tab).read_whole()
        if style:
            await tab.page.evaluate(RESTYLE, style)
        return pictures.read(await at_rest(tab, answered=not look.skeleton)).reduce(HALF)


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 1440), ("light", 390)])
async def test_no_state_breaks_a_rule(
    theme: Theme, width: int, world: Explored, sights: Sights, browser: Browser
) -> None:
    broken: list[str] = []
    async with open_tab(browser, world.system.url, theme=theme, width=width) as tab:
        async for state in all_states(tab, sights):
            broken += [f"{state}: {each}" for each in await tab.axe()]
            if await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
                broken.append(f"{state}: wider than the screen")
        assert tab.complaints == []
    assert not broken, "\n".join(broken)


async def never(_: Route) -> None:
    """Nobody answers."""
