"""The board and its movement over HTTP equal what sorting every balance anew says."""

import csv
import io
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM, decimal_from_stroops
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.standing import (
    BOARD_SIZE,
    DEFAULT_THRESHOLD_XLM,
    ChangeType,
    Coverage,
    Standing,
    balance_change_pct,
)
from stellarmap_common.events.facts import ChildrenRecorded
from stellarmap_gateway.handlers import Links
from stellarmap_gateway.views.standings.kept import HOLDS_S
from tests.support.gateway import NOW, Site, address, contract, creation
from tests.support.standings import DAY, RANKS, THRESHOLDS, BruteBook, lively_book

BOARD = "/api/v1/sandbox/standings"
PERIODS = {"24h": 1, "7d": 7, "30d": 30}


@pytest.fixture
async def book(site: Site) -> BruteBook:
    """What the gateway's store was filled with."""
    made = lively_book(site.network().key, NOW)
    await made.put_into(site.stores.tracker, NOW)
    return made


def began_at(period: str) -> datetime:
    """When the period began: of days, at the end of the day that many days ago."""
    if period == "24h":
        return NOW - DAY
    return datetime.combine(NOW.date() - timedelta(days=PERIODS[period] - 1), time(), UTC)


def standing_at(book: BruteBook, threshold_xlm: int, at: datetime = NOW) -> list[Address]:
    """Who stands there, of the board, by rank."""
    ranked = [account for account, rank in book.ranks(at).items() if rank <= RANKS]
    return [account for account in ranked if (book.balance(account, at) or 0) >= threshold_xlm * STROOPS_PER_XLM]


def before_of(book: BruteBook, account: Address, threshold_xlm: int, period: str) -> tuple[bool, bool, Standing | None]:
    """New, discovered, and its true standing when the period began; of days, if it was on the board then."""
    began, least = began_at(period), threshold_xlm * STROOPS_PER_XLM
    since, discovered = book.known_since(account)
    found = since > began and discovered and (period == "24h" or book.paths[account][0][1] >= least)
    if found:
        return False, True, None
    held, rank = book.balance(account, began) or 0, book.ranks(began).get(account)
    told = rank is not None and (period == "24h" or rank <= RANKS)
    return held < least, False, Standing(rank, held) if told and rank else None


def told(row: dict[str, Any]) -> tuple[bool, bool, Standing | None]:
    before = None if row["rank_before"] is None else Standing(row["rank_before"], int(row["balance_before_stroops"]))
    return row["new"], row["discovered"], before


