"""Accounts that are hard to show: a thousand trust lines, markup for a domain, gone and back, a directory that is silent."""

import json
from datetime import timedelta
from typing import Any

import pytest

from stellarmap_common.domain.profile import EnrichmentReason
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.enrichment import AccountEnriched
from stellarmap_common.events.standings import BalanceUpdated
from tests.support.enriching import Enriched, enriching
from tests.support.replay import RECORDED, Replay
from tests.support.stores import address

MARKUP = "<img src=x onerror=alert(1)>"


def record(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / "java-sdk/account.json").read_text())
    return {**found, **changes}


OWNER = record()["account_id"]


def rich(xlm: int, ledger: int, **changes: Any) -> dict[str, Any]:
    native = {"balance": f"{xlm}.0000000", "asset_type": "native"}
    return record(balances=[native], last_modified_ledger=ledger, **changes)


def balances(system: Enriched) -> list[tuple[int, int, bool]]:
    return [(each.balance_stroops // 10**7, each.version, each.discovered) for each in system.told(BalanceUpdated)]


async def test_an_account_with_a_thousand_trust_lines_is_known_whole_and_told_in_short() -> None:
    line = record()["balances"][1]
    lines = [{**line, "asset_code": f"A{number}"} for number in range(1_000)]
    async with enriching(Replay(accounts={OWNER: record(balances=lines)})) as system:
        await system.enrich(OWNER)
        known = (await system.profile(OWNER)).lines
        assert known
        assert [each.code for each in known.held] == [f"A{number}" for number in range(1_000)]
        (told,) = system.told(AccountEnriched)
        assert told.assets == 1_000


async def test_a_home_domain_with_markup_is_kept_as_text() -> None:
    async with enriching(Replay(accounts={OWNER: record(home_domain=f"{MARKUP}\n\x00")})) as system:
        await system.enrich(OWNER)
        assert [event.home_domain for event in system.told(BalanceUpdated)] == [MARKUP]
        assert [event.home_domain for event in system.told(AccountEnriched)] == [MARKUP]


async def test_nothing_is_told_while_nothing_changes() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100)})
    async with enriching(replay) as system:
        for _ in range(3):
            await system.enrich(OWNER)
        replay.accounts[OWNER] = rich(5, 101, sequence="160470889244710504")
        await system.enrich(OWNER)
        assert balances(system) == [(5, 1006, True)]
        assert len(system.told(AccountEnriched)) == 1


async def test_every_change_of_the_balance_is_told_once_with_its_version() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100)})
    async with enriching(replay) as system:
        for xlm, ledger in ((5, 100), (7, 110), (7, 110), (5, 120)):
            replay.accounts[OWNER] = rich(xlm, ledger)
            await system.enrich(OWNER)
        replay.accounts[OWNER] = rich(9, 115)  # another Horizon, which is behind
        await system.enrich(OWNER)
        assert balances(system) == [(5, 1006, True), (7, 1106, False), (5, 1206, False)]
        assert len({event.id for event in system.told(BalanceUpdated)}) == 3


async def test_an_account_that_was_merged_and_comes_back_is_told_both_times() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100)})
    async with enriching(replay) as system:
        await system.enrich(OWNER)
        del replay.accounts[OWNER]
        await system.enrich(OWNER)
        assert balances(system) == [(5, 1006, True)]  # a Horizon that is behind would answer the same
        system.clock.at += timedelta(minutes=11)
        await system.enrich(OWNER)
        replay.accounts[OWNER] = rich(3, 130)
        await system.enrich(OWNER)
        assert balances(system) == [(5, 1006, True), (0, 1010, False), (3, 1306, False)]


async def test_of_an_account_that_never_was_nothing_is_told() -> None:
    async with enriching(Replay()) as system:
        await system.enrich(address("nobody"))
        assert system.queue.published == [system.request(address("nobody"))]
        assert (await system.profile(address("nobody"))).entry is None


async def test_what_is_fresh_is_not_read_again_unless_somebody_asks_for_just_that() -> None:
    replay = Replay(accounts={OWNER: rich(5, 100)})
    async with enriching(replay) as system:
        await system.enrich(OWNER)
        asked = len(replay.asked)
        await system.enrich(OWNER, reason=EnrichmentReason.REPEAT_SEARCH)
        await system.enrich(OWNER, reason=EnrichmentReason.PERIODIC)
        assert len(replay.asked) == asked
        await system.enrich(OWNER)
        assert len(replay.asked) == asked + 2  # the directory is believed for a day


async def test_a_silent_directory_holds_nothing_up() -> None:
    class Silent(Replay):
        def answer(self, path: list[str], query: Any) -> tuple[int, object]:
            return (503, {"error": "away"}) if path[0] == "expert" else super().answer(path, query)

    async with enriching(Silent(accounts={OWNER: rich(5, 100)})) as system:
        await system.enrich(OWNER)
        assert balances(system) == [(5, 1006, True)]
        assert (await system.profile(OWNER)).listed is None


async def test_a_silent_horizon_is_the_sources_trouble_and_nothing_is_stored() -> None:
    class Silent(Replay):
        def answer(self, path: list[str], query: Any) -> tuple[int, object]:
            return (503, {}) if path[:2] == ["horizon", "assets"] else super().answer(path, query)

    async with enriching(Silent(accounts={OWNER: rich(5, 100)})) as system:
        with pytest.raises(SourceUnavailable):
            await system.enrich(OWNER)
        assert await system.stores.profiles.profile_of(system.ref(OWNER)) is None
        assert system.told(BalanceUpdated) == []
