"""What is worth a picture: accounts of a simulated network, mapped, and a tab in which time stands still."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from playwright.async_api import Browser, FloatRect, Route

from stellarmap_common.domain.network import Address
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.profiles import home_domain, issued_assets
from tests.support.browser import Tab, Theme, open_tab
from tests.support.explored import Explored, map_whole
from tests.support.system import until

# After the last ledger of a frozen network, before any real moment: what was read "just now" is so in every picture.
STILL_AT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOST_NOTABLE: Final = 24
MOST_LEAVES: Final = 200
LINEAGE: Final = re.compile(r"/accounts/\w+/lineage\b")  # months are shown up to when it was read
FONTS_READY = "document.fonts.ready.then(() => true)"
ENRICHED_S = 60


@dataclass(frozen=True, slots=True)
class Sights:
    """Accounts with something to see, all asked for but `unmapped`."""

    hub: Address
    small: Address  # eight hops from genesis, with a few children
    reborn: Address
    empty: Address  # created nobody
    merged: Address
    named: Address  # has a home domain
    unmapped: Address
    nobody: Address  # a valid address that no account has


async def mapped_sights(world: Explored) -> Sights:
    """Afterwards they are mapped, and who they and the notable children of the hub are is known."""
    network, truth = world.network.network, world.network.truth
    examples = {name: network.keys.address(number) for name, number in network.cast.examples.items()}
    hub = world.network.hub
    children = [child.account for child in truth.children(hub) if truth.creations(child.account)[-1] == child]
    notable = list(islice((each for each in children if _is_notable(network, each)), MOST_NOTABLE))
    leaves = [each for each in children[:MOST_LEAVES] if not truth.children(each) and not _is_notable(network, each)]
    living = [each for each in leaves if not truth.ends(each)]
    sights = Sights(
        hub=hub,
        small=examples["small"],
        reborn=examples["reborn"],
        empty=living[0],
        merged=next(each for each in leaves if truth.ends(each)),
        named=next(each for each in notable if home_domain(network, _number(network, each))),
        unmapped=living[1],
        nobody=network.keys.address(truth.count() + 1),
    )
    shown = [hub, sights.small, sights.reborn, sights.empty, sights.merged, *notable]
    await asyncio.gather(*(map_whole(world, address) for address in (*shown, sights.nobody)))
    await asyncio.gather(*(_enriched(world, address) for address in shown))

    async def told() -> bool:
        lineage = await world.system.get(f"/sandbox/accounts/{hub}/lineage")
        return int(lineage["children"]["notable_total"]) == len(notable)

    await until(told, within_s=ENRICHED_S, what=f"{len(notable)} notable children of the hub")
    return sights


def _is_notable(network: Network, address: Address) -> bool:
    number = _number(network, address)
    return network.exists(number) and bool(home_domain(network, number) or issued_assets(network, number))


def _number(network: Network, address: Address) -> int:
    number = network.number_of(address)
    assert number is not None
    return number


async def _enriched(world: Explored, address: Address) -> None:
    async def read() -> Any:
        return (await world.system.get(f"/sandbox/accounts/{address}"))["enrichment"]

    await until(read, within_s=ENRICHED_S, what=f"{address} to be enriched")


@asynccontextmanager
async def still_tab(browser: Browser, url: str, *, theme: Theme = "dark", width: int = 1440) -> AsyncIterator[Tab]:
    """A tab that shows the same whenever it is opened: its clock stands."""
    async with open_tab(browser, url, theme=theme, width=width) as tab:
        await tab.page.clock.set_fixed_time(STILL_AT)
        await tab.page.route(LINEAGE, _as_of_then)
        yield tab
        await tab.page.unroute_all(behavior="ignoreErrors")


async def _as_of_then(route: Route) -> None:
    answer = await route.fetch()
    if answer.ok:
        await route.fulfill(response=answer, json=await answer.json() | {"as_of": STILL_AT.isoformat()})
    else:
        await route.fulfill(response=answer)


async def at_rest(tab: Tab, part: FloatRect | None = None, *, answered: bool = True) -> bytes:
    """A picture of what is on the screen, or on that part of it, once a second one is the same.

    Unless told otherwise not before everything is answered: a page that waits for something stands still, too.
    """
    await tab.page.evaluate(FONTS_READY)
    last = b""

    async def same() -> bytes | None:
        nonlocal last
        if answered and tab.under_way:
            last = b""
            return None
        before, last = last, await tab.page.screenshot(clip=part, caret="hide", animations="disabled")
        return last if last == before else None

    return bytes(await until(same, within_s=20, what="a page that stands still", every_s=0.1))
