"""What the cost guard refuses ends as the mode says: told to whoever asked, or read by API with the refusal noted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from stellarmap_common.domain.network import Address
from stellarmap_common.runtime.admin import hash_of
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.integration.cli.test_commands import stellarmap
from tests.support.guarded import RanJob, jobs_at
from tests.support.harness_log import told_in
from tests.support.sandbox import SEED, made_network
from tests.support.system import System, running_system, until

TOKEN = "the admin token of these tests"
SPEC = NetworkSpec(SEED, 1_000)
NO_ACCESS = {"(accessDenied):", "roles/bigquery.jobUser"}  # in what is told
UNLIMITED = {
    "bigquery_enabled": "true",
    "size_limit_mb": "148900",
    "cost_limit_usd": "0.71",
    "daily_limit_gb": "100",
    "monthly_limit_gb": "1000",
}
REFUSED = [
    ("disabled", {"bigquery_enabled": "false"}, "BigQuery is switched off (bigquery_enabled is false)."),
    ("size", {"size_limit_mb": "0"}, "would read 867 MiB; size_limit_mb allows 0."),
    ("price", {"cost_limit_usd": "0"}, "would cost $0.005 (867 MiB); cost_limit_usd allows $0."),
    ("day", {"daily_limit_gb": "0"}, "of 0 GiB (daily_limit_gb) are spent today."),
    ("month", {"monthly_limit_gb": "0"}, "of 0 GiB (monthly_limit_gb) are spent this month."),
]

pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = count(900)


@dataclass(slots=True)
class Running:
    """A system whose configuration changes while it runs."""

    system: System
    truth: Truth
    data: Path

    async def configure(self, **values: str) -> None:
        """Afterwards that is in force, and nothing else is limited."""
        for key, value in {**UNLIMITED, **values}.items():
            answer = await self.system.api.put(
                f"/api/v1/admin/config/{key}", json={"value": value}, headers={"authorization": f"Bearer {TOKEN}"}
            )
            assert answer.status_code == httpx.codes.OK, answer.text

    async def trouble(self, *faults: dict[str, Any]) -> None:
        """Afterwards exactly these faults are on."""
        answer = await self.system.api.put(
            "/sandbox/faults", json={"faults": faults}, headers={"authorization": f"Bearer {TOKEN}"}
        )
        assert answer.status_code == httpx.codes.OK, answer.text

    async def bigquery_becomes(self, state: str) -> Any:
        """What health says of BigQuery, once it is in that state."""

        async def there() -> Any:
            checks = (await self.system.get("/health"))["checks"]
            return next((one for one in checks if (one["component"], one["state"]) == ("bigquery", state)), None)

        return await until(there, within_s=20, what=f"BigQuery {state}", every_s=0.2, log=self.system.log)

    async def asked(self) -> tuple[Address, Any]:
        """One more account, and how the request for it ended."""
        address = self.truth.address(next(_numbers))
        return address, await self.system.completed(await self.system.ask(address, budget=0))

    async def jobs(self) -> list[RanJob]:
        return await jobs_at(f"{self.system.url}/sandbox")

    async def refusals(self, check: str) -> float:
        """How many of them were counted."""
        name = f'stellarmap_cost_guard_refusals_total{{check="{check}"}} '
        lines = (await self.system.api.get("/metrics")).text.splitlines()
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    data = tmp_path_factory.mktemp("refusals") / "data"
    settings = {"bigquery_window_s": 0.1, "sandbox_ledger_s": 0, "admin_token_sha256": hash_of(TOKEN)}
    async with running_system(data, **settings) as system:
        await system.filled()
        yield Running(system, Truth(made_network(data, SPEC)), data)


@pytest.mark.parametrize(("check", "limits", "told"), REFUSED)
async def test_where_bigquery_alone_may_be_read_the_request_fails_with_the_reason(
    running: Running, check: str, limits: dict[str, str], told: str
) -> None:
    await running.configure(pipeline_mode="BIGQUERY_ONLY", **limits)
    before, counted = await running.jobs(), await running.refusals(check)
    address, ended = await running.asked()
    assert ended["status"] == "FAILED"
    stages = {each["stage"]: each for each in ended["stages"]}
    assert stages[1]["state"] == "FAILED"
    assert stages[1]["error"].endswith(told)
    profile = await running.system.get(f"/sandbox/accounts/{address}")
    assert profile["refusals"][0]["reason"].endswith(told)
    assert not profile["refusals"][0]["read_by_api"]
    assert await running.jobs() == before
    assert await running.refusals(check) > counted
    assert told_in(running.data).dead == []
    said = await stellarmap(running.data, "request", address, "--budget", "0")
    assert (said.code, told in said.err) == (1, True), said.err
    assert f"`stellarmap request {address} --network sandbox --retry`" in said.err


@pytest.mark.parametrize(("check", "limits", "told"), REFUSED[1:])
async def test_where_the_api_may_be_read_too_it_is_and_the_refusal_is_noted(
    running: Running, check: str, limits: dict[str, str], told: str
) -> None:
    await running.configure(pipeline_mode="BIGQUERY_WITH_API_FALLBACK", **limits)
    before, counted = await running.jobs(), await running.refusals(check)
    address, ended = await running.asked()
    assert ended["status"] == "COMPLETE"
    (first,) = [each for each in ended["stages"] if each["stage"] == 1]
    assert first["detail"]["pipeline_source"] == "BIGQUERY_WITH_API_FALLBACK"
    assert first["detail"]["refusal"].endswith(told)
    profile = await running.system.get(f"/sandbox/accounts/{address}")
    assert profile["pipeline_source"] == "BIGQUERY_WITH_API_FALLBACK"
    assert profile["refusals"][0]["reason"].endswith(told)
    assert profile["refusals"][0]["read_by_api"]
    assert await running.jobs() == before
    assert await running.refusals(check) > counted


async def test_switched_off_the_api_alone_is_read(running: Running) -> None:
    """Nothing is refused: no step goes to BigQuery first."""
    await running.configure(pipeline_mode="BIGQUERY_WITH_API_FALLBACK", bigquery_enabled="false")
    before = await running.jobs()
    address, ended = await running.asked()
    assert ended["status"] == "COMPLETE"
    assert (await running.system.get(f"/sandbox/accounts/{address}"))["pipeline_source"] != "BIGQUERY"
    assert await running.jobs() == before


async def test_without_access_the_request_fails_and_health_says_what_to_do_until_a_query_runs(
    running: Running,
) -> None:
    await running.configure(pipeline_mode="BIGQUERY_ONLY")
    await running.trouble({"kind": "access_denied"})
    _, ended = await running.asked()
    (first,) = [each for each in ended["stages"] if each["stage"] == 1]
    assert (ended["status"], first["state"], first["detail"]["refusal"]) == ("FAILED", "FAILED", first["error"])
    assert set(first["error"].split()) >= NO_ACCESS
    check = await running.bigquery_becomes("DEGRADED")
    assert set(check["detail"].split()) >= NO_ACCESS
    assert "pipeline_mode" in check["advice"]
    await running.trouble()
    _, ended = await running.asked()
    assert ended["status"] == "COMPLETE"
    assert "are spent" in (await running.bigquery_becomes("HEALTHY"))["detail"]
