"""Under steady load a system neither grows nor leaves anything open."""

import asyncio
import os
import statistics
import time
from pathlib import Path

import pytest

from tests.support.harness import chance, progress
from tests.support.harness_network import network_process
from tests.support.measured import report, resident_mib
from tests.support.system import System, running_system

WHOLE_S = float(os.environ.get("STELLARMAP_STEADY_S") or 1_800)
SETTLED = 1 / 3  # of the whole: caches are full by then
EVERY_S = 0.5
LOOK_EVERY = 20  # asks
GROWS_BY_MIB = 10
MORE_OPEN = 4  # connections that happen to be kept alive


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_after_the_first_third_memory_and_descriptors_stay_what_they_are(tmp_path: Path) -> None:
    drawn = chance("steady")
    async with network_process(tmp_path / "network", accounts=100_000) as network:
        data = tmp_path / "data"
        async with running_system(data, **network.settings(sandbox_max_per_hour=36_000, open_requests=1_000)) as system:
            looks: list[tuple[float, float, int]] = []
            began, asks = time.monotonic(), 0
            while (passed := time.monotonic() - began) < WHOLE_S:
                await ask_and_look(system, network.truth.address(drawn.randrange(1, network.truth.count())))
                asks += 1
                if asks % LOOK_EVERY == 0:
                    looks.append((passed, resident_mib(system.process.pid), descriptors(system.process.pid)))
                    progress(f"{passed:.0f} s, {asks} asks: {looks[-1][1]:.0f} MiB, {looks[-1][2]} open")
                await asyncio.sleep(max(0.0, asks * EVERY_S - (time.monotonic() - began)))
            assert await system.stop() == 0
    settled = [look for look in looks if look[0] >= WHOLE_S * SETTLED]
    early, late = settled[: len(settled) // 10 + 1], settled[-(len(settled) // 10 + 1) :]
    grown_mib = statistics.median(look[1] for look in late) - statistics.median(look[1] for look in early)
    more_open = statistics.median(look[2] for look in late) - statistics.median(look[2] for look in early)
    report("steady", whole_s=WHOLE_S, asks=asks, grown_mib=grown_mib, more_open=more_open, mib=late[-1][1])
    assert grown_mib <= GROWS_BY_MIB
    assert more_open <= MORE_OPEN


async def ask_and_look(system: System, address: str) -> None:
    """What a person does: asks for an account, and looks at what is known of it and of everything."""
    await system.ask(address, budget=5, pages=3)
    for path in (f"/sandbox/accounts/{address}/lineage", f"/sandbox/accounts/{address}/children", "/sandbox/overview"):
        await system.api.get(f"/api/v1{path}")


def descriptors(pid: int) -> int:
    """Open files and sockets of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