async def pages(site: Site, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
    """What stands in all pages."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await site.get(path, **query, **cursor)
        found += page[key]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("threshold", THRESHOLDS)
async def test_the_board_is_that_of_sorted_balances_with_the_true_standing_when_the_period_began(
    site: Site, book: BruteBook, threshold: int, period: str
) -> None:
    board = await site.get(BOARD, threshold=threshold, period=period, limit=1_000)
    expected = standing_at(book, threshold)
    assert [row["address"] for row in board["rows"]] == expected
    assert [row["rank"] for row in board["rows"]] == list(range(1, len(expected) + 1))
    for row in board["rows"]:
        account = row["address"]
        new, discovered, before = before_of(book, account, threshold, period)
        assert told(row) == (new, discovered, before), (account, row)
        assert int(row["balance_stroops"]) == book.balance(account, NOW)
        assert row["rank_change"] == (before.rank - row["rank"] if before else None)
        grown = balance_change_pct(before.balance_stroops, int(row["balance_stroops"])) if before else None
        assert row["balance_change_pct"] == (None if grown is None else pytest.approx(grown, abs=1e-4))
        assert row["tags"] == (["HVA"] if int(row["balance_stroops"]) >= DEFAULT_THRESHOLD_XLM * 10**7 else [])
        assert row["home_domain"] == book.domains.get(account)


@pytest.mark.usefixtures("book")
async def test_the_book_holds_all_that_a_badge_can_say(site: Site) -> None:
    said = set()
    for period in PERIODS:
        for threshold in THRESHOLDS:
            rows = (await site.get(BOARD, threshold=threshold, period=period))["rows"]
            said |= {(row["new"], row["discovered"], (row["rank_change"] or 0) > 0) for row in rows}
            said |= {(row["new"], row["discovered"], (row["rank_change"] or 0) < 0) for row in rows}
    assert {(True, False, False), (False, True, False), (False, False, True), (False, False, False)} <= said


@pytest.mark.parametrize("limit", [1, 7, 1_000])
async def test_pages_give_every_rank_once_in_order(site: Site, book: BruteBook, limit: int) -> None:
    rows = await pages(site, BOARD, "rows", threshold=10_000, limit=limit)
    assert [row["address"] for row in rows] == standing_at(book, 10_000)


async def test_a_page_goes_on_behind_the_account_it_ended_with_though_the_board_has_moved(
    site: Site, book: BruteBook
) -> None:
    first = await site.get(BOARD, threshold=10_000, limit=10)
    risen = standing_at(book, 10_000)[30]
    later = BruteBook(book.network, paths={name: list(path) for name, path in book.paths.items()})
    later.move(risen, 10**17, NOW)
    await site.stores.tracker.publish(later.board(NOW + timedelta(seconds=1)))
    second = await site.get(BOARD, threshold=10_000, limit=10, cursor=first["next_cursor"])
    assert [row["address"] for row in second["rows"]] == standing_at(book, 10_000)[10:20]
    assert second["rows"][0]["rank"] == 12


async def test_the_head_counts_all_that_are_ranked_and_says_of_what(site: Site, book: BruteBook) -> None:
    board = await site.get(BOARD, limit=1)
    balances = [book.balance(account, NOW) or 0 for account in book.ranks(NOW)]
    assert board["coverage"] == {"of": "mapped", "ledger": None, "accounts": len(balances), "rebuilding": False}
    for figures, threshold in zip(board["figures"], THRESHOLDS, strict=True):
        reached = [balance for balance in balances if balance >= threshold * STROOPS_PER_XLM]
        assert figures == {
            "threshold_xlm": threshold,
            "accounts": len(reached),
            "total_stroops": str(sum(reached)),
        }
    (default,) = [each for each in board["figures"] if each["threshold_xlm"] == DEFAULT_THRESHOLD_XLM]
    assert (board["threshold_xlm"], board["default_threshold_xlm"]) == (DEFAULT_THRESHOLD_XLM, DEFAULT_THRESHOLD_XLM)
    assert (board["accounts"], board["total_stroops"]) == (default["accounts"], default["total_stroops"])
    assert (board["board_size"], board["board_as_of"]) == (1_000, f"{NOW:%Y-%m-%dT%H:%M:%SZ}")


async def test_a_scan_of_all_balances_is_named_by_its_ledger(site: Site) -> None:
    whole = BruteBook(site.network().key, coverage=Coverage(ledger=4_711))
    whole.move(address("rich"), 10**15, NOW - 2 * DAY)
    await whole.put_into(site.stores.tracker, NOW)
    assert (await site.get(BOARD))["coverage"] == {"of": "network", "ledger": 4_711, "accounts": 1, "rebuilding": False}


async def test_before_anything_is_ranked_every_answer_is_empty_and_none_is_wrong(site: Site) -> None:
    board = await site.get(BOARD)
    assert (board["rows"], board["board_as_of"], board["next_cursor"], board["accounts"]) == ([], None, None, 0)
    assert board["coverage"] == {"of": "mapped", "ledger": None, "accounts": 0, "rebuilding": False}
    assert [each["threshold_xlm"] for each in board["figures"]] == list(THRESHOLDS)
    assert (await site.get(f"{BOARD}/changes"))["changes"] == []
    movers = await site.get(f"{BOARD}/top-movers", period="7d")
    assert not any(movers[kind] for kind in ("climbers", "fallers", "gainers", "losers", "entered", "exited"))
    assert movers["compared"] == 0
    volatility = await site.get(f"{BOARD}/volatility", days=3)
    assert [sum(day["counts"].values()) for day in volatility["days"]] == [0, 0, 0]
    assert (volatility["peak_hour"], volatility["mean_rank_change"], volatility["truncated"]) == (None, None, False)
    assert (await site.get("/api/v1/sandbox/overview"))["biggest_moves"] == []
    assert len((await site.api.get(f"{BOARD}/export")).text.splitlines()) == 1


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("path", ["", "/changes", "/top-movers", "/volatility", "/export"])
async def test_a_threshold_that_is_not_ranked_by_is_refused_with_the_list(site: Site, path: str) -> None:
    answer = await site.api.get(BOARD + path, params={"threshold": 123_456})
    assert (answer.status_code, answer.json()["type"]) == (422, "unsupported-threshold")
    assert ", ".join(map(str, THRESHOLDS)) in answer.json()["detail"]
    assert answer.json()["errors"][0]["where"] == "query.threshold"


@pytest.mark.usefixtures("book")
async def test_a_cursor_answers_only_the_threshold_it_came_from(site: Site) -> None:
    cursor = (await site.get(BOARD, threshold=10_000, limit=5))["next_cursor"]
    for path, query in ((BOARD, {"threshold": 50_000}), (f"{BOARD}/changes", {"threshold": 10_000})):
        answer = await site.api.get(path, params={"cursor": cursor, **query})
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor")


@pytest.mark.parametrize("period", PERIODS)
async def test_top_movers_are_those_who_won_and_lost_most(site: Site, book: BruteBook, period: str) -> None:
    threshold = 50_000
    movers = await site.get(f"{BOARD}/top-movers", threshold=threshold, period=period, limit=7)
    rows = (await site.get(BOARD, threshold=threshold, period=period, limit=1_000))["rows"]
    for kind, of, sign in (
        ("climbers", "rank_change", 1),
        ("fallers", "rank_change", -1),
        ("gainers", "balance_change_pct", 1),
        ("losers", "balance_change_pct", -1),
    ):
        fitting = sorted((sign * (row[of] or 0) for row in rows if sign * (row[of] or 0) > 0), reverse=True)
        assert [sign * row[of] for row in movers[kind]] == fitting[:7], kind
        assert all(row in rows for row in movers[kind])
    assert movers["entered"] == [row for row in rows if row["new"]][:7]
    assert movers["compared"] == sum(row["new"] or row["rank_change"] is not None for row in rows) > 0
    assert [each["address"] for each in movers["exited"]] == gone(book, threshold, began_at(period))[:7]


def gone(book: BruteBook, threshold_xlm: int, since: datetime) -> list[Address]:
    """Who went below the threshold since then and has stayed there, the latest first."""
    least = threshold_xlm * STROOPS_PER_XLM
    left = []
    for account, path in book.paths.items():
        falls = [at for (_, was, _), (at, is_, _) in pairwise(path) if was >= least > is_ and at >= since]
        if falls and path[-1][1] < least:
            left.append((falls[-1], account))
    return [account for _, account in sorted(left, reverse=True)]


async def test_the_biggest_moves_of_the_home_page_are_those_of_most_places(site: Site, book: BruteBook) -> None:
    moves = (await site.get("/api/v1/sandbox/overview"))["biggest_moves"]
    ranks, before = book.ranks(NOW), book.ranks(NOW - DAY)
    places = {}
    for account in standing_at(book, DEFAULT_THRESHOLD_XLM):
        since, discovered = book.known_since(account)
        if since <= NOW - DAY or not discovered:
            places[account] = abs(before.get(account, len(ranks) + 1) - ranks[account])
    most = sorted((each for each in places.values() if each), reverse=True)[:8]
    assert [places[row["address"]] for row in moves] == most
    assert address("made today") in {row["address"] for row in moves}


@pytest.mark.parametrize("days", [1, 7, 31])
async def test_volatility_counts_what_the_network_did_day_by_day(site: Site, book: BruteBook, days: int) -> None:
    threshold = 10_000
    found = await site.get(f"{BOARD}/volatility", threshold=threshold, days=days)
    first = NOW.date() - timedelta(days=days - 1)
    counted = [
        change
        for change in book.changes
        if change.at.date() >= first
        and change.reason in {"moved", "overtaken"}
        and any(step.threshold_xlm == threshold for step in change.steps)
    ]
    assert [day["day"] for day in found["days"]] == [str(first + timedelta(days=each)) for each in range(days)]
    for day in found["days"]:
        of_day = [change for change in counted if str(change.at.date()) == day["day"]]
        assert day["counts"] == {each: sum(change.type is each for change in of_day) for each in ChangeType}
        hours = [change.at.hour for change in of_day]
        assert day["peak_hour"] == (min(hours, key=lambda hour: (-hours.count(hour), hour)) if hours else None)
    places = [
        abs(step.before.rank - change.after.rank)
        for change in counted
        for step in change.steps
        if step.threshold_xlm == threshold and step.before and change.after
    ]
    assert found["mean_rank_change"] == (round(sum(places) / len(places), 2) if places else None)
    assert found["entries"] == sum(change.type is ChangeType.ENTERED for change in counted)
    assert found["exits"] == sum(change.type is ChangeType.EXITED for change in counted)


async def test_the_export_is_the_whole_board_a_line_a_rank(site: Site, book: BruteBook) -> None:
    answer = await site.api.get(f"{BOARD}/export", params={"threshold": 50_000, "period": "7d"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="standings-sandbox-50000.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    rows = (await site.get(BOARD, threshold=50_000, period="7d", limit=1_000))["rows"]
    assert [line["address"] for line in lines] == standing_at(book, 50_000)
    for line, row in zip(lines, rows, strict=True):
        assert (line["network"], line["threshold_xlm"], line["ranked_of"], line["period"]) == (
            "sandbox",
            "50000",
            "mapped",
            "7d",
        )
        assert (line["as_of"], line["ranked_accounts"]) == (NOW.isoformat(), str(len(book.ranks(NOW))))
        assert line["balance_xlm"] == decimal_from_stroops(int(row["balance_stroops"]))
        assert line["rank_change"] == ("" if row["rank_change"] is None else str(row["rank_change"]))
        assert line["new"] == str(row["new"]).lower()


async def test_a_home_domain_that_a_spreadsheet_would_run_is_text(site: Site) -> None:
    naughty = {'=HYPERLINK("http://x")': "a", "@SUM(1)": "b", '"quoted", and a comma': "c", "+1": "d", "-1": "e"}
    made = BruteBook(site.network().key, domains={address(name): domain for domain, name in naughty.items()})
    for account in made.domains:
        made.move(account, 10**15, NOW - 2 * DAY)
    await made.put_into(site.stores.tracker, NOW)
    lines = list(csv.DictReader(io.StringIO((await site.api.get(f"{BOARD}/export")).text)))
    told_domains = {line["address"]: line["home_domain"] for line in lines}
    for account, domain in made.domains.items():
        assert told_domains[account] == (domain if domain.startswith('"') else f"'{domain}")
    rows = (await site.get(BOARD))["rows"]
    assert {row["address"]: row["home_domain"] for row in rows} == made.domains


async def test_a_board_that_did_not_change_is_not_sent_again(site: Site, book: BruteBook) -> None:
    first = await site.api.get(BOARD)
    site.clock.pass_time(1)
    again = await site.api.get(BOARD, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    later = BruteBook(book.network, paths={name: list(path) for name, path in book.paths.items()})
    later.move(standing_at(book, 10_000)[9], 10**17, NOW)
    await site.stores.tracker.publish(later.board(NOW + timedelta(seconds=1)))
    assert (await site.api.get(BOARD, headers={"if-none-match": first.headers["etag"]})).status_code == 200


@pytest.mark.usefixtures("book")
async def test_a_large_board_is_compressed_for_those_who_take_it(site: Site) -> None:
    plain = await site.api.get(BOARD, params={"limit": 1_000}, headers={"accept-encoding": "identity"})
    packed = await site.api.get(BOARD, params={"limit": 1_000}, headers={"accept-encoding": "gzip"})
    assert packed.json()["rows"] == plain.json()["rows"]
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    small = await site.api.get(BOARD, params={"limit": 1}, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers


async def test_whoever_created_an_account_of_the_board_is_named_with_its_present_life(
    site: Site, book: BruteBook
) -> None:
    twice, by_contract, unknown, *_ = standing_at(book, 1_000_000)
    await site.record(
        creation(AccountRef(book.network, twice), address("first maker"), ledger=100),
        creation(AccountRef(book.network, twice), address("second maker"), ledger=900),
        creation(AccountRef(book.network, by_contract), contract("maker"), ledger=100),
    )
    rows = {row["address"]: row for row in (await site.get(BOARD))["rows"]}
    assert rows[twice]["creator"] == address("second maker")
    assert rows[by_contract]["creator"] == contract("maker")
    assert rows[unknown]["creator"] is None


async def test_a_creator_that_becomes_known_is_told_within_seconds(site: Site, book: BruteBook) -> None:
    account = standing_at(book, 1_000_000)[0]
    assert (await site.get(BOARD))["rows"][0]["creator"] is None
    made = creation(AccountRef(book.network, account), address("maker"), ledger=100)
    await site.record(made)
    await Links(site.gateway.walker, site.gateway.creators).on_children_recorded(
        ChildrenRecorded(
            id="p", network=book.network, creator=address("maker"), children=(made,), page=1, total=1, complete=True
        )
    )
    site.clock.pass_time(HOLDS_S)
    assert (await site.get(BOARD))["rows"][0]["creator"] == address("maker")


async def test_networks_never_mix(site: Site, book: BruteBook) -> None:
    board = await site.get("/api/v1/public/standings")
    assert (board["rows"], board["network"]) == ([], "public")
    rich = next(iter(book.ranks(NOW)))
    rank = await site.get(site.path(rich, "/rank", network="public"))
    assert (rank["rank"], rank["balance_stroops"], rank["row"]) == (None, None, None)


@pytest.mark.usefixtures("book")
async def test_what_changes_take_is_told_beside_what_snapshots_would_take(site: Site) -> None:
    told = (await site.get(BOARD))["storage"]
    standing = sum(each["accounts"] for each in (await site.get(BOARD))["figures"])
    assert told == {
        "hours": 7,
        "rows": 3_400,
        "change_rows": 2_070,
        "closing_rows": 300,
        "balance_rows": 1_030,
        "snapshot_rows": 7 * len(THRESHOLDS) * BOARD_SIZE,
        "standing_snapshot_rows": 7 * standing,
        "ratio": pytest.approx(7 * len(THRESHOLDS) * BOARD_SIZE / 3_400),
    }


async def test_where_nothing_was_ranked_there_is_nothing_to_compare(site: Site) -> None:
    assert (await site.get(BOARD))["storage"] is None
