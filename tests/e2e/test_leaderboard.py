"""The leaderboard, and what other pages show of standings: a real store, filled as a tracker would, behind a running system."""

import copy
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.ports.standing_store import TrackerStore
from stellarmap_common.runtime.clock import SystemClock
from tests.e2e.conftest import NOWHERE, opened_tabs
from tests.support.browser import OpenTab, Tab, Theme, is_fine
from tests.support.examples import mapped
from tests.support.standings import BruteBook, lively_book
from tests.support.system import UP_WITHOUT_TRACKER, System, running, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOARD = "/sandbox/leaderboard"
MARKUP = "<img src=x onerror=alert(1)>"
LOOK_S = 1
ALL_RANKS = 1_000
STICKS_PX = 92  # the page's header, and that of the board


@dataclass(slots=True)
class Ranked:
    """A system with a board, the book that it was filled from, and a mapped account that is on it."""

    system: System
    book: BruteBook
    tracker: TrackerStore
    now: datetime
    mapped: Address

    async def board(self, **query: str | int) -> list[dict[str, Any]]:
        """The rows that the API tells."""
        return list((await self.system.get("/sandbox/standings", limit=ALL_RANKS, **query))["rows"])

    async def rise(self, account: Address) -> None:
        """It has the largest balance now."""
        self.now += timedelta(seconds=1)
        self.book.move(account, 2 * max(self.book.balance(each, self.now) or 0 for each in self.book.paths), self.now)
        await self.tracker.publish(self.book.board(self.now))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ranked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ranked]:
    """Its sandbox is mapped from Horizon; then the book of standings is written beside the system."""
    folder, now = tmp_path_factory.mktemp("ranked") / "data", SystemClock().now()
    settings = {"networks": "sandbox,public", "horizon_url_public": NOWHERE, "sandbox_accounts": 3_000}
    async with running(UP_WITHOUT_TRACKER, folder, settings) as system:
        await system.filled()
        account = Address(await mapped(system, "hops from genesis"))
        key = NetworkKey((await system.get("/networks"))["networks"][0]["key"])
        book = copy.deepcopy(lively_book(key, now))
        book.domains[account] = MARKUP
        book.move(account, 900_000_000 * STROOPS_PER_XLM + 25, now)
        async with open_database(folder / "store.sqlite", readers=1) as database:
            tracker = open_stores(database).tracker
            await book.put_into(tracker, now)
            yield Ranked(system, book, tracker, now, account)


@pytest_asyncio.fixture(loop_scope="session")
async def open_ranked(ranked: Ranked, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, ranked.system.url) as opened:
        yield opened


def short(address: str) -> str:
    return f"{address[:5]}…{address[-5:]}"


def board_of(tab: Tab) -> Locator:
    return tab.page.get_by_role("table", name="Board")


def row_of(tab: Tab, address: str) -> Locator:
    return board_of(tab).get_by_role("row").filter(has=tab.page.locator(f'.account a[href$="/{address}"]'))


async def test_the_board_shows_every_rank_of_the_api_though_few_are_in_the_page(
    ranked: Ranked, open_ranked: OpenTab
) -> None:
    accounts = (await ranked.system.get("/sandbox/standings", threshold=10_000))["accounts"]
    rows = await ranked.board(threshold=10_000)
    tab = await open_ranked(f"{BOARD}?threshold=10000")
    await expect(board_of(tab)).to_have_attribute("aria-rowcount", str(len(rows) + 1))
    for row in rows[:3]:
        shown = row_of(tab, row["address"])
        await expect(shown.get_by_role("cell").first).to_have_text(str(row["rank"]))
        await expect(shown).to_have_attribute("aria-rowindex", str(row["rank"] + 1))
        await expect(shown.locator(".balance")).to_contain_text(f"{int(row['balance_stroops']) // STROOPS_PER_XLM:,}")
    assert await board_of(tab).get_by_role("row").count() < len(rows)
    await expect(tab.page.get_by_text(f"{accounts} accounts", exact=True)).to_be_visible()
    await expect(tab.page.get_by_text(f"The board ends at rank {len(rows)}")).to_be_attached()
    await expect(tab.page.get_by_text("Hourly snapshots of 6 × 1,000 ranks would have taken")).to_be_attached()


