"""A step that waits for the limiter holds up nobody for whom it has room."""

from stellarmap_common.errors import RateLimited
from stellarmap_common.events.requests import AccountRequested
from tests.support.bus import REQUESTED, Handled, OpenedBus, address, asked, on, until


async def test_while_one_waits_for_a_limit_a_newcomer_is_tried_at_once(bus: OpenedBus) -> None:
    async def limited(event: AccountRequested) -> None:
        if event.account == address(1):
            raise RateLimited("no token for a request that had many", retry_after_s=60)

    handled = Handled(limited)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1))
        await until(lambda: handled.calls, "it is refused")
        await bus.publish(asked(2))
        await handled.all(1, within_s=5)
    assert handled.ids == ["asked-2"]
