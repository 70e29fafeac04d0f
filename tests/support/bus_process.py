"""A process that publishes or handles until it is done or killed.

`python -m tests.support.bus_process SPEC publish|handle|together|serve …`; `serve` handles until SIGTERM.

What it prints has happened: `acknowledged ID …` after publish returned, `handled ID` when a handler is through.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from itertools import count

from stellarmap_common.events.base import derived_id
from stellarmap_common.events.requests import AccountQueued, AccountRequested
from stellarmap_common.observability.failpoints import arm_failpoint
from stellarmap_common.runtime.clock import SystemClock
from tests.support.bus import REQUESTED, SANDBOX, OpenedBus, address, backend_of, on, until_read

KEYS = 20
AT_ONCE = 25
TOGETHER = 6  # of the 20 that each key has in the tests of crashes
A_MOMENT_S = 0.005


def follow_up(event: AccountRequested) -> AccountQueued:
    """What the handler publishes: the same each time the record is read."""
    return AccountQueued(
        id=derived_id(event.id, AccountQueued.type, "next"), network=SANDBOX, account=event.account, cursor=event.id
    )


async def publish(bus: OpenedBus, most: int) -> None:
    """Publishes numbered events, a key after the other, without end or up to `most`."""
    numbers = count() if most == 0 else iter(range(most))
    run = os.getpid()
    while True:
        events = [
            AccountRequested(id=f"{run}-{number:07}", network=SANDBOX, account=address(number % KEYS))
            for _, number in zip(range(AT_ONCE), numbers, strict=False)
        ]
        if not events:
            return
        await bus.publish(*events)
        print("acknowledged", *(event.id for event in events), flush=True)  # noqa: T201 - the test reads it


async def handle(bus: OpenedBus) -> None:
    """Handles everything there is, and publishes what follows."""

    async def handler(event: AccountRequested) -> None:
        await bus.publish(follow_up(event))
        print("handled", event.id, flush=True)  # noqa: T201 - the test reads it

    async with bus.running(on(REQUESTED, handler, records=8)):
        await until_read(bus, topics=(REQUESTED,))


async def handle_together(bus: OpenedBus) -> None:
    """The same, several of one key in one call."""

    async def handler(events: Sequence[AccountRequested]) -> None:
        for event in events:
            await bus.publish(follow_up(event))
        print("handled", *(event.id for event in events), flush=True)  # noqa: T201 - the test reads it

    async with bus.running(on(REQUESTED, handler, records=8, together=TOGETHER)):
        await until_read(bus, topics=(REQUESTED,))


async def serve(bus: OpenedBus) -> None:
    """Handles what comes, a moment each, until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def handler(event: AccountRequested) -> None:
        await asyncio.sleep(A_MOMENT_S)
        print("handled", event.id, flush=True)  # noqa: T201 - the test reads it

    async with bus.running(on(REQUESTED, handler, records=8)):
        print("joined", flush=True)  # noqa: T201 - the test waits for it
        await stop.wait()


async def main(spec: str, does: str, most: int) -> None:
    """Does it on the backend of `spec`."""
    async with backend_of(spec).open(clock=SystemClock()) as bus:
        print("opened", flush=True)  # noqa: T201 - the test waits for it
        match does:
            case "handle":
                await handle(bus)
            case "together":
                await handle_together(bus)
            case "serve":
                await serve(bus)
            case _:
                await publish(bus, most)


if __name__ == "__main__":
    arm_failpoint(os.environ.get("STELLARMAP_FAILPOINT", ""))
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0))
