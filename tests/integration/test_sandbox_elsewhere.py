"""Where the simulated network is a process of its own, a system tells of it what it tells of one of its own."""

from pathlib import Path

from tests.support.harness_network import network_process
from tests.support.system import running_system, until


async def test_the_examples_of_a_sandbox_elsewhere_are_shown(tmp_path: Path) -> None:
    async with (
        network_process(tmp_path / "network", accounts=1_000) as network,
        running_system(tmp_path / "data", **network.settings()) as system,
    ):

        async def shown() -> list[str]:
            overview = await system.get("/sandbox/overview")
            return [each["label"] for each in overview["examples"]]

        assert "Genesis" in await until(shown, within_s=10, what="the examples", log=system.log)
        assert (await system.get("/networks"))["networks"][0]["fill"] is None


async def test_a_horizon_that_is_no_sandbox_of_ours_has_its_genesis_alone_for_an_example_and_hinders_nothing(
    tmp_path: Path,
) -> None:
    async with running_system(tmp_path / "data", horizon_url_sandbox="http://127.0.0.1:9/horizon") as system:
        overview = await system.get("/sandbox/overview")
        assert [each["label"] for each in overview["examples"]] == ["Genesis"]
        assert overview["fill"] is None
        assert await system.stop() == 0
