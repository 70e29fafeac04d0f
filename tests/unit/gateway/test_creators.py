"""Creators of a board are read once, and again when a fact of the account was told, or after a minute if there was none."""

from dataclasses import replace

import pytest

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.events.facts import ChildrenRecorded
from stellarmap_gateway.handlers import Links
from stellarmap_gateway.views.standings import creators as creators_of
from stellarmap_gateway.views.standings.creators import UNKNOWN_S, Creators
from tests.support.gateway import Site, address, creation, open_site


class Counting:
    """The store of creations, and for whom it was asked; a fact may come while it answers."""

    def __init__(self, site: Site) -> None:
        self.asked: list[tuple[AccountRef, ...]] = []
        self.meanwhile: Creation | None = None
        self._inner = site.stores.creations
        self.creators = Creators(replace(site.stores, creations=self), site.clock)  # type: ignore[arg-type]  # what is read of it

    async def creations_of(self, *accounts: AccountRef) -> tuple[Creation, ...]:
        self.asked.append(accounts)
        found = await self._inner.creations_of(*accounts)
        if self.meanwhile:
            await self._inner.record([self.meanwhile])
            self.creators.forget(self.meanwhile.ref)
            self.meanwhile = None
        return found


async def test_all_of_a_board_are_read_at_once_and_once() -> None:
    async with open_site() as site:
        counting = Counting(site)
        refs = [site.ref(number) for number in range(100)]
        await site.record(*(creation(ref, address("maker"), ledger=100) for ref in refs))
        for _ in range(3):
            found = await counting.creators.of(refs[0].network, [ref.address for ref in refs])
            assert found == dict.fromkeys((ref.address for ref in refs), address("maker"))
        assert counting.asked == [tuple(refs)]


async def test_what_is_not_known_is_asked_again_after_a_minute() -> None:
    async with open_site() as site:
        counting, ref = Counting(site), site.ref("later")
        assert await counting.creators.of(ref.network, [ref.address]) == {}
        await site.record(creation(ref, address("maker"), ledger=100))  # by an import: no fact is told
        site.clock.pass_time(UNKNOWN_S - 1)
        assert await counting.creators.of(ref.network, [ref.address]) == {}
        site.clock.pass_time(1)
        assert await counting.creators.of(ref.network, [ref.address]) == {ref.address: address("maker")}
        assert len(counting.asked) == 2


async def test_an_account_created_again_has_its_new_creator_as_soon_as_that_is_told() -> None:
    async with open_site() as site:
        ref = site.ref("again")
        await site.record(creation(ref, address("first"), ledger=100))
        creators = site.gateway.creators
        assert await creators.of(ref.network, [ref.address]) == {ref.address: address("first")}
        again = creation(ref, address("second"), ledger=200)
        await site.record(again)
        page = ChildrenRecorded(
            id="page", network=ref.network, creator=address("second"), children=(again,), page=1, total=1, complete=True
        )
        await Links(site.gateway.walker, creators).on_children_recorded(page)
        assert await creators.of(ref.network, [ref.address]) == {ref.address: address("second")}


async def test_a_fact_that_comes_while_it_is_read_is_not_forgotten() -> None:
    async with open_site() as site:
        counting, ref = Counting(site), site.ref("a")
        await site.record(creation(ref, address("first"), ledger=100))
        counting.meanwhile = creation(ref, address("second"), ledger=200)
        assert await counting.creators.of(ref.network, [ref.address]) == {ref.address: address("first")}
        assert await counting.creators.of(ref.network, [ref.address]) == {ref.address: address("second")}


async def test_no_more_are_kept_than_the_bound_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creators_of, "KEPT", 3)
    async with open_site() as site:
        counting = Counting(site)
        refs = [site.ref(number) for number in range(5)]
        await site.record(*(creation(ref, address("maker"), ledger=100) for ref in refs))
        for ref in (*refs, refs[4], refs[0]):
            assert await counting.creators.of(ref.network, [ref.address]) == {ref.address: address("maker")}
        assert [asked[0] for asked in counting.asked] == [*refs, refs[0]]
