"""A balance moves in the running system: from the sandbox's ledger to the screen, through every service and the live stream."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from tests.e2e.conftest import opened_tabs
from tests.support.browser import OpenTab, Tab
from tests.support.system import System, running_system, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEDGER_S = 0.1  # so fast, each hub trades about every fifteen seconds
SEEN_S = 60
LOOKS = 5  # at a board of as many ranks, a second apart: it grows no more
PAGE = 10  # changes that the panel shows at first


@dataclass(slots=True)
class Moving:
    """A system whose sandbox lives fast, and a mapped account that trades there."""

    system: System
    account: str
    seen: set[tuple[int, str]] = field(default_factory=set)  # ranks with their balances, as the API told them so far

    async def row(self) -> dict[str, Any] | None:
        """Its rank as the API tells it; None while it stands below the lowest threshold."""
        row: dict[str, Any] | None = (await self.system.get(f"/sandbox/accounts/{self.account}/rank"))["row"]
        if row:
            self.seen.add((row["rank"], exactly(row["balance_stroops"])))
        return row

    async def is_news(self, text: str, before: set[tuple[int, str]]) -> bool:
        """True if the text has a rank and balance that came since; perhaps not the latest: a small move is told to nobody."""
        await self.row()
        return any(re.search(rf"\b{rank}\b", text) and balance in text for rank, balance in self.seen - before)

    async def changes(self) -> list[dict[str, Any]]:
        """What became of its standing, newest first."""
        told = await self.system.get(f"/sandbox/accounts/{self.account}/standing-changes", limit=200)
        return list(told["changes"])

    async def moves(self) -> None:
        """Its balance has moved on the network, and it is on the board with another one than before."""
        before = {each["id"] for each in await self.changes()}

        async def moved() -> bool:
            answer = await self.system.api.post(f"/api/v1/sandbox/accounts/{self.account}/refresh")
            assert answer.is_success, answer.text
            news = [each for each in await self.changes() if each["id"] not in before]
            return any(each["reason"] == "moved" for each in news) and await self.row() is not None

        await until(moved, within_s=SEEN_S, what=f"{self.account} moved", log=self.system.log, every_s=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def moving(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Moving]:
    folder = tmp_path_factory.mktemp("moving") / "data"
    async with running_system(folder, sandbox_ledger_s=LEDGER_S) as system:
        await system.filled()

        sizes: list[int] = []

        async def ranked() -> list[Any]:
            """The middle of the board, once that grows no more: before, it is of accounts that may soon fall out of it."""
            rows: list[Any] = (await system.get("/sandbox/standings", threshold=10_000))["rows"]
            sizes.append(len(rows))
            return rows[10:] if sizes.count(len(rows)) >= LOOKS else []

        rows = await until(ranked, within_s=SEEN_S, what="a board", log=system.log, every_s=1)
        account = rows[0]["address"]
        if request := await system.ask(account):
            await system.completed(request)
        yield Moving(system, account)


@pytest_asyncio.fixture(loop_scope="session")
async def open_moving(moving: Moving, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, moving.system.url) as opened:
        yield opened


def exactly(stroops: str) -> str:
    """A balance as rows and panels write it, without a part of an XLM."""
    return f"{int(stroops) // STROOPS_PER_XLM:,}"


async def is_not_loaded_again(tab: Tab) -> None:
    """From here on `still_the_same` tells whether it was."""
    await tab.page.evaluate("window.stillTheSame = true")


async def still_the_same(tab: Tab) -> bool:
    return bool(await tab.page.evaluate("window.stillTheSame === true"))


async def test_a_balance_that_moves_is_told_on_the_board_and_its_row_moves_when_asked(
    moving: Moving, open_moving: OpenTab
) -> None:
    tab = await open_moving("/sandbox/leaderboard?threshold=10000")
    board = tab.page.get_by_role("table", name="Board")
    row: Locator = board.get_by_role("row").filter(has=tab.page.locator(f'.account a[href$="/{moving.account}"]'))
    await expect(board.get_by_role("link").first).to_be_visible()
    await is_not_loaded_again(tab)
    await moving.row()
    before = set(moving.seen)
    await moving.moves()
    news = tab.page.get_by_role("button", name="Show").first
    await expect(news).to_be_visible(timeout=SEEN_S * 1_000)

    async def shown() -> bool:
        if await news.is_visible():
            await news.click()
        return await moving.is_news(await row.inner_text(timeout=1_000), before)

    await until(shown, within_s=SEEN_S, what="the row has a new balance", log=moving.system.log, every_s=0.5)
    assert await still_the_same(tab)


async def test_an_accounts_standing_follows_its_balance_by_itself(moving: Moving, open_moving: OpenTab) -> None:
    tab = await open_moving(f"/sandbox/account/{moving.account}?tab=standing")
    panel = tab.page.get_by_role("tabpanel")

    async def lists_all() -> bool:
        """The panel has as many changes as there are by now: they go on coming."""
        return await panel.get_by_role("listitem").count() == min(len(await moving.changes()), PAGE)

    await until(lists_all, within_s=SEEN_S, what="the panel has the changes", log=moving.system.log, every_s=0.5)
    before = len(await moving.changes())
    await is_not_loaded_again(tab)
    await moving.row()
    earlier = set(moving.seen)
    await moving.moves()

    async def shown() -> bool:
        return await moving.is_news(await panel.inner_text(), earlier)

    await until(shown, within_s=SEEN_S, what="the panel has a new balance", log=moving.system.log, every_s=0.5)
    assert len(await moving.changes()) > before
    await until(lists_all, within_s=SEEN_S, what="the panel has the news", log=moving.system.log, every_s=0.5)
    assert await still_the_same(tab)
