"""Accounts are found by what people type, each once, page by page; what no longer holds is not shown."""

from collections.abc import Sequence
from typing import Any

import pytest

from stellarmap_common.domain.lookup import Term, TermKind, terms_of
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import Entry, Profile
from stellarmap_gateway.views import search
from tests.support.gateway import Site, open_site, seed
from tests.support.profiles import listed, minute, read

PATH = "/api/v1/sandbox/search"
MARKUP = "<img src=x onerror=alert(1)>"


async def know(site: Site, account: AccountRef, *parts: Profile) -> None:
    """The enricher has read these parts of the account."""
    for part in parts:
        await site.stores.profiles.put(part)
    profile = await site.stores.profiles.profile_of(account)
    assert profile
    await site.stores.lookups.put(account, terms_of(profile), minute(1))


async def domain(site: Site, name: object, home_domain: str | None, *tags: str) -> AccountRef:
    """An account with that home domain, and those tags."""
    account = site.ref(name)
    parts = [read(account, 100, 1, home_domain=home_domain)]
    await know(site, account, *parts, *([listed(account, 1, f"{name} & Co", *tags)] if tags else []))
    return account


async def found(site: Site, q: str, **query: Any) -> Sequence[tuple[str, str, str | None]]:
    """All pages: who was found, by what."""
    rows: list[tuple[str, str, str | None]] = []
    page = await site.get(PATH, q=q, **query)
    while True:
        rows += [(each["address"], each["found_by"], each["term"]) for each in page["accounts"]]
        if page["next_cursor"] is None:
            return rows
        page = await site.get(PATH, q=q, cursor=page["next_cursor"], **query)


async def test_the_start_of_an_address_finds_its_account_however_it_is_written(site: Site) -> None:
    account = await domain(site, "a", None)
    for q in (account.address[:3], account.address[:9].lower(), f"  {account.address[:20]} ", account.address):
        assert await found(site, q) == [(account.address, "address", None)]
    assert await found(site, account.address[:2]) == []
    assert (await site.get("/api/v1/testnet/search", q=account.address))["accounts"] == []


async def test_domains_and_tags_are_found_by_how_they_begin(site: Site) -> None:
    gold = await domain(site, "gold", "Gold.Example")
    shop = await domain(site, "shop", "shop.example", "goldsmith", "Anchor")
    assert await found(site, "go") == [(gold.address, "domain", "gold.example"), (shop.address, "tag", "goldsmith")]
    assert await found(site, "gold.") == [(gold.address, "domain", "gold.example")]
    assert await found(site, "ANCHOR") == [(shop.address, "tag", "anchor")]
    assert await found(site, "old.example") == []


async def test_who_an_account_is_stands_beside_it(site: Site) -> None:
    account = site.ref("a")
    await know(site, account, read(account, 100, 1, xlm=7, home_domain=MARKUP), listed(account, 1, "A & Co", "issuer"))
    (shown,) = (await site.get(PATH, q="issuer"))["accounts"]
    assert shown == {
        "address": account.address,
        "found_by": "tag",
        "term": "issuer",
        "name": "A & Co",
        "home_domain": MARKUP,
        "tags": ["issuer"],
        "exists": True,
        "balance_stroops": "70000000",
    }


async def test_an_account_that_is_found_by_several_things_is_shown_once(site: Site) -> None:
    account = await domain(site, "a", "gold.example", "gold", "golden")
    assert await found(site, "gold") == [(account.address, "domain", "gold.example")]
    assert await found(site, "gold", limit=1) == [(account.address, "domain", "gold.example")]
    assert await found(site, "golde") == [(account.address, "tag", "golden")]


async def test_what_the_account_is_no_more_is_not_shown(site: Site) -> None:
    account = await domain(site, "a", "gold.example")
    await site.stores.profiles.put(read(account, 200, 2, home_domain="silver.example"))
    assert await found(site, "gold") == []
    await know(site, account, Profile(account=account, entry=Entry(exists=False, version=3_006), entry_at=minute(3)))
    assert await found(site, "silver") == []
    assert [address for address, *_ in await found(site, account.address[:8])] == [account.address]


