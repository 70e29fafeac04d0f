"""The account page as a reader sees it: every number on it, from the DOM and from the scene that the canvas has painted."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.support.browser import Tab

# Keeps the scene that was painted last (`PAINTED` of useDrawing.ts).
KEEP_SCENE = 'addEventListener("painted", ({ detail }) => { window.paintedScene = detail; }, true)'

# A description list as [name, text, titles and moments within it].
PAIRS = """within => [...within.querySelectorAll("dl > div")].map(row => [
  row.querySelector("dt").textContent.split(" · ")[0].trim(),
  row.querySelector("dd").textContent.replace(/\\s+/g, " ").trim(),
  [...row.querySelectorAll("dd [title]:not(button)")].map(part => part.getAttribute("title")),
])"""
CHAIN = "[aria-labelledby=chain-title]"
SPINE = """spine => [...spine.querySelectorAll("a")].map(hop => ({
  address: hop.title,
  name: hop.querySelector(".name").textContent,
  amount: hop.querySelector(".amount")?.textContent ?? null,
  exactly: hop.querySelector(".amount")?.title ?? null,
  at: hop.querySelector("time")?.dateTime ?? null,
  date: hop.querySelector("time")?.textContent ?? null,
}))"""
HISTOGRAM = """chart => ({
  said: chart.getAttribute("aria-label"),
  months: [...chart.querySelectorAll("rect title")].map(bar => bar.textContent),
})"""
# Every row of the list, which holds only those on the screen: it is scrolled from end to end.
ROWS = """async (list, most) => {
  const rows = new Map();
  const frame = () => new Promise(requestAnimationFrame);
  const take = () => {
    for (const row of list.querySelectorAll("li[aria-posinset]")) rows.set(Number(row.getAttribute("aria-posinset")), {
      address: row.querySelector("button").title,
      name: row.querySelector("button .name, button .mono").textContent,
      what: row.querySelector(".amount .facts").textContent,
      amount: row.querySelector(".amount .amount").textContent,
      exactly: row.querySelector(".amount .amount").title,
      at: row.querySelector("time").dateTime,
      date: row.querySelector("time").textContent,
      children: /(≥ )?([\\d,]+) child/.exec(row.querySelector(".facts").textContent)?.[0] ?? null,
    });
  };
  take();
  const atEnd = () => list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
  const moreComes = () => list.querySelector("li[aria-setsize]")?.getAttribute("aria-setsize") === "-1";
  for (let waits = 0; rows.size < most && waits < 600 && (!atEnd() || moreComes()); waits += atEnd() ? 1 : 0) {
    list.scrollTop += list.clientHeight - 60;
    await frame();
    await frame();
    take();
  }
  list.scrollTop = 0;
  return [...rows].sort(([a], [b]) => a - b).slice(0, most).map(([, row]) => row);
}"""
SCENE = """() => (window.paintedScene?.marks ?? []).filter(({ kind }) => kind !== "edge" && kind !== "link").map(mark => ({
  kind: mark.kind,
  id: mark.id,
  text: mark.text ?? null,
  hollow: mark.hollow ?? null,
  dots: mark.disc?.count ?? null,
  coloured: mark.tints?.length ?? null,
}))"""


class AccountPage:
    """An open account page."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.page: Page = tab.page

    async def read_whole(self) -> None:
        """Returns once nothing on the page waits for an answer."""
        await expect(self.page.locator(".skeleton")).to_have_count(0)
        await expect(self.page.get_by_text("lineage complete").first).to_be_visible()

    async def figures(self) -> dict[str, tuple[str, list[str]]]:
        """The figures at the top: text, and what its tooltips say in full."""
        found = await self.page.get_by_role("region", name="Account", exact=True).evaluate(PAIRS)
        return {name: (text, titles) for name, text, titles in found}

    async def state(self) -> str:
        """How far the lineage is, in the words of its chip."""
        return (await self.page.locator(".chips .chip").first.inner_text()).strip()

    async def spine(self) -> list[dict[str, Any]]:
        """The hops from genesis to the account, unfolded."""
        spine = self.page.get_by_role("navigation", name="Ancestors, from genesis to this account")
        fold = spine.get_by_role("button", name="more ancestor")
        if await fold.count():
            await fold.click()
            await expect(fold).to_have_count(0)
        hops: list[dict[str, Any]] = await spine.evaluate(SPINE)
        return hops

    def children_title(self) -> Locator:
        """The number beside the title of the panel."""
        return self.page.locator("#panel-title .muted")

    async def rows(self, most: int) -> list[dict[str, Any]]:
        """The first rows of the list of children."""
        found: list[dict[str, Any]] = await self.page.locator(".list [role=region]").evaluate(ROWS, most)
        return found

    async def histogram(self) -> dict[str, Any] | None:
        """What the months say; None where there are none."""
        chart = self.page.locator(".histogram svg[role=img]")
        return await chart.evaluate(HISTOGRAM) if await chart.count() else None

    async def details(self) -> list[list[tuple[str, str, list[str]]]]:
        """Section by section, the facts of the open details."""
        return await self._facts_of(f"section:not({CHAIN})")

    async def chain(self) -> list[list[tuple[str, str, list[str]]]]:
        """Hop by hop, the facts of the way to genesis in the open details."""
        return await self._facts_of(f"section{CHAIN} details")

    async def _facts_of(self, parts: str) -> list[list[tuple[str, str, list[str]]]]:
        found = self.page.get_by_role("tabpanel").locator(parts)
        return [
            [(name, text, titles) for name, text, titles in await part.evaluate(PAIRS)] for part in await found.all()
        ]

    async def scene(self) -> list[dict[str, Any]]:
        """What the canvas shows, mark by mark."""
        marks: list[dict[str, Any]] = await self.page.evaluate(SCENE)
        return marks
