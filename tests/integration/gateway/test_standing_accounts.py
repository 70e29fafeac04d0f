"""Where one account stands, how it came there, and what changed: all as sorting every balance anew says."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import DEFAULT_THRESHOLD_XLM, ChangeType, StandingChange
from stellarmap_gateway.cursors import VERSION, ChangesCursor, written
from stellarmap_gateway.schemas.standings import Trend
from stellarmap_gateway.views.standings import changes as changes_view
from stellarmap_gateway.views.standings.summary import trend_of
from tests.support.gateway import NOW, Site, address, seed
from tests.support.standings import DAY, RANKS, THRESHOLDS, BruteBook, lively_book

CHANGES = "/api/v1/sandbox/standings/changes"
RANK_LINES = "/api/v1/sandbox/standings/ranks"
NOBODY = address("nobody ever told of its balance")


@pytest.fixture
async def book(site: Site) -> BruteBook:
    """What the gateway's store was filled with."""
    made = lively_book(site.network().key, NOW)
    await made.put_into(site.stores.tracker, NOW)
    return made


def newest_first(book: BruteBook, threshold_xlm: int | None = None) -> list[StandingChange]:
    """The changes, at one threshold or at any."""
    fitting = [
        change
        for change in book.changes
        if threshold_xlm is None or any(step.threshold_xlm == threshold_xlm for step in change.steps)
    ]
    return sorted(fitting, key=lambda change: (change.at, change.id), reverse=True)


