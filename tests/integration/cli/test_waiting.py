"""`stellarmap request` while it waits, with nobody at a terminal."""

import asyncio
from pathlib import Path

from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from tests.support.system import STELLARMAP, environment, running_system

NOBODY = encode_strkey(StrkeyKind.ACCOUNT, bytes(range(32)))
NOWHERE = "http://127.0.0.1:9"
WITHIN_S = 60


async def test_a_request_says_what_it_waits_for_and_that_it_is_kept_when_the_system_dies(tmp_path: Path) -> None:
    settings = {"networks": "testnet", "horizon_url_testnet": NOWHERE}
    async with running_system(tmp_path / "data", **settings) as system:
        asking = await asyncio.create_subprocess_exec(
            STELLARMAP,
            *("request", NOBODY),
            env=environment(tmp_path / "data", settings),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert asking.stderr is not None
            await asyncio.wait_for(asking.stderr.readuntil(b"waits for Horizon of testnet, away since "), WITHIN_S)
            await system.kill()
            told = (await asyncio.wait_for(asking.stderr.read(), WITHIN_S)).decode()
            assert await asking.wait() == 1
        finally:
            if asking.returncode is None:
                asking.kill()
                await asking.wait()
    assert "The request is kept" in told
    assert f"stellarmap lineage {NOBODY} --network testnet" in told
    assert "Traceback" not in told
