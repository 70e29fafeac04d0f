"""`stellarmap request` while it waits, with nobody at a terminal."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from tests.support.system import STELLARMAP, environment, running_system

NOBODY = encode_strkey(StrkeyKind.ACCOUNT, bytes(range(32)))
SETTINGS = {"networks": "testnet", "horizon_url_testnet": "http://127.0.0.1:9"}  # nobody is there
WITHIN_S = 60


async def test_a_request_says_what_it_waits_for_and_that_it_is_kept_whoever_leaves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_system(data, **SETTINGS) as system:
        async with waiting(data) as asking:
            asking.send_signal(signal.SIGINT)
            left = await said_at_last(asking)
        async with waiting(data) as asking:
            await system.kill()
            alone = await said_at_last(asking)
            assert asking.returncode == 1
    for told in (left, alone):
        assert "The request is kept" in told
        assert f"stellarmap lineage {NOBODY} --network testnet" in told
        assert "Traceback" not in told


@asynccontextmanager
async def waiting(data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command, once it has said that it waits for Horizon."""
    asking = await asyncio.create_subprocess_exec(
        *("env", "--default-signal=INT"),  # who runs the tests in the background has it ignored
        *(STELLARMAP, "request", NOBODY),
        env=environment(data, SETTINGS),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert asking.stderr is not None
        await asyncio.wait_for(asking.stderr.readuntil(b"waits for Horizon of testnet, away since "), WITHIN_S)
        yield asking
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()


async def said_at_last(asking: asyncio.subprocess.Process) -> str:
    assert asking.stderr is not None
    told = (await asyncio.wait_for(asking.stderr.read(), WITHIN_S)).decode()
    await asking.wait()
    return told
