"""Thresholds are changed while the whole system runs: every service ranks by the new ones within two seconds."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from tests.support.system import System, running_system, until

IN_FORCE_S = 2.0
NEW = [1, 20_000, 100_000]


async def configured(system: System, data_dir: Path, key: str, value: str) -> float:
    """When it was answered that the key has this value."""
    token = (data_dir / "admin-token").read_text(encoding="utf-8").strip()
    answer = await system.api.put(
        f"/api/v1/admin/config/{key}", json={"value": value}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.is_success, answer.text
    return time.monotonic()


async def board(system: System, **query: int) -> Any:
    return await system.get("/sandbox/standings", **query)


@pytest.mark.timeout(180)
async def test_new_thresholds_are_in_force_everywhere_within_two_seconds(tmp_path: Path) -> None:
    async with running_system(tmp_path / "data") as system:
        await system.filled()
        examples = (await system.get("/sandbox/overview"))["examples"]
        for example in examples:
            await system.completed(await system.ask(example["address"]))

        async def ranked() -> Any:
            return (await board(system))["coverage"]["accounts"] > 0

        await until(ranked, within_s=60, what="somebody is ranked", log=system.log)
        answered = await configured(system, tmp_path / "data", "hva_supported_thresholds", "1,20000,100000")

        async def in_force() -> Any:
            shown = await board(system, limit=1_000, threshold=1) if await lists_it() else None
            return shown if shown and not shown["coverage"]["rebuilding"] else None

        async def lists_it() -> bool:
            return [each["threshold_xlm"] for each in (await board(system))["figures"]] == NEW

        shown = await until(in_force, within_s=IN_FORCE_S, what="the new thresholds", log=system.log)
        assert time.monotonic() - answered < IN_FORCE_S
        assert all(int(row["balance_stroops"]) >= STROOPS_PER_XLM for row in shown["rows"])
        refused = await system.api.get("/api/v1/sandbox/standings", params={"threshold": 50_000})
        assert (refused.status_code, "1, 20000, 100000" in refused.text) == (httpx.codes.UNPROCESSABLE_ENTITY, True)
        changes = (await system.get("/sandbox/standings/changes", threshold=1, type="ENTERED", limit=500))["changes"]
        entered = {change["address"] for change in changes if change["reason"] == "threshold_changed"}
        assert {row["address"] for row in shown["rows"]} <= entered | {
            change["address"] for change in changes if change["reason"] in {"moved", "discovered"}
        }
        assert entered
