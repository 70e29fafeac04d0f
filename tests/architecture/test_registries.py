"""No tracked file names a package registry's address: whoever installs StellarMap chooses the mirror."""

import json
from pathlib import Path

from tests.support.tree import ROOT, tracked_files

# In halves, so that this file is not its own first finding.
HOSTS = tuple(
    "".join(halves)
    for halves in (
        ("pypi", ".org"),
        ("files.python", "hosted"),
        ("registry.", "npmjs"),
        ("registry.", "yarnpkg"),
        ("npm", "mirror.com"),
        ("repo1.", "maven.org"),
        ("repo.", "maven.apache.org"),
        ("deb.", "debian.org"),
        ("proxy.", "golang.org"),
        ("crates", ".io"),
    )
)


def test_no_tracked_file_names_a_registry() -> None:
    assert {str(path.relative_to(ROOT)): found for path in tracked_files() if (found := hosts_in(path))} == {}


def test_the_locks_hold_versions_and_hashes_alone() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
        assert [line for line in lines if "://" in line or line.startswith("-")] == []
        packages = [line for line in lines if not line.startswith(" ")]
        assert packages
        assert [line for line in packages if "==" not in line] == []


def test_the_lock_of_the_web_ui_has_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "services/web/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


def hosts_in(path: Path) -> list[str]:
    text = path.read_bytes().decode(errors="replace").lower()
    return [host for host in HOSTS if host in text]
