"""`stellarmap bigquery seed`: what a seed would cost, one now, and why none comes."""

from pathlib import Path

from tests.integration.cli.test_commands import stellarmap
from tests.support.system import running_system


async def test_a_seed_is_priced_asked_for_and_told_of(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("bigquery", "seed", "--network", "sandbox")
    async with running_system(data, sandbox_ledger_s=0) as system:  # nothing is seeded there by itself
        await system.filled()
        priced = await stellarmap(data, *words, "--dry-run")
        assert (await system.get("/usage"))["bigquery"]["latest"] == []
        assert (await system.get("/sandbox/standings"))["coverage"]["of"] == "mapped"
        done = await stellarmap(data, *words)
        latest = (await system.get("/usage"))["bigquery"]["latest"]
    assert (priced.code, priced.out.split()[0]) == (0, "standings_seed"), priced.err
    assert "accounts that have 10,000 XLM" in priced.out
    assert done.code == 0, done.err
    assert "accounts of sandbox have 10,000 XLM or more: ranks are those of the network as of ledger 56," in done.out
    assert [each["query"] for each in latest] == ["standings_seed"]


async def test_a_refusal_is_the_commands_error(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_system(data, sandbox_ledger_s=0, pipeline_mode="API_ONLY") as system:
        await system.filled()
        refused = await stellarmap(data, "bigquery", "seed", "--network", "sandbox")
        unknown = await stellarmap(data, "bigquery", "seed", "--network", "testnet")
    assert refused.code == unknown.code == 1
    assert "No query runs while pipeline_mode is API_ONLY" in refused.err
    assert "no network of that name" in unknown.err
