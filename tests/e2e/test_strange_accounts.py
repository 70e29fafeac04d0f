"""Accounts that are hard to show, in the page itself: merged, with a thousand trust lines, with markup for words."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import (
    Entry,
    Issued,
    IssuedAsset,
    IssuedAt,
    Lines,
    ListedAt,
    Listing,
    Profile,
    TrustLine,
)
from stellarmap_common.runtime.clock import SystemClock
from tests.support.browser import OpenTab, Theme, is_fine
from tests.support.examples import mapped
from tests.support.system import System, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = "<img src=x onerror=alert(1)>"
LINES = 1_000
XLM = 10**7


async def enriched(system: System, address: str) -> Any:
    """What the API says of who the account is, once that was read: no answer to a question asked before comes later."""

    async def read() -> Any:
        return (await system.get(f"/sandbox/accounts/{address}"))["enrichment"]

    return await until(read, within_s=30, what="Horizon was asked for it", log=system.log)


async def put_strange(system: System, address: str) -> None:
    """Afterwards the account's owner, the issuers of what it holds and the directory have all said the worst they may."""
    now = SystemClock().now() + timedelta(seconds=1)  # later than what was read
    key = NetworkKey((await system.get("/networks"))["networks"][0]["key"])
    issuer = Address(address)
    lines = [
        TrustLine(kind="credit_alphanum4", code=f"A{each}", issuer=issuer, balance_stroops=each)
        for each in range(LINES)
    ]
    lines[0] = TrustLine(kind="credit_alphanum12", code=MARKUP, issuer=issuer, balance_stroops=2**63 - 1)
    profile = Profile(
        account=AccountRef(key, issuer),
        entry=Entry(exists=True, version=10**12, balance_stroops=7 * XLM, home_domain=MARKUP, subentry_count=LINES),
        entry_at=now,
        lines=Lines(at=now, held=tuple(lines)),
        issued=IssuedAt(at=now, issued=Issued(assets=(IssuedAsset(code=MARKUP, kind="credit_alphanum12", holders=3),))),
        listed=ListedAt(at=now, listing=Listing(name=MARKUP, tags=(MARKUP, "malicious"))),
    )
    async with open_database(system.log.with_suffix("") / "store.sqlite", readers=1) as database:
        await open_stores(database).profiles.put(profile)


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390)])
async def test_a_thousand_trust_lines_and_markup_everywhere_are_shown_as_they_are(
    system: System, open_page: OpenTab, theme: Theme, width: int
) -> None:
    address = await mapped(system, "three times")
    await enriched(system, address)
    await put_strange(system, address)
    tab = await open_page(f"/sandbox/account/{address}?tab=details", theme=theme, width=width)
    panel = tab.page.get_by_role("tabpanel")
    await expect(panel.get_by_text(f"Holds {LINES:,} assets besides XLM")).to_be_visible()
    await expect(panel.get_by_text("and 950 more", exact=True)).to_be_attached()
    await expect(panel.get_by_text(MARKUP).first).to_be_visible()
    assert await tab.page.get_by_text(MARKUP).count() >= 5  # domain, name, tag, held, issued
    await expect(tab.page.locator("img, a[href*='img']")).to_have_count(0)
    await is_fine(tab, f"account-strange-{theme}-{width}")


async def test_a_merged_account_has_no_balance_and_says_where_it_went(system: System, open_page: OpenTab) -> None:
    parent = await mapped(system, "largest hub")
    children = (await system.get(f"/sandbox/accounts/{parent}/children"))["children"]
    merged = next(child for child in children if child["ended_op"])
    if request := await system.ask(merged["address"]):
        await system.completed(request)

    assert (await enriched(system, merged["address"]))["exists"] is False
    tab = await open_page(f"/sandbox/account/{merged['address']}?tab=details")
    into = merged["merged_into"]
    await expect(tab.page.get_by_role("link", name=f"merged into {into[:5]}")).to_be_visible()
    panel = tab.page.get_by_role("tabpanel")
    await expect(panel.locator(".facts").filter(has_text="Balance").locator("dd").first).to_have_text("0 XLM")
    await expect(panel.get_by_text("Home domain")).to_have_count(0)
    await is_fine(tab, "account-merged")
