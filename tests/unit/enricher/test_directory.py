"""Who asks at about the same time is asked for together, at most fifty at once, in the lane of the greatest hurry."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from stellarmap_common.adapters.sqlite.connection import MEMORY
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.profile_store import SqliteProfileStore
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.horizon import Record
from stellarmap_enricher.directory import Directory
from tests.support.sources import SteppedClock
from tests.support.stores import account, address


@dataclass
class Expert:
    """A directory that knows everybody with a number divisible by three."""

    asked: list[tuple[int, Lane]] = field(default_factory=list)
    away: bool = False
    base_url: str = "http://expert"

    async def account(self, address: Address, lane: Lane) -> Record | None:
        raise AssertionError(f"nobody asks for an account: {address} {lane}")

    async def directory(self, addresses: Sequence[Address], lane: Lane) -> Sequence[Record]:
        self.asked.append((len(addresses), lane))
        if self.away:
            raise SourceUnavailable("away")
        known = {address(number): f"number {number}" for number in range(0, 120, 3)}
        return [{"address": each, "name": known[each], "tags": []} for each in addresses if each in known]


async def test_those_who_ask_in_one_window_share_a_call_and_the_rest_goes_in_the_next() -> None:
    expert, clock = Expert(), SteppedClock()
    async with open_database(MEMORY, inline=True) as database:
        directory = Directory(lambda _: expert, SqliteProfileStore(database), clock, window_s=0.2)
        asking = [
            asyncio.create_task(directory.listed(account(n), Lane.USER if n == 7 else Lane.GROWTH)) for n in range(120)
        ]
        await clock.pass_s(0.2)
        listed = await asyncio.gather(*asking)
        assert expert.asked == [(50, Lane.USER), (50, Lane.GROWTH), (20, Lane.GROWTH)]
        names = [one.listing.name if one and one.listing else None for one in listed]
        assert names == [f"number {n}" if n % 3 == 0 else None for n in range(120)]

        assert await directory.listed(account(3), Lane.USER) == listed[3]  # also that it knows nobody is believed
        assert await directory.listed(account(4), Lane.USER) == listed[4]
        assert len(expert.asked) == 3
        clock.at += timedelta(hours=24, seconds=1)
        again = asyncio.create_task(directory.listed(account(3), Lane.GROWTH))
        await clock.pass_s(0.2)
        assert (await again) != listed[3]
        assert expert.asked[3:] == [(1, Lane.GROWTH)]


async def test_all_who_waited_are_told_that_it_is_away_and_the_next_call_is_a_new_one() -> None:
    expert, clock = Expert(away=True), SteppedClock()
    async with open_database(MEMORY, inline=True) as database:
        directory = Directory(lambda _: expert, SqliteProfileStore(database), clock, window_s=0.2)
        asking = [asyncio.create_task(directory.listed(account(n), Lane.USER)) for n in range(2)]
        await clock.pass_s(0.2)
        for each in asking:
            with pytest.raises(SourceUnavailable):
                await each
        expert.away = False
        again = asyncio.create_task(directory.listed(account(3), Lane.USER))
        await clock.pass_s(0.2)
        assert await again
        assert expert.asked == [(2, Lane.USER), (1, Lane.USER)]


async def test_where_it_is_off_nothing_is_asked() -> None:
    async with open_database(MEMORY, inline=True) as database:
        directory = Directory(lambda _: None, SqliteProfileStore(database), SteppedClock(), window_s=0.2)
        assert await directory.listed(account(1), Lane.USER) is None