async def test_keys_lead_from_account_to_account_to_the_last(ranked: Ranked, open_ranked: OpenTab) -> None:
    rows = await ranked.board(threshold=10_000)
    tab = await open_ranked(f"{BOARD}?threshold=10000")
    await row_of(tab, rows[0]["address"]).get_by_role("link").first.focus()
    await tab.page.keyboard.press("ArrowDown")
    await expect(row_of(tab, rows[1]["address"]).get_by_role("link").first).to_be_focused()
    await tab.page.keyboard.press("End")
    await expect(row_of(tab, rows[-1]["address"]).get_by_role("link").first).to_be_focused()
    for _ in range(3):
        await tab.page.keyboard.press("PageUp")
    upper = row_of(tab, rows[-31]["address"]).get_by_role("link").first
    await expect(upper).to_be_focused()
    box = await upper.bounding_box()
    assert box
    assert box["y"] >= STICKS_PX, "what sticks to the top covers the focus"
    await tab.page.keyboard.press("End")
    await expect(row_of(tab, rows[-1]["address"]).get_by_role("link").first).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page).to_have_url(re.compile(f"/sandbox/account/{rows[-1]['address']}"))


async def test_threshold_and_period_stand_in_the_url(ranked: Ranked, open_ranked: OpenTab) -> None:
    tab = await open_ranked(BOARD)
    thresholds = tab.page.get_by_role("navigation", name="Threshold, XLM")
    await expect(thresholds.get_by_role("link")).to_have_text(["≥ 10 K", "50 K", "100 K", "500 K", "750 K", "1 M"])
    await expect(thresholds.locator("[aria-current]")).to_have_text("100 K")
    await thresholds.get_by_role("link", name="500 K").click()
    await tab.page.get_by_role("link", name="7 d").click()
    await expect(tab.page).to_have_url(re.compile(r"\?threshold=500000&period=7d$"))
    rows = await ranked.board(threshold=500_000, period="7d")
    await tab.page.reload()
    await expect(board_of(tab)).to_have_attribute("aria-rowcount", str(len(rows) + 1))
    await expect(board_of(tab).get_by_role("columnheader", name="7 d change")).to_be_visible()


async def test_a_badge_says_what_the_api_says(ranked: Ranked, open_ranked: OpenTab) -> None:
    rows = await ranked.board()
    tab = await open_ranked(BOARD)
    known = {"new": 0, "up": 0, "down": 0}
    for row in rows[:12]:
        badge = row_of(tab, row["address"]).locator(".badge")
        change = row["rank_change"]
        if row["new"]:
            known["new"] += 1
            await expect(badge).to_contain_text("New: it stood below")
        elif row["discovered"]:
            await expect(badge).to_contain_text("learned of this account after that")
        elif change:
            known["up" if change > 0 else "down"] += 1
            await expect(badge).to_contain_text(f"{'Up' if change > 0 else 'Down'} {abs(change)} place")
    assert known["new"]
    assert known["up"] or known["down"]


async def test_nothing_moves_under_the_hand_before_somebody_asks(ranked: Ranked, open_ranked: OpenTab) -> None:
    rows = await ranked.board()
    tab = await open_ranked(BOARD)
    await expect(row_of(tab, rows[0]["address"])).to_have_attribute("aria-rowindex", "2")
    risen = rows[9]["address"]
    await ranked.rise(Address(risen))
    news = tab.page.get_by_role("button", name=re.compile(r"\d+ changes Show"))

    async def told() -> bool:
        # Whoever comes back to the tab has it read again, once five seconds have passed.
        await tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
        return await news.is_visible()

    await until(told, within_s=30, what="the changes are told", every_s=LOOK_S)
    await expect(row_of(tab, rows[0]["address"])).to_have_attribute("aria-rowindex", "2")
    await tab.shot("leaderboard-news")
    assert await tab.axe() == []
    await news.click()
    await expect(row_of(tab, risen)).to_have_attribute("aria-rowindex", "2")
    await expect(news).to_be_hidden()


async def test_a_home_domain_with_markup_in_it_is_text(ranked: Ranked, open_ranked: OpenTab) -> None:
    tab = await open_ranked(f"{BOARD}?threshold=1000000")
    row = row_of(tab, ranked.mapped)
    await expect(row.locator(".domain")).to_have_text(MARKUP)
    await expect(row.locator(".domain a, img")).to_have_count(0)


async def test_columns_that_were_put_away_stay_away(ranked: Ranked, open_ranked: OpenTab) -> None:
    tab = await open_ranked(BOARD)
    header = board_of(tab).get_by_role("columnheader", name="Created by")
    await expect(header).to_be_visible()
    await tab.page.get_by_role("button", name="Columns").click()
    await tab.page.get_by_role("menuitemcheckbox", name="Created by").click()
    await tab.shot("leaderboard-columns")
    await expect(header).to_be_hidden()
    await tab.page.reload()
    await expect(board_of(tab).get_by_role("columnheader").first).to_be_visible()
    await expect(header).to_be_hidden()
    await expect(row_of(tab, ranked.mapped)).to_be_visible()


