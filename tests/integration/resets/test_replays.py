"""What was set aside in an epoch that is over is dropped when it comes again: nothing is written, nothing set aside anew."""

from pathlib import Path

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.horizon import LAG
from stellarmap_common.ports.run_store import RunRef
from stellarmap_common.ports.subscription import DeadLetter, Subscription
from stellarmap_ingest_horizon.resets import AGAIN_S
from tests.support.resetting import SECOND_KEY, Resetting, resetting
from tests.support.testnet import Testnet, epoch_of_testnet

LETTER = "stellarmap.account.requested.v1.ingest-horizon.dlq:0:0"
GIVEN_UP = DeadLetter(reason="a bug", attempts=3)
CHECK_S = 300


def row_of(system: Resetting) -> Subscription:
    return next(row for row in system.service.subscriptions if row.topic.event is AccountRequested)


def taken(system: Resetting) -> list[AccountRequested]:
    """The steps that wait, taken from the queue."""
    found = [event for event in system.queue.waiting if isinstance(event, AccountRequested)]
    system.queue.waiting.clear()
    return found


async def reset(system: Resetting, folder: Path) -> None:
    system.testnet.play(epoch_of_testnet(folder, 1_200))
    for seconds in (CHECK_S, AGAIN_S):
        system.pass_s(seconds)
        await system.turn("resets")
    assert system.current.key == SECOND_KEY


async def test_a_dead_letter_of_an_epoch_that_is_over_is_dropped_when_it_is_replayed(tmp_path: Path) -> None:
    before = epoch_of_testnet(tmp_path, 1_000, ledgers=2 * LAG)
    async with resetting(Testnet(before)) as system:
        await system.map(Address(before.keys.address(900)))
        asked = await system.ask(Address(before.keys.address(901)))
        row, dead = row_of(system), taken(system)
        assert row.before_dead_letter
        assert row.before_replay
        for event in dead:
            await row.before_dead_letter(event, GIVEN_UP)
        await reset(system, tmp_path)
        published = len(system.queue.published)
        assert not (await system.request(asked)).cancelled
        for event in dead:
            await row.before_replay(event, LETTER)
            await row.handler(event)
        assert len(system.queue.published) == published
        assert await system.stores.requests.open_requests(asked.ref.network) == ()


async def test_a_step_that_is_given_up_after_its_epoch_writes_nothing_into_it(tmp_path: Path) -> None:
    before = epoch_of_testnet(tmp_path, 1_000, ledgers=2 * LAG)
    async with resetting(Testnet(before)) as system:
        await system.map(Address(before.keys.address(900)))
        asked = await system.ask(Address(before.keys.address(901)))
        row, steps = row_of(system), taken(system)
        await reset(system, tmp_path)
        published = len(system.queue.published)
        assert row.before_dead_letter
        for event in steps:
            await row.before_dead_letter(event, GIVEN_UP)
        assert len(system.queue.published) == published
        runs = [await system.stores.runs.run_of(RunRef(asked.asked, step)) for step in Step]
        assert runs == [None, None]