async def pages(site: Site, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every page, to the end."""
    found = [await site.get(path, **query)]
    while found[-1]["next_cursor"] is not None:
        found.append(await site.get(path, cursor=found[-1]["next_cursor"], **query))
        assert len(found) < 1_000
    return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [change["id"] for page in found for change in page["changes"]]


def line(book: BruteBook, account: Address, days: int) -> list[int | None]:
    """Its rank when each day ended, and now; None outside of the board."""
    ends = [datetime(NOW.year, NOW.month, NOW.day, tzinfo=NOW.tzinfo) - ago * DAY for ago in range(days - 2, -1, -1)]
    ranks = [book.ranks(at).get(account) for at in [*ends, NOW]]
    return [rank if rank and rank <= RANKS else None for rank in ranks]


async def test_every_account_has_the_rank_of_its_balance_beyond_the_board_about(site: Site, book: BruteBook) -> None:
    ranks = book.ranks(NOW)
    assert len(ranks) > RANKS
    for account in book.paths:
        found = await site.get(site.path(account, "/rank"))
        balance, rank = book.balance(account, NOW) or 0, ranks.get(account)
        assert int(found["balance_stroops"]) == balance
        assert found["is_hva"] == (balance >= DEFAULT_THRESHOLD_XLM * STROOPS_PER_XLM)
        stands = [each["threshold_xlm"] for each in found["thresholds"] if each["stands"]]
        assert stands == [each for each in THRESHOLDS if balance >= each * STROOPS_PER_XLM]
        if rank is None:
            assert (found["rank"], found["about"], found["row"]) == (None, False, None)
        elif rank <= RANKS:
            assert (found["rank"], found["about"], found["row"]["rank"]) == (rank, False, rank)
        else:
            assert (found["about"], found["row"]) == (True, None)
            assert abs(found["rank"] - rank) < 100


@pytest.mark.parametrize("place", [1, 99, 100, 101, 199, 200, 250, 301, 999])
async def test_a_rank_read_off_the_ladder_is_within_a_hundred(site: Site, place: int) -> None:
    made = BruteBook(site.network().key)
    for rank in range(1, 1_000):
        made.paths[address(rank)] = [(NOW - 2 * DAY, (20_000_000 - rank * 10) * STROOPS_PER_XLM, False)]
    made.move(address(place), made.paths[address(place)][0][1] + 1, NOW)  # so that the store has heard of its balance
    await made.put_into(site.stores.tracker, NOW)
    found = await site.get(site.path(address(place), "/rank"))
    assert found["about"] == (place > RANKS)
    assert abs(found["rank"] - place) < (100 if place > RANKS else 1)
    assert found["rank"] > 0


@pytest.mark.usefixtures("book")
async def test_an_account_of_which_nothing_is_known_has_no_rank_and_no_changes(site: Site) -> None:
    rank = await site.get(site.path(NOBODY, "/rank"))
    assert (rank["rank"], rank["about"], rank["balance_stroops"], rank["is_hva"]) == (None, False, None, False)
    assert rank["coverage"]["of"] == "mapped"
    assert (await site.get(site.path(NOBODY, "/standing-changes")))["changes"] == []
    summary = await site.get(site.path(NOBODY, "/summary"))
    assert (summary["total_changes"], summary["best_rank"], summary["trend"]) == (0, None, "stable")
    assert [each["rank"] for each in summary["ranks"]] == [None] * 30


async def test_before_anything_is_ranked_an_account_has_no_rank(site: Site) -> None:
    rank = await site.get(site.path(NOBODY, "/rank"))
    assert (rank["rank"], rank["about"], rank["row"]) == (None, False, None)
    assert [each["accounts"] for each in rank["thresholds"]] == [0] * len(THRESHOLDS)


@pytest.mark.parametrize("days", [1, 7, 30, 31])
async def test_rank_lines_are_the_ranks_when_each_day_ended_and_now(site: Site, book: BruteBook, days: int) -> None:
    accounts = [*sorted(book.paths)[:99], NOBODY]
    found = await site.get(RANK_LINES, accounts=",".join(accounts), days=days)
    assert found["days"] == [str(NOW.date() - timedelta(days=ago)) for ago in range(days - 1, -1, -1)]
    assert [each["address"] for each in found["lines"]] == accounts
    for each in found["lines"]:
        expected = line(book, each["address"], days) if each["address"] != NOBODY else [None] * days
        assert each["ranks"] == expected, each["address"]


@pytest.mark.parametrize(
    ("accounts", "type_"),
    [("", "no-accounts"), (" , ", "no-accounts"), ("GNOTHING", "invalid-address"), (seed("x"), "secret-seed")],
)
async def test_rank_lines_are_of_accounts(site: Site, accounts: str, type_: str) -> None:
    answer = await site.api.get(RANK_LINES, params={"accounts": accounts})
    assert (answer.status_code, answer.json()["type"]) == (422, type_)


async def test_rank_lines_of_more_than_a_hundred_accounts_are_refused(site: Site) -> None:
    accounts = ",".join(address(number) for number in range(101))
    answer = await site.api.get(RANK_LINES, params={"accounts": accounts})
    assert (answer.status_code, answer.json()["type"]) == (422, "too-many-accounts")


async def test_a_summary_is_that_of_the_changes_and_ranks_of_its_days(site: Site, book: BruteBook) -> None:
    first = NOW.date() - timedelta(days=29)
    said = set()
    for account in sorted(book.paths)[::3]:
        found = await site.get(site.path(account, "/summary"), threshold=10_000)
        own = [
            change
            for change in newest_first(book, 10_000)
            if change.account.address == account and change.at.date() >= first
        ]
        assert found["total_changes"] == len(own)
        assert found["counts"] == {each: sum(change.type is each for change in own) for each in ChangeType}
        ranks = line(book, account, 30)
        assert [each["rank"] for each in found["ranks"]] == ranks
        known = {rank for rank in ranks if rank} | {change.after.rank for change in own if change.after}
        assert (found["best_rank"], found["worst_rank"]) == (min(known, default=None), max(known, default=None))
        assert found["current_rank"] == ranks[-1]
        said.add(found["trend"])
    assert said == {"improving", "declining", "stable"}


@pytest.mark.parametrize(
    ("ranks", "trend"),
    [
        ([None, None], Trend.STABLE),
        ([None, 900], Trend.STABLE),
        ([None, 900, 890], Trend.IMPROVING),
        ([None, 1, 7], Trend.DECLINING),
        ([900, None], Trend.DECLINING),
        ([500, 700, 491], Trend.STABLE),
        ([500, 490], Trend.IMPROVING),
        ([500, 510], Trend.DECLINING),
        ([2, 1], Trend.IMPROVING),
        ([45, 42], Trend.STABLE),
        ([45, 49], Trend.DECLINING),
    ],
)
def test_a_trend_is_ten_places_or_a_tenth_of_the_rank(ranks: list[int | None], trend: Trend) -> None:
    assert trend_of(ranks) is trend


@pytest.mark.parametrize("limit", [1, 7, 500])
@pytest.mark.parametrize("threshold", [10_000, 1_000_000])
async def test_pages_of_changes_give_each_once_newest_first(
    site: Site, book: BruteBook, threshold: int, limit: int
) -> None:
    expected = newest_first(book, threshold)[: 40 if limit == 1 else None]
    query = {"from": expected[-1].at.isoformat()} if limit == 1 else {}
    found = await pages(site, CHANGES, threshold=threshold, limit=limit, **query)
    assert ids(found)[: len(expected)] == [change.id for change in expected]
    assert len(expected) == 40 or len(ids(found)) == len(expected)
    assert all(len(page["changes"]) <= limit and not page["truncated"] for page in found)


async def test_a_change_is_told_as_it_is_seen_at_the_threshold(site: Site, book: BruteBook) -> None:
    found = await pages(site, CHANGES, threshold=100_000, limit=500)
    told = {change["id"]: change for page in found for change in page["changes"]}
    for change in newest_first(book, 100_000):
        (step,) = [each for each in change.steps if each.threshold_xlm == 100_000]
        view = told[change.id]
        assert (view["threshold_xlm"], view["thresholds_xlm"]) == (100_000, [100_000])
        assert (view["type"], view["reason"], view["address"]) == (change.type, change.reason, change.account.address)
        assert view["old_rank"] == (step.before.rank if step.before else None)
        assert view["new_rank"] == (change.after.rank if change.after else None)
        both = step.before and change.after
        assert view["rank_change"] == (step.before.rank - change.after.rank if both else None)  # type: ignore[union-attr]  # both
        assert int(view["new_balance_stroops"]) == change.balance_stroops
        assert (view["ledger"], view["cause"], view["home_domain"]) == (change.ledger, change.cause, change.home_domain)


@pytest.mark.parametrize(
    "query",
    [
        {"type": "ENTERED"},
        {"type": ["EXITED", "RANK_DOWN"]},
        {"home_domain": "D3.example"},
        {"min_balance": "50000", "max_balance": "400000.5"},
        {"min_balance": "5000000"},
        {"from": "2026-10-20", "to": "2026-10-22"},
        {"to": "2026-10"},
        {"from": "2026-11"},
        {"from": "2026-10-10T12:00:00Z", "home_domain": "d1", "type": "RANK_UP"},
        {"to": "9999-12-31T23:59:59.999999Z", "type": "EXITED"},
    ],
)
async def test_filters_narrow_the_changes_to_those_that_fit(
    site: Site, book: BruteBook, query: dict[str, str | list[str]]
) -> None:
    found = await pages(site, CHANGES, threshold=10_000, limit=9, **query)
    expected = [change.id for change in newest_first(book, 10_000) if fits(change, query)]
    assert ids(found) == expected
    assert all(page["scanned"] <= 10_000 for page in found)


def fits(change: StandingChange, query: dict[str, Any]) -> bool:
    types = [query["type"]] if isinstance(query.get("type"), str) else query.get("type", list(ChangeType))
    at = change.at.isoformat().replace("+00:00", "Z")
    return (
        change.type in types
        and query.get("home_domain", "").lower() in (change.home_domain or "").lower()
        and change.balance_stroops >= float(query.get("min_balance", 0)) * STROOPS_PER_XLM
        and change.balance_stroops <= float(query.get("max_balance", 10**12)) * STROOPS_PER_XLM
        and at >= query.get("from", "")
        and at[: len(query.get("to", ""))] <= query.get("to", "")
    )


async def test_a_scan_that_meets_its_bound_says_so_and_goes_on(
    site: Site, book: BruteBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_view, "SCANNED", 20)
    monkeypatch.setattr(changes_view, "TOGETHER", 10)
    found = await pages(site, CHANGES, threshold=10_000, limit=5, home_domain="d3.")
    assert ids(found) == [change.id for change in newest_first(book, 10_000) if "d3." in (change.home_domain or "")]
    assert any(page["truncated"] for page in found)
    assert all(page["scanned"] <= 20 for page in found)


async def test_the_history_of_an_account_is_its_own_with_all_thresholds(site: Site, book: BruteBook) -> None:
    (account, *_) = max(
        (change.account.address, sum(other.account == change.account for other in book.changes))
        for change in book.changes
    )
    own = [change for change in newest_first(book) if change.account.address == account]
    found = await pages(site, site.path(account, "/standing-changes"), limit=2)
    assert ids(found) == [change.id for change in own]
    for view, change in zip((each for page in found for each in page["changes"]), own, strict=True):
        assert view["thresholds_xlm"] == [step.threshold_xlm for step in change.steps]
        assert view["threshold_xlm"] == change.steps[0].threshold_xlm
    entered = await pages(site, site.path(account, "/standing-changes"), type="ENTERED", threshold=10_000)
    assert ids(entered) == [
        change.id
        for change in newest_first(book, 10_000)
        if change.account.address == account and change.type is ChangeType.ENTERED
    ]


async def test_entered_and_exited_alternate_in_what_is_told(site: Site, book: BruteBook) -> None:
    found = await pages(site, CHANGES, threshold=50_000, limit=500, type=["ENTERED", "EXITED"])
    by_account: dict[str, list[str]] = {}
    for page in found:
        for change in page["changes"]:
            by_account.setdefault(change["address"], []).append(change["type"])
    assert all(one != other for types in by_account.values() for one, other in pairwise(types))
    assert any(len(types) > 1 for types in by_account.values())
    assert set(by_account) <= set(book.paths)


@pytest.mark.parametrize("path", ["/standing-changes", "/summary"])
@pytest.mark.usefixtures("book")
async def test_of_an_account_a_threshold_that_is_not_ranked_by_is_refused(site: Site, path: str) -> None:
    answer = await site.api.get(site.path(NOBODY, path), params={"threshold": -1})
    assert (answer.status_code, answer.json()["type"]) == (422, "unsupported-threshold")


@pytest.mark.parametrize(
    ("query", "type_"),
    [
        ({"min_balance": "many"}, "invalid-amount"),
        ({"max_balance": "1e5"}, "invalid-amount"),
        ({"from": "yesterday"}, "invalid-time"),
        ({"home_domain": seed("mine")}, "secret-seed"),
        ({"cursor": "bmV2ZXI"}, "invalid-cursor"),
        ({"type": "MOVED"}, "invalid-request"),
    ],
)
async def test_a_question_about_changes_that_makes_no_sense_is_refused(
    site: Site, query: dict[str, str], type_: str
) -> None:
    answer = await site.api.get(CHANGES, params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, type_)
    assert seed("mine") not in answer.text


@pytest.mark.usefixtures("book")
async def test_a_cursor_of_another_question_about_changes_is_refused(site: Site) -> None:
    cursor = (await site.get(CHANGES, threshold=10_000, limit=3))["next_cursor"]
    others: list[dict[str, Any]] = [
        {"threshold": 50_000},
        {"threshold": 10_000, "type": "ENTERED"},
        {"threshold": 10_000, "to": "2026-10"},
    ]
    for query in others:
        answer = await site.api.get(CHANGES, params={"cursor": cursor, **query})
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor")
    forged = written(ChangesCursor(VERSION, "x", 1, UUID(int=7)))
    assert (await site.api.get(CHANGES, params={"cursor": forged})).json()["type"] == "invalid-cursor"