async def test_who_created_an_account_and_its_ranks_of_thirty_days_stand_beside_it(
    ranked: Ranked, open_ranked: OpenTab
) -> None:
    creator = (await ranked.system.get(f"/sandbox/accounts/{ranked.mapped}/lineage"))["incarnation"]["creator"]
    rows = await ranked.board()
    tab = await open_ranked(BOARD)
    await expect(row_of(tab, ranked.mapped).locator(".creator")).to_have_text(short(creator))
    older = next(row["address"] for row in rows if row["rank_before"] and not row["new"])
    line = row_of(tab, older).get_by_role("img")
    await expect(line).to_have_accessible_name(re.compile("^Rank over 30 days: "))


async def test_an_account_opens_in_a_tab_of_its_own_like_any_link(ranked: Ranked, open_ranked: OpenTab) -> None:
    tab = await open_ranked(BOARD)
    async with tab.page.context.expect_page() as opened:
        await row_of(tab, ranked.mapped).get_by_role("link").first.click(modifiers=["Control"])
    other = await opened.value
    await other.wait_for_url(f"**/sandbox/account/{ranked.mapped}")
    await expect(board_of(tab)).to_be_visible()


async def test_the_board_is_had_as_csv(ranked: Ranked, open_ranked: OpenTab) -> None:
    tab = await open_ranked(f"{BOARD}?threshold=50000&period=30d")
    await expect(board_of(tab)).to_be_visible()
    async with tab.page.expect_download() as begun:
        await tab.page.get_by_role("link", name="CSV").click()
    download = await begun.value
    assert download.suggested_filename == "standings-sandbox-50000.csv"
    lines = (await download.path()).read_text().splitlines()
    assert len(lines) == len(await ranked.board(threshold=50_000)) + 1
    assert ",30d," in lines[1]


async def test_movers_and_those_who_are_gone_are_those_of_the_api(ranked: Ranked, open_ranked: OpenTab) -> None:
    movers = await ranked.system.get("/sandbox/standings/top-movers", threshold=50_000, period="30d", limit=8)
    tab = await open_ranked(f"{BOARD}?threshold=50000&period=30d")
    await tab.page.get_by_role("tab", name="Movers").click()
    await expect(tab.page).to_have_url(re.compile("part=movers"))
    kinds = (("Climbed", "climbers"), ("Fell", "fallers"), ("Gained", "gainers"), ("Lost", "losers"))
    for name, kind in (*kinds, ("New here", "entered"), ("Exited", "exited")):
        listed = tab.page.get_by_role("region", name=name).get_by_role("link")
        await expect(listed).to_have_text([short(each["address"]) for each in movers[kind]])
    assert movers["exited"]


async def test_where_nobody_was_watched_for_long_nothing_is_said_of_moves(system: System, open_page: OpenTab) -> None:
    await mapped(system, "eight hops")
    tab = await open_page(f"{BOARD}?part=movers")
    await expect(tab.page.get_by_text("Where these accounts stood a day ago is not known yet")).to_be_visible()
    await expect(tab.page.get_by_role("region", name="Climbed")).to_have_count(0)
    await expect(tab.page.get_by_role("region", name="Exited")).to_be_visible()


async def test_changes_are_filtered_by_their_kinds(ranked: Ranked, open_ranked: OpenTab) -> None:
    tab = await open_ranked(f"{BOARD}?part=changes")
    feed = tab.page.get_by_role("tabpanel").get_by_role("listitem")
    newest = (await ranked.system.get("/sandbox/standings/changes", limit=50))["changes"]
    await expect(feed).to_have_count(len(newest))
    await expect(feed.first).to_contain_text(short(newest[0]["address"]))
    await tab.page.get_by_role("button", name="Load more").click()
    await expect(feed.nth(len(newest))).to_be_visible()
    await tab.page.get_by_role("button", name="Entered").click()
    await tab.page.get_by_role("button", name="Exited").click()
    await expect(tab.page).to_have_url(re.compile("type=ENTERED(,|%2C)EXITED"))
    crossed = feed.filter(has_text=re.compile("entered|exited"))
    await expect(feed.filter(has_text="→")).to_have_count(0)
    assert await crossed.count() == await feed.count() > 0


