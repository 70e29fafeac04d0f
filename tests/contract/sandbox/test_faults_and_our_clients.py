"""What our clients make of each fault: the right error, or what is true in spite of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from stellarmap_common.domain.network import AccountRef, Address, sandbox_key, sandbox_passphrase
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import SourceUnavailable, TransientError
from stellarmap_common.ports.sources import SourcePage
from stellarmap_sandbox.faults.fault import OF_HORIZON, OF_JOBS, Fault, FaultSet, Kind, Source
from stellarmap_sandbox.spec import BASE_LEDGER
from tests.support.sandbox import SEED, SMALL
from tests.support.served import ServedSandbox, served_sandbox
from tests.support.sources import Found, Opened, network_at, opened_sources

KEY = sandbox_key(SEED, SMALL)
SHORT = {Kind.TIMEOUT: 0.01, Kind.SLOW_DRIP: 0.02, Kind.RATE_LIMITED: 1.0}
MOST_TRIES = 200
TRIES_OF_SHAPES = 30  # there are five
SAMPLE = 25  # one account in so many, besides the telling ones

TOLD = {
    Kind.RATE_LIMITED: "answers 429 (too many requests) and asks to wait 1 s",
    Kind.RATE_LIMITED_BARE: "answers 429 (too many requests) without saying how long to wait",
    Kind.SERVER_ERROR: "answers 500 (Internal ",
    Kind.UNAVAILABLE: "answers 503 (",
    Kind.GATEWAY_TIMEOUT: "answers 504 (no body)",
    Kind.TIMEOUT: "does not answer (RemoteProtocolError",
    Kind.RESET: "does not answer (ReadError",
    Kind.TRUNCATED_JSON: "sent something unreadable",
}
HARMLESS = {Kind.SLOW_DRIP, Kind.EMPTY_PAGE_NEXT, Kind.OUT_OF_ORDER}


class Troubled:
    """A network with faults, and our sources that read it."""

    def __init__(self, served: ServedSandbox, opened: Opened) -> None:
        self.served = served
        self.opened = opened
        self.truth = served.truth

    def put(self, kind: Kind, **fields: Any) -> None:
        fault = Fault(kind=kind, seconds=SHORT.get(kind), **fields)
        self.served.sandbox.faults.put(FaultSet(7, (fault,)))

    @property
    def hits(self) -> int:
        return sum(fault.hits for fault in self.served.sandbox.faults.seen().faults)

    def some(self) -> list[Address]:
        """Accounts of every sort."""
        network = self.served.sandbox.world.network
        assert network is not None
        telling = {*network.cast.examples.values(), 0}
        return [self.truth.address(number) for number in sorted({*telling, *range(1, self.truth.count(), SAMPLE)})]

    async def lives_of(self, account: Address) -> Found:
        return await self._read(self.opened.creations.creations_of, account)

    async def children_of(self, account: Address) -> Found:
        return await self._read(self.opened.creations.children_page, account)

    async def _read(self, step: Callable[[AccountRef, str, Lane], Awaitable[SourcePage]], account: Address) -> Found:
        """All pages of a step; what failed for a time is read again, as the bus does."""
        pages: list[SourcePage] = []
        tries = 0
        while not pages or not pages[-1].complete:
            try:
                pages.append(await step(self.opened.ref(account), pages[-1].cursor if pages else "", Lane.USER))
            except TransientError:
                tries += 1
                assert tries < MOST_TRIES, account
        return Found(pages)


@asynccontextmanager
async def troubled_network(folder: Path) -> AsyncIterator[Troubled]:
    async with served_sandbox(folder) as served:
        network = network_at(served.url, passphrase=sandbox_passphrase(KEY), key=KEY)
        async with opened_sources(httpx.AsyncHTTPTransport(), network=network) as opened:
            yield Troubled(served, opened)


@pytest.fixture
async def troubled(networks_dir: Path) -> AsyncIterator[Troubled]:
    async with troubled_network(networks_dir) as troubled:
        yield troubled


@pytest.mark.parametrize("kind", TOLD)
async def test_horizons_fault_becomes_an_error_that_passes(troubled: Troubled, kind: Kind) -> None:
    troubled.put(kind, times=1)
    horizon = troubled.opened.sources.horizon(KEY)
    with pytest.raises(SourceUnavailable) as caught:
        await horizon.payments_of(troubled.served.hub, cursor="", lane=Lane.USER)
    assert TOLD[kind] in str(caught.value)
    assert troubled.hits == 1
    assert await horizon.payments_of(troubled.served.hub, cursor="", lane=Lane.USER)


@pytest.mark.parametrize("kind", TOLD)
async def test_experts_fault_becomes_an_error_that_passes(troubled: Troubled, kind: Kind) -> None:
    troubled.put(kind, times=1, source=Source.EXPERT)
    expert = troubled.opened.sources.expert(KEY)
    assert expert is not None
    with pytest.raises(SourceUnavailable) as caught:
        await expert.account(troubled.served.hub, Lane.USER)
    assert TOLD[kind] in str(caught.value)
    assert await expert.account(troubled.served.hub, Lane.USER)


async def test_wrong_json_of_any_shape_is_believed_nowhere(troubled: Troubled) -> None:
    troubled.put(Kind.WRONG_JSON)
    creations, sources = troubled.opened.creations, troubled.opened.sources
    horizon, expert = sources.horizon(KEY), sources.expert(KEY)
    assert expert is not None
    hub = troubled.opened.ref(troubled.served.hub)
    for _ in range(TRIES_OF_SHAPES):
        for asked in (
            creations.creations_of(hub, "", Lane.USER),
            creations.children_page(hub, "", Lane.USER),
            horizon.effects_of(1 << 32, Lane.USER),
            expert.account(hub.address, Lane.USER),
        ):
            with pytest.raises(SourceUnavailable, match=r"unreadable|cannot be read"):
                await asked
    assert troubled.hits >= 4 * TRIES_OF_SHAPES


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.HISTORY_CUT, *OF_JOBS}])
async def test_what_is_read_in_spite_of_a_fault_is_true(troubled: Troubled, kind: Kind) -> None:
    truth = troubled.truth
    troubled.put(kind, share=1.0 if kind in HARMLESS else 0.4)
    for account in troubled.some():
        lives, children = await troubled.lives_of(account), await troubled.children_of(account)
        if account != truth.genesis:
            expected = [each.operation_id for each in truth.creations(account)]
            assert [each.created_op for each in lives.creations] == expected, account
        created = sorted((each.created_op, each.account) for each in children.creations)
        assert created == sorted((each.operation_id, each.account) for each in truth.children(account)), account
        assert lives.last.creator_unknown_reason is None
    assert troubled.hits or kind is Kind.EMPTY_PAGE_NEXT


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in OF_HORIZON | OF_JOBS])
async def test_a_fault_of_expert_never_makes_a_creator_unknown(troubled: Troubled, kind: Kind) -> None:
    cut = Fault(kind=Kind.HISTORY_CUT, ledger=BASE_LEDGER * 7 // 10)
    fault = Fault(kind=kind, seconds=SHORT.get(kind), share=0.5, source=Source.EXPERT)
    troubled.served.sandbox.faults.put(FaultSet(7, (cut, fault)))
    truth, asked = troubled.truth, 0
    for account in troubled.some():
        if account == truth.genesis:
            continue
        lives, latest = await troubled.lives_of(account), truth.creations(account)[-1]
        assert lives.last.creator_unknown_reason is None, account
        assert not lives.last.not_found
        if lives.unplaced:
            asked += 1
            assert [each.creator for each in lives.unplaced] == [latest.creator], account
        else:
            assert lives.creations[-1].created_op == latest.operation_id, account
    assert asked > 10


async def test_under_a_cut_history_what_is_found_is_true_and_what_is_missing_is_said(troubled: Troubled) -> None:
    elder = BASE_LEDGER * 7 // 10
    troubled.put(Kind.HISTORY_CUT, ledger=elder)
    truth = troubled.truth
    for account in troubled.some():
        children = await troubled.children_of(account)
        expected = [each for each in truth.children(account) if each.operation_id >> 32 >= elder]
        assert sorted(each.created_op for each in children.creations) == sorted(each.operation_id for each in expected)
        assert children.pages[0].since_ledger == elder


@pytest.mark.soak  # a step's bound is 20 s
async def test_an_answer_that_drips_longer_than_a_step_may_take_is_given_up(troubled: Troubled) -> None:
    fault = Fault(kind=Kind.SLOW_DRIP, seconds=60, path="/payments")
    troubled.served.sandbox.faults.put(FaultSet(7, (fault,)))
    hub = troubled.opened.ref(troubled.served.hub)
    with pytest.raises(SourceUnavailable, match="took over 20 s for 1 calls of one step"):
        await troubled.opened.creations.children_page(hub, "", Lane.USER)
