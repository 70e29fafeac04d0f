"""Changes a running system's configuration and its troubles, as whoever holds its admin token does."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.run_store import Progress, RunRef
from tests.support.harness_network import NetworkProcess
from tests.support.mapped import Mapped
from tests.support.system import System

PLENTY = {"daily_limit_gb": 1_000_000, "monthly_limit_gb": 1_000_000}  # budgets that no test passes


def reading(network: NetworkProcess, **more: object) -> dict[str, Any]:
    """What makes a system read that network by both routes."""
    return network.settings(bigquery_url_sandbox=f"{network.url}/bigquery", **PLENTY, **more)


async def configure(system: System, data: Path, **values: object) -> None:
    """Afterwards the system is told to work by these values."""
    token = (data / "admin-token").read_text().strip()
    for key, value in values.items():
        answer = await system.api.put(
            f"/api/v1/admin/config/{key}",
            json={"value": f"{value}", "changed_by": "tests"},
            headers={"authorization": f"Bearer {token}"},
        )
        assert answer.status_code == httpx.codes.OK, answer.text


async def children_read(store: Mapped, account: Address) -> Progress:
    """How far the account's children are read."""
    run = await store.stores.runs.run_of(RunRef(store.ref(account), Step.CHILDREN))
    return run.progress if run else Progress()


def in_force_after(system: System, key: str, value: object, *, since: datetime) -> float:
    """Seconds from then until the value was in force, as the system's log tells."""
    lines = (json.loads(line) for line in system.log.read_text().splitlines() if line.startswith("{"))
    told = [
        line for line in lines if line["event"] == "config_changed" and (line["key"], line["now"]) == (key, f"{value}")
    ]
    moments = [datetime.fromisoformat(line["timestamp"]) for line in told]
    return min((moment - since).total_seconds() for moment in moments if moment >= since)