async def test_an_accounts_page_tells_its_rank_and_every_change_of_it(ranked: Ranked, open_ranked: OpenTab) -> None:
    path = f"/sandbox/accounts/{ranked.mapped}"
    rank = (await ranked.system.get(f"{path}/rank"))["rank"]
    changes = (await ranked.system.get(f"{path}/standing-changes"))["changes"]
    tab = await open_ranked(f"/sandbox/account/{ranked.mapped}")
    await tab.page.get_by_role("link", name=f"rank #{rank}").click()
    await expect(tab.page).to_have_url(re.compile("tab=standing"))
    panel = tab.page.get_by_role("tabpanel")
    await expect(panel.get_by_text(f"#{rank}", exact=True)).to_be_visible()
    await expect(panel.get_by_text("900,000,000.0000025 XLM")).to_be_visible()
    await expect(panel.get_by_role("listitem")).to_have_count(len(changes))
    assert changes


async def test_the_home_page_shows_the_biggest_moves_and_leads_to_the_board(
    ranked: Ranked, open_ranked: OpenTab
) -> None:
    moves = (await ranked.system.get("/sandbox/overview"))["biggest_moves"]
    tab = await open_ranked("/sandbox")
    shown = tab.page.get_by_role("region", name="Biggest moves")
    await expect(shown.get_by_role("listitem").get_by_role("link")).to_have_text(
        [short(each["address"]) for each in moves[:5]]
    )
    await shown.get_by_role("link", name="Leaderboard").click()
    await expect(board_of(tab)).to_be_visible()
    await expect(tab.page).to_have_title(re.compile("^Leaderboard"))


async def test_a_network_without_ranks_says_what_to_do(ranked: Ranked, open_ranked: OpenTab) -> None:
    assert not (await ranked.system.get("/public/standings"))["rows"]
    tab = await open_ranked("/public/leaderboard")
    await expect(tab.page.get_by_text("Nothing is ranked on this network yet")).to_be_visible()
    await tab.page.get_by_role("link", name="Map an account").click()
    await expect(tab.page).to_have_url(re.compile("/public$"))


async def test_a_board_that_cannot_be_read_is_no_empty_one(ranked: Ranked, open_ranked: OpenTab) -> None:
    rows = await ranked.board()
    tab = await open_ranked("/sandbox")
    await tab.page.route("**/standings?*", lambda route: route.abort())
    await tab.goto(BOARD)
    await expect(tab.page.get_by_role("alert")).to_contain_text("does not answer", timeout=30_000)
    await expect(tab.page.get_by_text("Nothing is ranked")).to_have_count(0)
    await tab.page.unroute("**/standings?*")
    await tab.page.get_by_role("button", name="Try again").click()
    await expect(row_of(tab, rows[0]["address"])).to_be_visible()


async def test_a_threshold_that_nobody_ranks_by_leads_to_one_that_is(ranked: Ranked, open_ranked: OpenTab) -> None:
    rows = await ranked.board()
    tab = await open_ranked(f"{BOARD}?threshold=123456")
    await expect(tab.page.get_by_role("alert")).to_contain_text("Accounts are ranked by these thresholds")
    await tab.page.get_by_role("link", name="Show the default threshold").click()
    await expect(row_of(tab, rows[0]["address"])).to_be_visible()
    assert set(tab.refused) == {"422 /api/v1/sandbox/standings"}
    tab.refused.clear()  # that is what was asked for here


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("part", ["board", "movers", "changes"])
async def test_every_part_is_fine(ranked: Ranked, open_ranked: OpenTab, part: str, theme: Theme, width: int) -> None:
    assert await ranked.board(period="7d")
    tab = await open_ranked(f"{BOARD}?part={part}&period=7d", theme=theme, width=width)
    await expect(tab.page.get_by_role("tabpanel").get_by_role("link").first).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"leaderboard-{part}-{theme}-{width}")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/sandbox", "/public/leaderboard", "/sandbox/account/{mapped}?tab=standing"])
async def test_other_pages_are_fine_with_what_they_show_of_standings(
    ranked: Ranked, open_ranked: OpenTab, path: str, theme: Theme, width: int
) -> None:
    tab = await open_ranked(path.format(mapped=ranked.mapped), theme=theme, width=width)
    name = {"/sandbox": "Biggest moves", "/public/leaderboard": "Standings"}.get(path, "History")
    await expect(tab.page.get_by_role("region", name=name)).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"standings-{name.split()[0].lower()}-{theme}-{width}")
