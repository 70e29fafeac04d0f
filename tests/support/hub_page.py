"""The account page of a hub in a real browser, from made-up answers: how soon it is painted, what a frame of it costs."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, Route, expect

from stellarmap_gateway.views.rings import COMPLETE, HEADER, MAGIC, OCTETS, VERSION
from tests.support.system import System

BAR_LAYOUT_MS = 10
BAR_PAINT_MS = 300
BAR_FRAME_MS = 16
MONTHS = 96
NOTABLE = 30
FIRST_MINUTE = 25_684_320  # November 2018
MONTH_MINUTES = 43_800
CLASSES = 6
SOON_S = 30

WATCH = """
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...given) {
  draw.apply(this, given);
  window.paintedAt ??= performance.now();
};
"""
# Milliseconds from the answer to the first disc, and what share of a square around the middle is painted.
PAINTED = """async () => {
  while (window.paintedAt === undefined) await new Promise(requestAnimationFrame);
  const asked = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/lineage"));
  const canvas = document.querySelector("canvas");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(width / 2 - 60, height / 2 - 60, 120, 120);
  const inked = data.filter((part, at) => at % 4 === 3 && part > 0).length;
  return { ms: window.paintedAt - asked[0].responseEnd, inked: inked / (120 * 120) };
}"""
# Drags the canvas a little in each of so many frames.
PAN = """async frames => {
  const canvas = document.querySelector("canvas");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const tell = (target, type, x) => target.dispatchEvent(new MouseEvent(type, {
    bubbles: true, cancelable: true, view: window, button: 0, buttons: 1, clientX: x, clientY: top + height / 2,
  }));
  const start = left + width / 2;
  tell(canvas, "mousedown", start);
  for (let frame = 1; frame <= frames; frame += 1) {
    tell(window, "mousemove", start + 2 * frame);
    await new Promise(requestAnimationFrame);
  }
  tell(window, "mouseup", start + 2 * frames);
}"""


@dataclass(frozen=True, slots=True)
class Hub:
    """An account of the system, and what its page is told of its children."""

    system: System
    address: str
    lineage: dict[str, Any]

    @property
    def total(self) -> int:
        """How many children it is said to have."""
        return int(self.lineage["children"]["total"])


async def hub_of(system: System, address: str, total: int) -> Hub:
    """The account, told to have so many children."""
    lineage = await system.get(f"/sandbox/accounts/{address}/lineage")
    return Hub(system, address, {**lineage, "children": children_of(total)})


@dataclass(frozen=True, slots=True)
class Painted:
    """A page with the first dots on the screen, and what that took from the answer on, in milliseconds."""

    page: Page
    waited_ms: float
    cpu_ms: float  # of the page's own thread: whatever else the machine does


@asynccontextmanager
async def hub_page(browser: Browser, hub: Hub) -> AsyncIterator[Painted]:
    """Its page, waiting for the answer with everything else at hand; then with all dots on the screen."""
    async with await browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        await context.add_init_script(WATCH)
        page = await context.new_page()
        asked, answers = asyncio.Event(), asyncio.Event()
        await _answered(page, hub, asked=asked, answers=answers)
        await page.goto(f"{hub.system.url}/sandbox/account/{hub.address}?view=rings")
        await asyncio.wait_for(asked.wait(), SOON_S)
        async with _busy(page) as busy_s:
            before = await busy_s()
            answers.set()
            painted = await page.evaluate(PAINTED)
            cpu_ms = (await busy_s() - before) * 1_000
        assert painted["inked"] > 0.2  # dots, not an empty canvas
        await expect(page.get_by_role("application", name=f"{hub.total:,} children")).to_be_visible()
        yield Painted(page, painted["ms"], cpu_ms)


async def cpu_ms_a_frame(page: Page, script: str, frames: int) -> float:
    """CPU of the page's own thread while the script moves it."""
    async with _busy(page) as busy_s:
        before = await busy_s()
        await page.evaluate(script, frames)
        return (await busy_s() - before) / frames * 1_000


async def come_close(page: Page) -> None:
    """Afterwards single dots of the disc can be told apart."""
    await page.mouse.move(500, 600)
    for _ in range(10):
        await page.mouse.wheel(0, -240)


@asynccontextmanager
async def _busy(page: Page) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """Tells how many seconds of CPU the page's own thread has used."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def busy_s() -> float:
        metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
        return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")

    yield busy_s
    await devtools.detach()


async def _answered(page: Page, hub: Hub, *, asked: asyncio.Event, answers: asyncio.Event) -> None:
    """The page is told of that hub once it `answers`, and of its children that they have a few thousand each."""
    own = f"/accounts/{hub.address}/lineage"
    child = {**hub.lineage, "children": children_of(3_000)}
    body = rings_of(hub.total)

    async def tell(route: Route) -> None:
        if route.request.url.endswith(own):
            asked.set()
            await answers.wait()
        await route.fulfill(json=hub.lineage if route.request.url.endswith(own) else child)

    async def rings(route: Route) -> None:
        await route.fulfill(body=body, content_type=OCTETS)

    async def none(route: Route) -> None:
        kept = ("network", "network_key", "as_of", "epoch", "current", "reset_at", "address")
        scope = {key: hub.lineage[key] for key in kept}
        listed: dict[str, Any] = {"children": [], "notable": [], "next_cursor": None, "truncated": False, "scanned": 0}
        counted = {"total": hub.total, "complete": True, "of_known": None, "known_truncated": False, "issuers_cut": 0}
        await route.fulfill(json={**scope, **listed, **counted})

    await page.route("**/api/v1/sandbox/accounts/*/lineage", tell)
    await page.route("**/api/v1/sandbox/accounts/*/rings", rings)
    await page.route("**/api/v1/sandbox/accounts/*/children*", none)


def rings_of(total: int) -> bytes:
    """Children at equal distances over the months of the histogram, of every class of balances."""
    step = MONTHS * MONTH_MINUTES // total
    steps = _varint(2 * step) * total  # zigzag: none goes back
    classes = bytes(1 + at % CLASSES for at in range(CLASSES)) * (total // CLASSES + 1)
    header = HEADER.pack(MAGIC, VERSION, COMPLETE, HEADER.size, total, FIRST_MINUTE, len(steps), 0)
    return header + steps + classes[:total]


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return struct.pack("B", low) if rest == 0 else struct.pack("B", low | 0x80) + _varint(rest)


def children_of(total: int) -> dict[str, Any]:
    """A set at a glance: eight years of months, and thirty children with children."""
    counts = [total // MONTHS + (1 if month < total % MONTHS else 0) for month in range(MONTHS)]
    return {
        "total": total,
        "complete": True,
        "asked": True,
        "pages_read": total // 200 + 1,
        "since_ledger": None,
        "notable": list(notable()),
        "notable_total": NOTABLE,
        "groups": [],
        "histogram": {"first": "2018-11", "counts": counts, "undated": 0},
    }


def notable() -> Iterator[dict[str, Any]]:
    for at in range(NOTABLE):
        yield {
            "address": f"GKID{chr(65 + at // 26)}{chr(65 + at % 26)}".ljust(56, "A"),
            "created_op": str((at + 2) << 44),
            "created_at": f"{2019 + at % 7}-0{1 + at % 9}-05T00:00:00Z",
            "starting_balance_stroops": "25000000",
            "children": max(1, 4_000 >> at // 2),
            "children_complete": True,
        }
