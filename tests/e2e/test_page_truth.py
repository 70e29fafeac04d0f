"""Every number on the page of an account is what the simulated network knows to be true, read from the DOM and the scene."""

import asyncio
import contextlib
import re
from typing import Any

import pytest
from playwright.async_api import expect

from stellarmap_common.domain.network import Address
from tests.support.account_page import KEEP_SCENE, AccountPage
from tests.support.browser import OpenTab
from tests.support.explored import UNDER_A_HUB, Explored, map_whole, mixed_accounts
from tests.support.page_facts import PageFacts
from tests.support.scene_facts import untrue
from tests.support.system import NotInTime, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ACCOUNTS = 50
SEED = 8
AT_ONCE = 10
MOST_ROWS = 520  # more than a page of the list
EXPANDED = 12  # children of a hub
PAINTED_S = 10


async def test_fifty_random_accounts_are_shown_as_they_truly_are(world: Explored, open_tab: OpenTab) -> None:
    network = world.network.network
    addresses = mixed_accounts(network, ACCOUNTS, SEED)
    assert len(addresses) == ACCOUNTS
    turns = asyncio.Semaphore(AT_ONCE)

    async def ready(address: Address) -> None:
        async with turns:
            large = len(world.network.truth.children(address)) >= UNDER_A_HUB
            await map_whole(world, address, EXPANDED if large else 0)
            await enriched(world, address)

    await asyncio.gather(*map(ready, addresses))
    tab = await open_tab("/sandbox")
    await tab.page.add_init_script(KEEP_SCENE)
    wrong: list[str] = []
    for address in addresses:
        await tab.goto(f"/sandbox/account/{address}")
        wrong += await differences(AccountPage(tab), PageFacts(network, address))
    assert wrong == [], "\n".join(wrong)


async def enriched(world: Explored, address: Address) -> None:
    """Returns once its balance was read."""

    async def read() -> Any:
        return (await world.system.get(f"/sandbox/accounts/{address}"))["enrichment"]

    await until(read, within_s=60, what=f"{address} to be enriched")


async def differences(page: AccountPage, facts: PageFacts) -> list[str]:
    """What the page says, and what is true, wherever these are not the same."""
    await page.read_whole()
    total, rows = f"{len(facts.children):,}", await page.rows(MOST_ROWS)
    told = {
        "figures": (await page.figures(), facts.figures()),
        "state": (await page.state(), facts.state()),
        "spine": (await page.spine(), facts.spine()),
        "children": (await page.children_title().inner_text(), total),
        "rows": (rows, facts.rows(rows, MOST_ROWS)),
        "months": (months_of(await page.histogram()), facts.histogram()),
        "scene": (await scene_of(page, facts), []),
    }
    await page.page.get_by_role("tab", name="Details").click()
    await expect(page.page.get_by_text("Certainty").first).to_be_visible()
    await page.read_whole()
    state, *lives = map(by_name, await page.details())
    told["lives"] = (lives, facts.lives_told())
    told["chain"] = ([by_name(hop) for hop in await page.chain()], facts.chain_told())
    told["account"] = ({"Balance": state["Balance"]}, {"Balance": (facts.figures()["balance"][0], [])})
    return [f"{facts.address} {each}" for what, pair in told.items() for each in apart(what, *pair)]


def by_name(facts: list[tuple[str, str, list[str]]]) -> dict[str, tuple[str, list[str]]]:
    """What is said under each name, and its titles."""
    return {name: (text, titles) for name, text, titles in facts}


def apart(what: str, shown: Any, true: Any) -> list[str]:
    """Where the two are not the same, as near as that can be said."""
    if shown == true:
        return []
    if isinstance(shown, dict) and isinstance(true, dict):
        names = dict.fromkeys([*shown, *true])
        return [each for name in names for each in apart(f"{what}, {name}", shown.get(name), true.get(name))]
    if isinstance(shown, list) and isinstance(true, list) and len(shown) == len(true):
        return [each for at, pair in enumerate(zip(shown, true, strict=True)) for each in apart(f"{what} {at}", *pair)]
    return [f"{what}: shown {shown}, true {true}"]


def months_of(histogram: dict[str, Any] | None) -> dict[str, int] | None:
    """Children by month, where there are any; what it says in sum is their sum."""
    if histogram is None:
        return None
    bars = [re.fullmatch(r"(\w+ \d+): ([\d,]+) child(?:ren)?", each) for each in histogram["months"]]
    counts = {bar[1]: int(bar[2].replace(",", "")) for bar in bars if bar}
    assert len(counts) == len(bars)
    assert histogram["said"].startswith(f"{sum(counts.values()):,} child")
    return {month: count for month, count in counts.items() if count}


async def scene_of(page: AccountPage, facts: PageFacts) -> list[str]:
    """What of the scene is not true once the canvas has painted all that it was told."""
    wrong: list[str] = ["nothing was painted"]

    async def true() -> bool:
        nonlocal wrong
        wrong = untrue(await page.scene(), facts)
        return not wrong

    with contextlib.suppress(NotInTime):
        await until(true, within_s=PAINTED_S, what="a true scene")
    return wrong
