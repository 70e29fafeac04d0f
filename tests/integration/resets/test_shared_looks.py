"""However many steps wait, a look is made once, and has one outcome; what a Horizon refuses at it is no step's fault."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from stellarmap_common.domain.network import TESTNET_PASSPHRASE, NetworkName
from stellarmap_common.errors import SourceUnavailable
from stellarmap_ingest_horizon.resets import ResetWatch
from tests.support.resetting import FIRST_KEY
from tests.support.sources import HastyClock, network_at, opened_sources, settled
from tests.support.testnet import Testnet, epoch_of_testnet

STEPS = 24
ROOT = "/horizon/"


@dataclass
class Slow:
    """A Horizon that answers when it is let, and then with `status` in place of the answer, if one is set."""

    behind: Testnet
    status: int = 0
    let: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self.status:
            await self.let.wait()
            await self.behind(scope, receive, send)
            return
        self.behind.asked.append(scope["path"])
        await self.let.wait()
        await JSONResponse({"title": "Refused"}, self.status)(scope, receive, send)

    @property
    def looks(self) -> int:
        return self.behind.asked.count(ROOT)


@dataclass(frozen=True)
class Watched:
    """The watch of a testnet, and its Horizon."""

    watch: ResetWatch
    horizon: Slow

    def confirming(self, count: int) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.watch.confirm(FIRST_KEY)) for _ in range(count)]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    network = network_at(
        "http://testnet", passphrase=TESTNET_PASSPHRASE, key=FIRST_KEY, expert=False, name=NetworkName.TESTNET, epoch=1
    )
    slow, clock = Slow(Testnet(epoch_of_testnet(tmp_path, 1_000))), HastyClock()
    async with opened_sources(slow, network=network, clock=clock) as opened:
        sources = opened.sources
        watch = ResetWatch(sources.networks, opened.stores.epochs, sources.horizon, clock, every_s=300)
        yield Watched(watch, slow)


async def test_a_look_that_fails_fails_for_all_who_waited_and_is_made_once(watched: Watched) -> None:
    watched.horizon.status = HTTPStatus.SERVICE_UNAVAILABLE
    steps = watched.confirming(STEPS)
    await settled()
    assert watched.horizon.looks == 1
    watched.horizon.let.set()
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {SourceUnavailable}
    assert watched.horizon.looks == 1
    watched.horizon.status = 0
    await asyncio.gather(*watched.confirming(STEPS))
    assert watched.horizon.looks == 2


async def test_a_look_goes_on_though_who_began_it_is_cancelled(watched: Watched) -> None:
    first, *others = watched.confirming(3)
    await settled()
    first.cancel()
    await asyncio.wait([first])
    watched.horizon.let.set()
    await asyncio.gather(*others)
    await watched.watch.confirm(FIRST_KEY)
    assert watched.horizon.looks == 1


async def test_a_look_that_nobody_waits_for_any_more_has_ended(watched: Watched) -> None:
    alone = asyncio.all_tasks()
    steps = watched.confirming(3)
    await settled()
    for step in steps:
        step.cancel()
    await asyncio.wait(steps)
    assert asyncio.all_tasks() == alone
    watched.horizon.let.set()
    await watched.watch.confirm(FIRST_KEY)  # whoever comes later makes one of his own


async def test_a_look_confirms_nothing_if_a_call_failed_meanwhile(watched: Watched) -> None:
    (step,) = watched.confirming(1)
    await settled()
    watched.watch.doubt(FIRST_KEY)
    watched.horizon.let.set()
    with pytest.raises(SourceUnavailable, match="looked at again"):
        await step
    looks = watched.horizon.looks
    await watched.watch.confirm(FIRST_KEY)
    assert watched.horizon.looks == looks + 1


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.MOVED_PERMANENTLY])
async def test_a_horizon_that_refuses_to_be_looked_at_is_waited_for_and_says_what_was_asked(
    watched: Watched, status: HTTPStatus
) -> None:
    watched.horizon.status = status
    watched.horizon.let.set()
    with pytest.raises(SourceUnavailable, match=f"Whether testnet was reset cannot be seen: .* answers {status} to /"):
        await watched.watch.confirm(FIRST_KEY)
    await watched.watch.look_around()  # the loop goes on
