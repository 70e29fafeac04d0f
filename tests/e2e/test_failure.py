"""What people see and do when something fails: what was set aside, a source that is away, a request they end, a step to retry."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser import OpenTab, Tab, is_fine
from tests.support.examples import example, found_by_prefix

if TYPE_CHECKING:
    from tests.e2e.conftest import Failing

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUSED = (
    "GAP2KHWUMOHY7IO37UJY7SEBIITJIDZS5DRIIQRPEUT4VUKHZQGIRWS4"  # of the recorded public network, two hops from genesis
)
LONG_MS = 60_000
SOURCE_FAULTS: list[dict[str, object]] = [
    {"kind": "server_error"},
    {"kind": "rate_limited", "seconds": 3},
    {"kind": "reset"},
]
WAITS = re.compile("Waits for Horizon of sandbox|Horizon of sandbox (limits us|has not answered yet)")


async def unlock(tab: Tab, token: str) -> None:
    await tab.page.get_by_label("Admin token").fill(token)
    await tab.page.get_by_role("button", name="Unlock").click()


def letters(tab: Tab) -> Locator:
    return tab.page.get_by_role("table", name="Records that were set aside").locator("tbody tr")


async def test_a_request_waits_while_its_source_is_away_and_goes_on_after(
    failing: "Failing", open_failing: OpenTab
) -> None:
    address = await example(failing.system, "very long chain")
    tab = await open_failing("/ops")
    await unlock(tab, failing.token)
    await tab.page.get_by_role("button", name="Horizon away").click()
    await expect(tab.page.get_by_role("status").filter(has_text="1 on")).to_be_visible()
    await tab.goto(f"/sandbox/account/{address}")
    await tab.page.get_by_role("button", name="Map this account").click()
    await expect(tab.page.get_by_text(WAITS)).to_be_visible(timeout=LONG_MS)
    await expect(tab.page.get_by_text("The request keeps its place")).to_be_visible()
    await tab.page.get_by_role("status").filter(has_text="1 sandbox fault is on").get_by_role("link").click()
    hits = tab.page.get_by_role("list", name="Faults that are on").get_by_text(re.compile(r"^[1-9]\d* hits?$"))
    await expect(hits).to_be_visible()
    await tab.page.get_by_role("button", name="Switch all off").click()
    await tab.page.go_back()
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible(timeout=LONG_MS)


async def test_a_request_is_cancelled_while_it_is_read_and_asked_for_again(
    failing: "Failing", open_failing: OpenTab
) -> None:
    address = await example(failing.system, "three times")
    await failing.faults({"kind": "slow_drip", "seconds": 4})
    tab = await open_failing(f"/sandbox/account/{address}")
    await tab.page.get_by_role("button", name="Map this account").click()
    await tab.page.get_by_role("button", name="Cancel").click()
    ended = tab.page.get_by_role("status").filter(has_text="Nothing more is read for this request")
    await expect(ended).to_contain_text(re.compile("Nothing was read yet|Kept: .* “Ask again” goes on from there"))
    lineage = await failing.system.get(f"/sandbox/accounts/{address}/lineage")
    request = await failing.system.get(f"/sandbox/requests/{lineage['request_id']}")
    assert request["cancelled"]
    await failing.faults()
    await tab.page.get_by_role("button", name="Ask again").click()
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible(timeout=LONG_MS)


@pytest.mark.parametrize("fault", SOURCE_FAULTS, ids=lambda fault: str(fault["kind"]))
async def test_an_expansion_that_its_source_fails_says_so_and_goes_on_by_itself(
    failing: "Failing", open_failing: OpenTab, fault: dict[str, object]
) -> None:
    address = await example(failing.system, "largest hub")
    if request := await failing.system.ask(address, budget=0):
        await failing.system.completed(request)
    tab = await open_failing(f"/sandbox/account/{address}")
    await failing.faults(fault)
    await tab.page.get_by_role("button", name="Expand…").click()
    dialog = tab.page.get_by_role("dialog", name="Expand this lineage")
    budget = 10 * (1 + SOURCE_FAULTS.index(fault))  # more than the one before has left
    await dialog.get_by_label("Children to expand in turn").fill(str(budget))
    await dialog.get_by_role("button", name="Expand").click()
    await expect(tab.page.get_by_text(WAITS)).to_be_visible(timeout=LONG_MS)
    await expect(tab.page.get_by_text(re.compile(r"of \d+ child(ren)? expanded"))).to_be_visible()
    await expect(tab.page.get_by_role("alert")).to_have_count(0)  # it is tried again: nothing is broken
    await failing.faults()
    done = tab.page.get_by_text(re.compile(rf"Expanded: [\d,]+ children read.*; {budget} of {budget} expanded in turn"))
    await expect(done).to_be_visible(timeout=LONG_MS)
    await expect(tab.page.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_a_refresh_that_its_sources_do_not_answer_says_so_and_is_made_up_for(
    failing: "Failing", open_failing: OpenTab
) -> None:
    address = await found_by_prefix(failing.system, "eight hops")
    tab = await open_failing(f"/sandbox/account/{address}?tab=details")
    panel = tab.page.get_by_role("tabpanel")
    await failing.faults({"kind": "server_error", "source": "both"})
    await panel.get_by_role("button", name="Refresh").click()
    await expect(panel.get_by_role("button", name="Reading…")).to_be_disabled()
    late = panel.get_by_role("status").filter(has_text="Its sources have not answered yet")
    await expect(late).to_be_visible(timeout=LONG_MS)
    await is_fine(tab, "refresh-late")
    await failing.faults()
    await expect(late).to_have_count(0, timeout=LONG_MS)
    await expect(panel.get_by_role("button", name="Refresh")).to_be_enabled()


async def test_a_step_that_failed_says_why_and_is_retried(failing: "Failing", open_failing: OpenTab) -> None:
    failing.public.refuses = True
    tab = await open_failing(f"/public/account/{REFUSED}")
    await tab.page.get_by_role("button", name="Map this account").click()
    await expect(tab.page.get_by_role("heading", name="Mapping this account failed")).to_be_visible(timeout=LONG_MS)
    failed = tab.page.get_by_role("region", name="Mapping this account failed")
    await expect(failed).to_contain_text("400")
    lineage = await failing.system.get(f"/public/accounts/{REFUSED}/lineage")
    await expect(failed).to_contain_text(str(lineage["request_id"]))
    await expect(tab.page.locator(".skeleton")).to_have_count(0)  # nothing more is on its way
    await is_fine(tab, "mapping-failed")
    failing.public.refuses = False
    await tab.page.get_by_role("button", name="Retry").click()
    await expect(tab.page.get_by_text("lineage complete · 2 hops")).to_be_visible(timeout=LONG_MS)


async def test_a_token_lets_a_tab_in_and_is_kept_nowhere_else(failing: "Failing", open_failing: OpenTab) -> None:
    tab = await open_failing("/ops")
    await unlock(tab, "not the token")
    await expect(tab.page.get_by_role("alert")).to_contain_text("does not know this token")
    await unlock(tab, failing.token)
    await expect(letters(tab).first).to_be_visible()
    await tab.page.reload()
    await expect(letters(tab).first).to_be_visible()
    assert failing.token not in " ".join([tab.page.url, *tab.asked])
    assert failing.token not in await tab.page.evaluate("JSON.stringify({...localStorage}) + document.cookie")
    await tab.page.get_by_role("button", name="Forget token").click()
    await expect(tab.page.get_by_label("Admin token")).to_be_visible()
    assert failing.token not in await tab.page.evaluate("JSON.stringify({...sessionStorage})")


async def test_a_record_that_nobody_can_read_is_seen_opened_and_replayed(
    failing: "Failing", open_failing: OpenTab
) -> None:
    tab = await open_failing("/ops")
    await unlock(tab, failing.token)
    before = await shown(failing, tab)
    await letters(tab).get_by_role("button", name="headers are missing").last.click()
    sheet = tab.page.get_by_role("dialog", name="Dead letter")
    await expect(sheet.get_by_text("stellarmap.account.requested.v1 · partition")).to_be_visible()
    await expect(tab.page).to_have_url(re.compile(r"[?&]letter=stellarmap\.account\.requested"))
    await sheet.get_by_role("button", name="Replay…").click()
    await sheet.get_by_role("button", name="Replay this record").click()
    await expect(tab.page.get_by_text("Replayed 1 record")).to_be_visible()
    await sheet.get_by_role("button", name="Close").click()
    # Nobody can read it now either: its group sets it aside once more.
    await expect(letters(tab)).to_have_count(before + 1, timeout=LONG_MS)


async def test_all_that_a_filter_shows_is_replayed_at_once(failing: "Failing", open_failing: OpenTab) -> None:
    tab = await open_failing("/ops?topic=stellarmap.account.requested.v1&group=ingest-horizon")
    await unlock(tab, failing.token)
    await shown(failing, tab, topic="stellarmap.account.requested.v1", group="ingest-horizon")
    await tab.page.get_by_role("button", name="Replay…").click()
    question = tab.page.get_by_role("dialog", name="Replay dead letters")
    told = re.search(r"Send back (\d+) record", await question.inner_text())
    assert told
    await question.get_by_role("button", name="Replay").click()
    await expect(tab.page.get_by_text(f"Replayed {told[1]} record")).to_be_visible()
    await expect(letters(tab).get_by_text("ago").last).to_be_visible()
    await tab.page.get_by_role("combobox", name="Group").select_option("")
    await expect(tab.page).not_to_have_url(re.compile("group="))


async def shown(failing: "Failing", tab: Tab, **query: str) -> int:
    """How many dead letters there are, once the page shows them all."""
    answer = await failing.system.api.get("/api/v1/admin/dead-letters", params=query, headers=failing.admin)
    count = len(answer.json()["dead_letters"])
    assert count
    await expect(letters(tab)).to_have_count(count)
    return count
