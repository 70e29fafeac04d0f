"""The import contracts are kept, and each of them catches what it forbids."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from tests.support.tree import MEMBERS, ROOT

COMMON = "libs/common/src/stellarmap_common"
SANDBOX = "libs/sandbox/src/stellarmap_sandbox"
INGEST = "services/ingest-horizon/src/stellarmap_ingest_horizon"
GATEWAY = "services/gateway/src/stellarmap_gateway"

# Layers of common from the top; two in one row import each other as little as upwards.
LAYERS = (
    ("cli",),
    ("runtime",),
    ("adapters", "lineage"),
    ("observability",),
    ("ports",),
    ("events",),
    ("domain",),
    ("errors",),
)

# contract → folder and line of each violation that it alone must catch
VIOLATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "members": (
        (GATEWAY, "import stellarmap_ingest_horizon"),
        (INGEST, "import stellarmap_sandbox"),
        (f"{COMMON}/runtime", "import stellarmap_web"),
    ),
    "domain": ((f"{COMMON}/domain", "import msgspec"),),
    "adapters": (
        (INGEST, "import stellarmap_common.adapters.planted"),
        (f"{COMMON}/cli", "import stellarmap_common.adapters"),
    ),
    "command_line": ((GATEWAY, "import stellarmap_common.cli"),),
    "kafka": ((f"{COMMON}/adapters/sqlite", "import aiokafka.structs"), (GATEWAY, "from faststream import FastStream")),
    "sqlite": ((f"{COMMON}/adapters/kafka", "import sqlite3"), (SANDBOX, "import sqlite3.dbapi2")),
    "cassandra": (
        (f"{COMMON}/adapters/sqlite", "import cassandra.cluster"),
        (GATEWAY, "from cassandra import Timeout"),
    ),
    "nacl": ((INGEST, "from nacl.signing import SigningKey"),),
    "order": ((GATEWAY, "from sortedcontainers import SortedList"),),
    "bigquery": ((GATEWAY, "from google.cloud import bigquery"), (SANDBOX, "import pyarrow.parquet")),
    "http": ((GATEWAY, "import httpx"), (f"{COMMON}/lineage", "import tenacity")),
}


def configured() -> dict[str, str]:
    """Contract → its name, of `.importlinter`."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    sections = [section for section in parser.sections() if section.startswith("importlinter:contract:")]
    return {section.rpartition(":")[2]: str(parser[section]["name"]) for section in sections}


class Tree:
    """A copy of every member's Python, in which violations may be planted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for member in MEMBERS:
            name = member.relative_to(ROOT)
            shutil.copytree(member / "src", root / name / "src", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / ".importlinter", root)
        contract_types = Path("tests/architecture/standard_library_only.py")
        (root / contract_types).parent.mkdir(parents=True)
        shutil.copy(ROOT / contract_types, root / contract_types)
        self.plant(
            f"{COMMON}/adapters", "", "planted"
        )  # something to import that does not depend on what adapters hold

    def plant(self, folder: str, line: str, module: str) -> Path:
        planted = self.root / folder / f"{module}.py"
        planted.write_text(f"{line}\n")
        return planted

    def append(self, layer: str, line: str) -> None:
        """One more line in a layer of common: in its package, or in the one file that it is."""
        package = self.root / COMMON / layer / "__init__.py"
        source = package if package.exists() else self.root / COMMON / f"{layer}.py"
        source.write_text(f"{source.read_text()}\n{line}\n")

    def lint(self) -> str:
        """What `lint-imports` prints about this tree and not about the one that is installed."""
        paths = [str(self.root), *(str(path) for path in self.root.glob("*/*/src"))]
        command = [str(Path(sys.executable).with_name("lint-imports")), "--cache-dir", str(self.root / "cache")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "300", "NO_COLOR": "1"}
        return subprocess.run(
            command, cwd=self.root, env=environment, check=False, capture_output=True, text=True
        ).stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def broken_by(tree: Tree) -> Callable[[str, str], set[str]]:
    """The names of the contracts that one more line in a folder breaks."""

    def broken(folder: str, line: str) -> set[str]:
        planted = tree.plant(folder, line, "violation")
        try:
            return broken_contracts(tree.lint())
        finally:
            planted.unlink()

    return broken


def broken_contracts(printed: str) -> set[str]:
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\s*$", printed, flags=re.MULTILINE))
    assert set(verdicts) == set(configured().values()), printed
    return {contract for contract, verdict in verdicts.items() if verdict == "BROKEN"}


def test_every_contract_is_kept(tree: Tree) -> None:
    printed = tree.lint()
    assert broken_contracts(printed) == set(), printed


def test_every_contract_has_a_violation_here() -> None:
    assert set(configured()) == {"layers", *VIOLATIONS}


@pytest.mark.parametrize(
    ("contract", "folder", "line"),
    [(contract, folder, line) for contract, found in VIOLATIONS.items() for folder, line in found],
)
def test_a_violation_is_caught_by_its_contract_alone(
    contract: str, folder: str, line: str, broken_by: Callable[[str, str], set[str]]
) -> None:
    assert broken_by(folder, line) == {configured()[contract]}


def test_every_import_against_the_layers_is_caught(tmp_path: Path) -> None:
    rows = list(pairwise(LAYERS))
    upwards = {(lower, upper) for uppers, lowers in rows for upper in uppers for lower in lowers}
    sideways = {pair for row in LAYERS for pair in permutations(row, 2)}
    tree = Tree(tmp_path)
    for importer, imported in upwards | sideways:
        tree.append(importer, f"import stellarmap_common.{imported}")
    printed = tree.lint()
    assert configured()["layers"] in broken_contracts(printed)
    told = re.findall(r"^- stellarmap_common\.(\w+) -> stellarmap_common\.(\w+) ", printed, flags=re.MULTILINE)
    assert (upwards | sideways) - set(told) == set(), printed
