"""Nobody waits behind somebody else's hub."""

import time
from pathlib import Path

import pytest

from tests.support.served import ServedSandbox, served_sandbox
from tests.support.system import System, running_system, until

CHILDREN = 100_000
PUBLIC_LIMIT = 3_600
FIRST_CALL_S = 5.0


@pytest.mark.timeout(400)
async def test_a_hub_of_100_000_at_the_public_limit_does_not_delay_another_user(tmp_path: Path) -> None:
    async with served_sandbox(tmp_path / "network", accounts=112_000, hub_children=CHILDREN) as served:
        settings = {**served.settings(), "sandbox_max_per_hour": PUBLIC_LIMIT}
        async with running_system(tmp_path / "data", **settings) as system:
            hub = await system.ask(served.hub, pages=100_000, budget=0)
            # Its own chain is walked in the lane of people, like anybody's; then it is a crawl and nothing else.
            await until(lambda: walked(system, hub), within_s=120, what="the chain of the hub")
            before = pages_of(served)
            await until(lambda: crawled(served, before + 3), within_s=60, what="the crawl of the hub")
            waits = []
            for number in (200, 300):  # one after the other: two people share what people have
                waited, request_id = await first_call_s(served, system, number)
                waits.append(waited)
                await system.completed(request_id, within_s=120)
    assert max(waits) <= FIRST_CALL_S, waits


async def walked(system: System, request_id: str) -> bool:
    """True once the chain of the request's account is known."""
    return bool((await system.get(f"/sandbox/requests/{request_id}"))["lineage"]["done"])


def pages_of(served: ServedSandbox) -> int:
    """How many pages of the hub the source was asked for."""
    path = f"/horizon/accounts/{served.hub}/payments"
    return sum(count for question, count in served.asked.items() if question.startswith(path))


async def crawled(served: ServedSandbox, pages: int) -> bool:
    """True once the source was asked for that many pages of the hub."""
    return pages_of(served) >= pages


async def first_call_s(served: ServedSandbox, system: System, number: int) -> tuple[float, str]:
    """Seconds from asking for an account to the source's first call about it, and the request."""
    address = served.truth.address(number)
    began = time.monotonic()
    request_id = await system.ask(address, budget=0)
    await until(lambda: asked(served, f"/horizon/accounts/{address}", 1), within_s=30, what=f"a call about {address}")
    return time.monotonic() - began, request_id


async def asked(served: ServedSandbox, path: str, times: int) -> bool:
    """True once the source was asked that often about this path."""
    return sum(count for question, count in served.asked.items() if question.startswith(path)) >= times