@pytest.mark.parametrize("limit", [1, 2, 7, 50])
async def test_pages_meet_every_account_once(site: Site, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(search, "SCANNED", 5)
    monkeypatch.setattr(search, "READ_TOGETHER", 3)
    expected = [
        *[(await domain(site, f"{one} {number}", f"{one}.example")) for one in ("goa", "gob") for number in range(4)],
        *[(await domain(site, f"tag {number}", None, "gong")) for number in range(5)],
    ]
    for number in range(20):
        await site.stores.lookups.put(site.ref(f"gone {number}"), (Term(TermKind.DOMAIN, "goaa.example"),), minute(1))
        emptied = Term(TermKind.DOMAIN, f"goab{number}.example")
        await site.stores.lookups.put(site.ref("emptied"), (emptied,), minute(1))
        await site.stores.lookups.remove(site.ref("emptied"), (emptied,), minute(2))
    rows = await found(site, "go", limit=limit)
    assert sorted(address for address, *_ in rows) == sorted(each.address for each in expected)
    assert [row[1:] for row in rows] == [
        *[("domain", "goa.example")] * 4,
        *[("domain", "gob.example")] * 4,
        *[("tag", "gong")] * 5,
    ]


async def test_a_scan_that_finds_nothing_for_long_says_that_there_may_be_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SCANNED", 5)
    for number in range(6):
        await site.stores.lookups.put(site.ref(number), (Term(TermKind.TAG, "left"),), minute(1))
    page = await site.get(PATH, q="left")
    assert (page["accounts"], page["truncated"], page["scanned"]) == ([], True, 5)
    rest = await site.get(PATH, q="left", cursor=page["next_cursor"])
    assert (rest["accounts"], rest["truncated"], rest["scanned"], rest["next_cursor"]) == ([], False, 1, None)


async def test_a_page_looks_at_so_many_terms_and_the_next_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "TERMS", 4)
    for number in range(10):
        await site.stores.lookups.put(site.ref(number), (Term(TermKind.TAG, f"left{number}"),), minute(1))
    shown = await domain(site, "shown", None, "lefty")
    page = await site.get(PATH, q="left")
    assert (page["accounts"], page["truncated"], page["scanned"]) == ([], True, 4)
    scanned = [page["scanned"]]
    while page["next_cursor"]:
        page = await site.get(PATH, q="left", cursor=page["next_cursor"])
        scanned.append(page["scanned"])
    assert max(scanned) <= 5  # that in which the page before ended is looked at again
    assert [each["address"] for each in page["accounts"]] == [shown.address]


async def test_what_cannot_be_looked_for_is_refused_and_a_seed_never_repeated(site: Site) -> None:
    secret = seed("s")
    for query, kind in (
        ({"q": "g"}, "invalid-request"),
        ({"q": " g "}, "too-short"),
        ({"q": secret}, "secret-seed"),
        ({"q": f"my {secret[:20]}"}, "secret-seed"),
        ({"q": " ".join((secret[:4], secret[4:8], secret[8:12]))}, "secret-seed"),
        ({"q": "gold", "cursor": "nonsense"}, "invalid-cursor"),
        ({"q": "gold", "prefix": "G"}, "unknown-parameter"),
        ({}, "invalid-request"),
    ):
        answer = await site.api.get(PATH, params=query)
        assert (answer.status_code, answer.json()["type"]) == (422, kind)
        assert secret not in answer.text
        assert secret[:8] not in answer.text


async def test_searches_are_counted_by_themselves() -> None:
    async with open_site(searches_per_minute=2) as site:
        answers = [await site.api.get(PATH, params={"q": "gold"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        await site.get("/api/v1/networks")


async def test_a_cursor_of_another_search_is_refused(site: Site) -> None:
    for number in range(2):
        await domain(site, number, "gold.example")
    cursor = (await site.get(PATH, q="gold", limit=1))["next_cursor"]
    answer = await site.api.get(PATH, params={"q": "golf", "cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-cursor")


@pytest.mark.parametrize("q", ["%%", "__", "'; --", "\ud7ff\ue000", "go\x00", "**", "é" * 100, "\U0010ffff" * 2])
async def test_whatever_is_typed_finds_nothing_and_breaks_nothing(site: Site, q: str) -> None:
    await domain(site, "a", "gold.example")
    assert await found(site, q) == []
