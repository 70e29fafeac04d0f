"""Thresholds and the size of the board are configured while all runs: what is asked meanwhile, and what is answered after."""

from dataclasses import replace

import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.profile import Entry, Profile
from stellarmap_common.domain.standing import DEFAULT_THRESHOLDS_XLM
from stellarmap_common.ports.config_store import ConfigChange
from stellarmap_common.ports.standing_store import ThresholdFigures
from tests.support.gateway import NOW, Site, address
from tests.support.standings import BruteBook, lively_book

BOARD = "/api/v1/sandbox/standings"
NEW = (20_000, 100_000)


@pytest.fixture
async def book(site: Site) -> BruteBook:
    """What the gateway's store was filled with, by the default thresholds."""
    made = lively_book(site.network().key, NOW)
    await made.put_into(site.stores.tracker, NOW)
    return made


async def configure(site: Site, key: str, value: str, version: int = 1) -> None:
    change = ConfigChange(key=key, version=version, value=value, before=None, changed_at=NOW, changed_by="ann")
    assert await site.stores.config.put(change)
    await site.config.refresh()


async def publish(site: Site, book: BruteBook, thresholds_xlm: tuple[int, ...], *, size: int = 1_000) -> None:
    """The tracker has ranked by these."""
    board = book.board(NOW)
    figures = tuple(
        ThresholdFigures(threshold_xlm=xlm, accounts=len(high), total_stroops=sum(high))
        for xlm in thresholds_xlm
        for high in [[row.balance_stroops for row in board.rows if row.balance_stroops >= xlm * STROOPS_PER_XLM]]
    )
    await site.stores.tracker.publish(
        replace(board, number=2, figures=figures, rows=board.rows[:size], board_size=size)
    )


async def thresholds(site: Site) -> list[int]:
    return [each["threshold_xlm"] for each in (await site.get(BOARD))["figures"]]


async def test_until_accounts_are_ranked_by_new_thresholds_the_board_is_as_it_was_and_says_so(
    site: Site, book: BruteBook
) -> None:
    before = await site.get(BOARD)
    assert before["coverage"]["rebuilding"] is False
    await configure(site, "hva_supported_thresholds", "20000,100000")
    meanwhile = await site.get(BOARD)
    assert meanwhile["coverage"] == before["coverage"] | {"rebuilding": True}
    assert (meanwhile["figures"], meanwhile["rows"]) == (before["figures"], before["rows"])
    await publish(site, book, NEW)
    after = await site.get(BOARD, threshold=20_000)
    assert await thresholds(site) == list(NEW)
    assert after["coverage"]["rebuilding"] is False
    assert all(int(row["balance_stroops"]) >= 20_000 * STROOPS_PER_XLM for row in after["rows"])


async def test_a_threshold_that_was_given_up_is_refused_with_those_there_are(site: Site, book: BruteBook) -> None:
    await configure(site, "hva_supported_thresholds", "20000,100000")
    await publish(site, book, NEW)
    for path in (BOARD, f"{BOARD}/changes", f"{BOARD}/top-movers", f"{BOARD}/volatility", f"{BOARD}/export"):
        refused = await site.api.get(path, params={"threshold": 50_000})
        assert (refused.status_code, refused.json()["type"]) == (422, "unsupported-threshold"), path
        assert "20000, 100000." in refused.json()["detail"]


async def test_who_is_an_hva_and_which_board_opens_follow_the_default_threshold(site: Site, book: BruteBook) -> None:
    (account,) = await site.chain("account")
    await site.stores.profiles.put(
        Profile(account=account, entry=Entry(exists=True, version=16, balance_stroops=60_000 * STROOPS_PER_XLM))
    )
    poorest = next(row for row in reversed(book.board(NOW).rows) if row.balance_stroops >= 50_000 * STROOPS_PER_XLM)
    assert poorest.balance_stroops < 100_000 * STROOPS_PER_XLM

    async def told() -> tuple[int, bool, bool, bool]:
        board, rank = await site.get(BOARD), await site.get(f"/api/v1/sandbox/accounts/{poorest.account}/rank")
        profile = await site.get(site.path(account))
        return board["threshold_xlm"], rank["is_hva"], "HVA" in rank["row"]["tags"], profile["enrichment"]["is_hva"]

    assert await told() == (100_000, False, False, False)
    await configure(site, "hva_threshold", "50000")
    assert await told() == (50_000, True, True, True)


async def test_a_default_that_is_none_of_the_thresholds_means_the_nearest_below(site: Site, book: BruteBook) -> None:
    assert book.paths
    for wanted, meant in ((60_000, 50_000), (5, 10_000)):
        await configure(site, "hva_threshold", str(wanted), version=1 if wanted == 60_000 else 2)
        assert (await site.get(BOARD))["default_threshold_xlm"] == meant


async def test_the_size_of_the_board_is_told_and_its_change_too(site: Site, book: BruteBook) -> None:
    await configure(site, "hva_board_size", "20")
    assert (await site.get(BOARD))["coverage"]["rebuilding"] is True
    await publish(site, book, DEFAULT_THRESHOLDS_XLM, size=20)
    board = await site.get(BOARD, threshold=10_000, limit=5_000)
    assert (board["board_size"], len(board["rows"]), board["coverage"]["rebuilding"]) == (20, 20, False)
    assert board["storage"]["snapshot_rows"] == board["storage"]["hours"] * len(DEFAULT_THRESHOLDS_XLM) * 20


async def test_before_anything_is_ranked_the_thresholds_are_the_configured_ones(site: Site) -> None:
    await configure(site, "hva_supported_thresholds", "20000,100000")
    empty = await site.get(BOARD)
    assert ([each["threshold_xlm"] for each in empty["figures"]], empty["rows"]) == (list(NEW), [])
    assert empty["coverage"]["rebuilding"] is False
    assert (await site.get(f"/api/v1/sandbox/accounts/{address('nobody')}/rank"))["is_hva"] is False
