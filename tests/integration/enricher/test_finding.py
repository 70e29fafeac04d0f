"""An account is found by what it is now: under its domains and tags, and among the notable children of who created it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stellarmap_common.domain.lookup import Notable, Term, TermKind
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.profile import Profile, Told
from stellarmap_common.events.enrichment import AccountEnriched
from stellarmap_common.observability.failpoints import FailpointHit, arm_failpoint
from stellarmap_common.ports.horizon import HORIZON_PAGE
from stellarmap_enricher.failpoints import ENRICHMENT
from tests.integration.enricher.test_strange_accounts import OWNER, rich
from tests.support.enriching import Enriched, enriching
from tests.support.replay import Replay
from tests.support.stores import address, creation, end

HUB, OTHER = address("hub"), address("another hub")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm_failpoint("")


def domain(text: str) -> Term:
    return Term(TermKind.DOMAIN, text)


async def found(system: Enriched, *terms: Term) -> list[bool]:
    """By which of the terms the account is found."""
    lookups, network = system.stores.lookups, system.opened.network.key
    return [await lookups.by_term(network, term, None, 9) == (Address(OWNER),) for term in terms]


async def named(system: Enriched, creator: Address) -> list[Address]:
    children = await system.stores.notables.children_of(AccountRef(system.opened.network.key, creator), 9)
    return [each.child for each in children]


async def made_by(system: Enriched, creator: Address, ledger: int) -> None:
    made = replace(creation("child", "hub", ledger), network=system.opened.network.key, creator=creator)
    await system.stores.creations.record([replace(made, account=Address(OWNER))])


def directory(*tags: str, **listed: Any) -> list[dict[str, Any]]:
    return [{"address": OWNER, "name": "A & Co", "domain": "a.example", "tags": tags, "paging_token": "1", **listed}]


async def test_an_account_is_found_by_its_address_its_domains_and_its_tags() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100, home_domain="Own.Example")}, listed=directory("Anchor"))
    async with enriching(replay) as system:
        await system.enrich(OWNER)
        terms = (domain("own.example"), domain("a.example"), Term(TermKind.TAG, "anchor"))
        assert await found(system, *terms) == [True, True, True]
        assert await system.stores.lookups.by_prefix(system.opened.network.key, OWNER[:5], None, 9) == (OWNER,)


async def test_who_changes_its_domain_is_found_by_the_new_one_alone_and_by_the_old_one_again() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100, home_domain="old.example")})
    async with enriching(replay) as system:
        expected = {"old.example": [True, False], "new.example": [False, True]}
        for ledger, now in ((100, "old.example"), (110, "new.example"), (120, "old.example"), (120, "old.example")):
            replay.accounts[OWNER] = rich(5, ledger, home_domain=now)
            await system.enrich(OWNER)
            assert await found(system, domain("old.example"), domain("new.example")) == expected[now]


@pytest.mark.parametrize(
    ("xlm", "home_domain", "tags", "issues", "is_notable"),
    [
        (9_999, None, (), (), False),
        (10_000, None, (), (), True),
        (5, "own.example", (), (), True),
        (5, None, ("anchor",), (), True),
        (5, None, (), ("USD",), True),
    ],
)
async def test_a_child_is_notable_for_a_tag_a_domain_an_asset_of_its_own_or_a_balance(
    xlm: int, home_domain: str | None, tags: tuple[str, ...], issues: tuple[str, ...], *, is_notable: bool
) -> None:
    replay = Replay(
        accounts={OWNER: rich(xlm, 100, home_domain=home_domain)},
        listed=directory(*tags) if tags else [],
        assets={OWNER: [{"asset_type": "credit_alphanum4", "asset_code": code} for code in issues]},
    )
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        await system.enrich(OWNER)
        assert await named(system, HUB) == ([OWNER] if is_notable else [])
        shown = await system.stores.notables.children_of(system.ref(HUB), 9)
        assert [face.issues for face in shown] == ([issues] if is_notable else [])


@pytest.mark.parametrize(("issues", "complete"), [(HORIZON_PAGE - 1, True), (HORIZON_PAGE, False)])
async def test_with_the_assets_of_a_child_it_is_kept_whether_those_are_all(issues: int, *, complete: bool) -> None:
    codes = [f"A{number}" for number in range(issues)]
    replay = Replay(
        accounts={OWNER: rich(5, 100)},
        assets={OWNER: [{"asset_type": "credit_alphanum4", "asset_code": code} for code in codes]},
    )
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        await system.enrich(OWNER)
        (shown,) = await system.stores.notables.children_of(system.ref(HUB), 9)
        assert (shown.issues, shown.issues_complete) == (tuple(codes), complete)


async def test_what_is_told_of_a_notable_child_is_as_it_was_read_last_and_ends_with_it() -> None:
    replay = Replay(accounts={OWNER: rich(20_000, 100, home_domain=None)})
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        for xlm, ledger in ((20_000, 100), (30_000, 110)):
            replay.accounts[OWNER] = rich(xlm, ledger, home_domain=None)
            await system.enrich(OWNER)
        (shown,) = await system.stores.notables.children_of(system.ref(HUB), 9)
        assert shown == Notable(child=Address(OWNER), balance_stroops=30_000 * 10**7, issues=(), issues_complete=True)
        replay.accounts[OWNER] = rich(5, 120, home_domain=None)
        await system.enrich(OWNER)
        assert await named(system, HUB) == []


async def test_by_a_clock_that_is_behind_news_is_told_once_and_shown_and_what_left_comes_back() -> None:
    replay = Replay(accounts={OWNER: rich(20_000, 100, home_domain=None)})
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        await system.enrich(OWNER)
        system.clock.at -= timedelta(hours=1)  # as of another replica
        for xlm, ledger in ((30_000, 110), (5, 120), (40_000, 130)):
            replay.accounts[OWNER] = rich(xlm, ledger, home_domain=None)
            await system.enrich(OWNER)
            shown = await system.stores.notables.children_of(system.ref(HUB), 9)
            assert [face.balance_stroops for face in shown] == ([xlm * 10**7] if xlm > 5 else [])
            published = len(system.queue.published)
            await system.enrich(OWNER)
            assert len(system.told(AccountEnriched)) == (ledger - 90) // 10
            assert [event for event in system.queue.published[published:] if isinstance(event, AccountEnriched)] == []


async def test_an_account_that_was_created_anew_is_a_child_of_who_did_it_last() -> None:
    replay = Replay(accounts={OWNER: rich(20_000, 100, home_domain=None)})
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        await system.enrich(OWNER)
        assert (await named(system, HUB), await named(system, OTHER)) == ([OWNER], [])
        ended = replace(end("child", "heir", 60), network=system.opened.network.key, account=Address(OWNER))
        await system.stores.creations.record((), [ended])
        await made_by(system, OTHER, 70)
        await system.enrich(OWNER)
        assert (await named(system, HUB), await named(system, OTHER)) == ([], [OWNER])


async def test_who_was_known_before_places_were_kept_is_put_there_by_the_next_reading() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100, home_domain="own.example")})
    async with enriching(replay) as system:
        await system.enrich(OWNER)
        told = (await system.profile(OWNER)).told
        assert told
        await system.stores.lookups.remove(system.ref(OWNER), (domain("own.example"),), told.at)
        system.clock.at += timedelta(seconds=1)
        forgotten = Told(at=system.clock.now(), digest=told.digest, balance=told.balance)
        await system.stores.profiles.put(Profile(account=system.ref(OWNER), told=forgotten))
        await system.enrich(OWNER)
        assert await found(system, domain("own.example")) == [True]


@pytest.mark.parametrize("place", ENRICHMENT)
async def test_cut_off_anywhere_it_is_found_by_what_it_is_when_it_is_read_again(place: str) -> None:
    replay = Replay(accounts={OWNER: rich(20_000, 100, home_domain="old.example")})
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        await system.enrich(OWNER)
        replay.accounts[OWNER] = rich(5, 110, home_domain="new.example")
        arm_failpoint(f"{place}:1:raise")
        with pytest.raises(FailpointHit):
            await system.enrich(OWNER)
        system.queue.waiting.clear()
        await system.enrich(OWNER)
        assert await found(system, domain("old.example"), domain("new.example")) == [False, True]
        replay.accounts[OWNER] = rich(5, 120, home_domain=None)
        await system.enrich(OWNER)
        assert await found(system, domain("old.example"), domain("new.example")) == [False, False]
        assert await named(system, HUB) == []


@pytest.mark.parametrize("behind", [timedelta(), timedelta(hours=1)])
@pytest.mark.parametrize("place", ENRICHMENT)
async def test_cut_off_anywhere_who_has_become_another_meanwhile_is_found_by_that_alone(
    place: str, behind: timedelta
) -> None:
    replay = Replay(accounts={OWNER: rich(20_000, 100, home_domain="old.example")})
    async with enriching(replay) as system:
        await made_by(system, HUB, 50)
        arm_failpoint(f"{place}:1:raise")
        with pytest.raises(FailpointHit):
            await system.enrich(OWNER)
        system.queue.waiting.clear()
        system.clock.at -= behind
        replay.accounts[OWNER] = rich(5, 110, home_domain=None)
        await system.enrich(OWNER)
        assert await found(system, domain("old.example")) == [False]
        assert await named(system, HUB) == []
        replay.accounts[OWNER] = rich(6, 120, home_domain="old.example")
        await system.enrich(OWNER)
        assert await found(system, domain("old.example")) == [True]
        assert await named(system, HUB) == [OWNER]
