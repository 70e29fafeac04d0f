"""A chain that ends before genesis, as no source has the history before: it says so and why, and waits for nothing more."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from stellarmap_common.domain.toid import ledger_of
from tests.support.browser import Theme, is_fine, open_tab
from tests.support.explored import OPEN, SIZE, Explored, ExploredEmbedded, map_whole
from tests.support.explorer_hands import spine
from tests.support.harness_network import network_process
from tests.support.page_facts import hops
from tests.support.system import start_system

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEAREST = 2  # creations that are within the history, of the account and its nearest creators


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Explored]:
    """Its Stellar Expert knows no account: there is none below that URL."""
    folder = tmp_path_factory.mktemp("cut")
    async with network_process(folder / "network", **SIZE) as network:
        settings = network.settings(**OPEN, expert_url_sandbox=f"{network.url}/horizon")
        opened = ExploredEmbedded(network, folder, settings, await start_system(folder / "data", **settings))
        try:
            yield opened
        finally:
            await opened.system.stop()
            await opened.system.api.aclose()


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390)])
@pytest.mark.parametrize("found", [0, NEAREST])
async def test_a_chain_whose_end_nobody_knows_says_why_and_looks_for_nothing_more(
    world: Explored, browser: Browser, found: int, theme: Theme, width: int
) -> None:
    network, truth = world.network.network, world.network.truth
    nearest = truth.chain(network.keys.address(network.cast.examples["small"]))  # its own creation first
    cut = ledger_of(nearest[NEAREST].operation_id) + 1
    address = nearest[NEAREST - found].account
    await world.network.trouble({"kind": "history_cut", "ledger": cut})
    await map_whole(world, address)
    async with open_tab(browser, world.system.url, theme=theme, width=width) as tab:
        await tab.goto(f"/sandbox/account/{address}")
        await expect(spine(tab).get_by_role("status")).to_contain_text(f"Creator unknowncreated before ledger {cut}")
        # A hop is a creator that is known, so the creation of the account itself is none.
        await expect(tab.page.get_by_text(f"creator unknown after {hops(max(found - 1, 0))}")).to_be_visible()
        await expect(spine(tab).get_by_role("link")).to_have_count(found)
        await expect(tab.page.get_by_role("application")).to_be_visible()
        await expect(tab.page.get_by_role("tabpanel").get_by_text(re.compile("child"))).not_to_have_count(0)
        await expect(tab.page.locator(".skeleton, .breathing")).to_have_count(0)
        await is_fine(tab, f"creator-unknown-{found}-{width}")
        assert tab.complaints == []
