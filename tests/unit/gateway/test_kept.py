"""Rows of a page are made once for all who look at it, and again after some seconds or for another page."""

from stellarmap_gateway.schemas.standings import StandingRow
from stellarmap_gateway.views.standings.kept import HOLDS_S, KEPT, KeptRows
from tests.support.gateway import ManualClock


async def test_rows_are_made_once_in_some_seconds_and_for_each_page() -> None:
    clock, made = ManualClock(), list[int]()
    kept = KeptRows(clock)

    async def of(page: int) -> None:
        async def make() -> list[StandingRow]:
            made.append(page)
            return []

        assert await kept.of(page, make) == []

    for _ in range(3):
        await of(1)
        await of(2)
    assert made == [1, 2]
    clock.pass_time(HOLDS_S)
    await of(1)
    assert made == [1, 2, 1]
    for page in range(3, 3 + KEPT):
        await of(page)
    await of(1)
    assert made.count(1) == 3
