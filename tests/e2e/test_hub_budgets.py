"""What a hub may cost on the screen, however many children it has; `make bench` measures it against an SVG tree."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser

from tests.support.examples import mapped
from tests.support.hub_page import (
    BAR_FRAME_MS,
    BAR_PAINT_MS,
    PAN,
    Hub,
    come_close,
    cpu_ms_a_frame,
    hub_of,
    hub_page,
)
from tests.support.system import System

pytestmark = [pytest.mark.asyncio(loop_scope="session")]

# Others take the cores meanwhile: CPU, and the best of a few tries, is what the page itself costs.
TRIES = 5
FRAMES = 20


@pytest.mark.parametrize("total", [1_000, 10_000, 100_000])
async def test_a_hub_is_painted_and_moved_within_its_budget(system: System, browser: Browser, total: int) -> None:
    hub = await hub_of(system, await mapped(system, "hops from genesis"), total)
    assert await best_of(BAR_PAINT_MS, lambda: paint_cpu_ms(browser, hub)) <= BAR_PAINT_MS
    async with hub_page(browser, hub) as painted:
        page = painted.page
        assert await best_of(BAR_FRAME_MS, lambda: cpu_ms_a_frame(page, PAN, FRAMES)) <= BAR_FRAME_MS
        await come_close(page)
        assert await best_of(BAR_FRAME_MS, lambda: cpu_ms_a_frame(page, PAN, FRAMES)) <= BAR_FRAME_MS


async def paint_cpu_ms(browser: Browser, hub: Hub) -> float:
    """From the answer to the first dots."""
    async with hub_page(browser, hub) as painted:
        return painted.cpu_ms


async def best_of(bar: float, measure: Callable[[], Awaitable[float]]) -> float:
    """The least it took, looked for until it is within its bar."""
    best = await measure()
    for _ in range(TRIES - 1):
        if best <= bar:
            break
        best = min(best, await measure())
    return best
