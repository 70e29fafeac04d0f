"""The service's own hooks: a step that is set aside ends for who asked, and one that is replayed is asked for anew."""

from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.walk import Walker, WalkState
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.subscription import DeadLetter, Subscription
from tests.integration.ingest.test_recorded_end_to_end import FIRST, SECOND, Ingest, ingest
from tests.support.replay import recorded

LETTER = "stellarmap.account.requested.v1.ingest-horizon.dlq:0:0"


async def work_off(mapping: Ingest, refused: str = "") -> list[AccountRequested]:
    """Handles all that is queued; creator steps of `refused` are set aside. Those."""
    dead = []
    while mapping.queue.waiting:
        event = mapping.queue.waiting.popleft()
        row = row_of(mapping, type(event))
        if row is None:
            continue
        if isinstance(event, AccountRequested) and (event.account, event.step) == (refused, Step.CREATOR):
            assert row.before_dead_letter
            await row.before_dead_letter(event, DeadLetter(reason="a bug", attempts=3))
            dead.append(event)
        else:
            await row.handler(event)
    return dead


def row_of(mapping: Ingest, kind: type[object]) -> Subscription | None:
    return next((row for row in mapping.service.subscriptions if row.topic.event is kind), None)


async def test_a_replayed_creator_step_leads_the_chain_to_genesis() -> None:
    async with ingest(recorded()) as mapping:
        ref = mapping.opened.ref(SECOND)
        walker = Walker(mapping.opened.stores, Networks((mapping.opened.network,)))
        await mapping.queue.publish(AccountRequested(id="ask", network=ref.network, account=ref.address))
        dead, *_ = await work_off(mapping, refused=FIRST)
        assert (await walker.walk(ref)).state is WalkState.UNKNOWN
        row = row_of(mapping, type(dead))
        assert row
        assert row.before_replay
        for _ in range(2):  # the bus may be killed in between
            await row.before_replay(dead, LETTER)
            await row.handler(dead)
            await work_off(mapping)
        assert (await walker.walk(ref)).state is WalkState.GENESIS


async def test_every_step_can_come_again() -> None:
    async with ingest(recorded()) as mapping:
        assert all(row.before_replay and row.before_dead_letter for row in mapping.service.subscriptions)
