"""Maven is asked once for the jars of a server, whoever needs them at the same time."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.servers.errors import NoServer
from tests.support.servers.jars import class_path, java

COPIES = """\
import pathlib, sys
asked = pathlib.Path(__file__).with_name("asked")
asked.open("a").write("once\\n")
(folder,) = [each.partition("=")[2] for each in sys.argv if each.startswith("-DoutputDirectory=")]
pathlib.Path(folder).mkdir()
pathlib.Path(folder, "some.jar").touch()
"""
FAILS = COPIES + 'sys.exit("Could not transfer artifact")\n'


def maven_is(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "mvn").write_text(f"#!{sys.executable}\n{does}")
    (folder / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_of_several_runs_at_once_one_fetches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven_is(COPIES, tmp_path / "bin", monkeypatch)
    with ThreadPoolExecutor(4) as runs:
        found = set(runs.map(lambda _: class_path("kafka", tmp_path / "cache"), range(4)))
    (path,) = found
    assert [jar.name for jar in Path(path).parent.iterdir()] == ["some.jar"]
    assert (tmp_path / "bin/asked").read_text() == "once\n"


def test_what_was_half_fetched_is_not_taken_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven_is(FAILS, tmp_path / "bin", monkeypatch)
    with pytest.raises(NoServer, match="Could not transfer artifact"):
        class_path("kafka", tmp_path / "cache")
    maven_is(COPIES, tmp_path / "bin", monkeypatch)
    assert Path(class_path("kafka", tmp_path / "cache")).with_name("some.jar").exists()


def test_a_machine_without_java_or_maven_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(NoServer, match="apt-get install openjdk-17-jre-headless"):
        java()
    with pytest.raises(NoServer, match="apt-get install maven"):
        class_path("kafka", tmp_path / "cache")
