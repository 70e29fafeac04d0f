"""Where a container engine answers: Compose reads the file as we do, and the image is built and starts."""

import os
import shutil
import subprocess

import pytest

from tests.support.tree import ROOT

TOKEN = "0" * 64
IMAGE = "stellarmap:test"

pytestmark = pytest.mark.timeout(1_800)


@pytest.fixture(autouse=True)
def _engine() -> None:
    """Skips where no engine answers, with STELLARMAP_REQUIRE_REAL=1 too: continuous integration has none.

    So Compose and the build are proven only where one is; what can be known without is proven by the rest of this folder.
    """
    if shutil.which("docker") is None or not_done("version") or not_done("compose", "version"):
        pytest.skip("no container engine with Compose answers here: the build of the image is NOT tested")


def test_compose_understands_the_file() -> None:
    services = docker("compose", "--profile", "*", "config", "--services").split()
    assert {"kafka", "cassandra", "gateway", "nginx", "embedded"} <= set(services)


def test_the_image_is_built_and_knows_its_commands() -> None:
    docker("build", "--file", "deploy/service.Dockerfile", "--tag", IMAGE, ".")
    hardened = ("--rm", "--read-only", "--cap-drop", "ALL", "--network", "none")
    assert "stellarmap" in docker("run", *hardened, IMAGE, "--version")
    assert docker("run", *hardened, "--entrypoint", "id", IMAGE, "-u").strip() == "10001"


def docker(*arguments: str) -> str:
    """What the command says."""
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def not_done(*arguments: str) -> bool:
    """Whether it cannot be done here."""
    return run(*arguments).returncode != 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "STELLARMAP_ADMIN_TOKEN_SHA256": TOKEN}
    return subprocess.run(
        ["docker", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
