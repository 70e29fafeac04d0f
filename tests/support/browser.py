"""A real browser on the built pages: what it asks for and what goes wrong in it is written down."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, async_playwright, expect

from tests.support.tree import ROOT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = ROOT / "services/web/node_modules/axe-core/axe.min.js"
SHOTS = ROOT / "test-results"
# What is in order is neither gathered nor handed over: that would take five times as long.
VIOLATIONS = """async tags => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations;
}"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

BEEN_HERE = 'localStorage.setItem("stellarmap.hints", "seen")'
ALIKE = ("--disable-gpu", "--font-render-hinting=none")  # what it draws does not depend on the machine

PATIENCE_MS = 15_000  # of whatever waits for the page: machines that run tests are busy

Theme = Literal["light", "dark"]


@dataclass(slots=True)
class Tab:
    """An open page, and what it did."""

    page: Page
    url: str
    asked: list[str] = field(default_factory=list)  # every address the page asked for
    refused: list[str] = field(default_factory=list)  # of those, what was answered with an error
    complaints: list[str] = field(default_factory=list)  # errors and warnings on the console, errors nobody caught
    under_way: set[Request] = field(default_factory=set)  # asked and not answered yet, but for the stream

    async def goto(self, path: str) -> None:
        await self.page.goto(self.url + path)

    def story(self) -> str:
        """What to know of a page that did not come to what a test waited for."""
        waits_for = [request.url for request in self.under_way]
        return f"{self.page.url} waits for {waits_for}, was refused {self.refused} and says {self.complaints}"

    async def axe(self) -> list[str]:
        """What breaks WCAG 2.2 AA on the page as it stands: rule, and the elements."""
        # Evaluated, not added as a script: the content security policy of the page would rightly refuse it.
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = await self.page.evaluate(VIOLATIONS, WCAG)
        return [
            f"{broken['id']}: {node['html'][:160]} ({node['failureSummary']})"
            for broken in found
            for node in broken["nodes"]
        ]

    async def shot(self, name: str) -> None:
        """Keeps a picture of the page for people to look at."""
        SHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png", full_page=await self.width() < 800)

    async def width(self) -> int:
        return int(await self.page.evaluate("innerWidth"))

    def outside(self) -> list[str]:
        """What the page asked of other hosts."""
        host = urlsplit(self.url).netloc
        return [url for url in self.asked if urlsplit(url).netloc != host and not url.startswith(("data:", "blob:"))]


async def is_fine(tab: Tab, name: str) -> None:
    """Passes when nothing on the page breaks WCAG 2.2 AA or is wider than the screen; a picture of it is kept."""
    await tab.shot(name)
    assert await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    broken = await tab.axe()
    assert not broken, "\n".join(broken)


OpenTab = Callable[..., Awaitable[Tab]]  # path, then by name: theme, width, first_visit


@asynccontextmanager
async def system_chromium() -> AsyncIterator[Browser]:
    """The system's own Chromium: none is ever downloaded."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, f"none of {', '.join(CHROMIUM)} is installed; `make test` installs it"
    async with async_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        sandbox = [] if os.getuid() else ["--no-sandbox"]  # root has no user namespace to be caged in
        browser = await playwright.chromium.launch(executable_path=path, args=[*sandbox, *ALIKE])
        yield browser
        await browser.close()


@asynccontextmanager
async def open_tab(
    browser: Browser, url: str, *, theme: Theme = "dark", width: int = 1440, first_visit: bool = False
) -> AsyncIterator[Tab]:
    """A tab of its own, without motion, in a system that prefers the theme; of somebody who was here before."""
    viewport = {"width": width, "height": 900 if width > 800 else 844}
    async with await browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]  # a TypedDict that playwright does not export
        color_scheme=theme,
        reduced_motion="reduce",
    ) as context:
        if not first_visit:
            await context.add_init_script(BEEN_HERE)
        tab = Tab(await context.new_page(), url)
        tab.page.set_default_timeout(PATIENCE_MS)
        tab.page.on("request", lambda request: _asked(tab, request))
        for end in ("requestfinished", "requestfailed"):
            tab.page.on(end, lambda request: _ended(tab, request))
        tab.page.on("response", lambda response: _answered(tab, response))
        tab.page.on("console", lambda message: _said(tab, message))
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        try:
            yield tab
        finally:
            print(tab.story())  # noqa: T201 - pytest shows it of a test that failed


def _asked(tab: Tab, request: Request) -> None:
    tab.asked.append(request.url)
    if request.resource_type != "eventsource":
        tab.under_way.add(request)


def _ended(tab: Tab, request: Request) -> None:
    tab.under_way.discard(request)


def _answered(tab: Tab, response: Response) -> None:
    if response.status >= 400:
        tab.refused.append(f"{response.status} {urlsplit(response.url).path}")


def _said(tab: Tab, message: ConsoleMessage) -> None:
    # Chromium itself writes a line for every answer of 400 and above; `refused` holds those, with their address.
    if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
        tab.complaints.append(f"{message.type}: {message.text}")
