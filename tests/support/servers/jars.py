"""The jars of a server, copied once by Maven into `.cache/servers`, in a folder named by the hash of the pom."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tests.support.servers.errors import NoServer
from tests.support.tree import ROOT

SERVERS = ("kafka", "cassandra")
CACHE = ROOT / ".cache/servers"
HERE = Path(__file__).parent
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
FETCH_S = 600


def java() -> str:
    """The Java that JAVA_HOME or PATH names."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        raise NoServer("Java is missing. On Debian this installs it: apt-get install openjdk-17-jre-headless")
    return found


def made_of(server: str, name: str) -> Path:
    """A file that stands beside the pom of the server."""
    return HERE / f"{server}_jars" / name


def class_path(server: str, cache: Path = CACHE) -> str:
    """All jars of the server; after the first time, Maven is not asked again."""
    pom = made_of(server, "pom.xml")
    folder = cache / f"{server}-{sha256(pom.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        with locked(cache / f"{server}.lock"):  # of two runs at once, one fetches
            if not folder.exists():
                _fetch(pom, folder)
    return f"{folder}/*"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Nobody else holds the lock of this file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _fetch(pom: Path, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServer(f"Maven is missing, which fetches {folder.name}. On Debian: apt-get install maven")
    half = folder.with_name(f"{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    options = ("-B", "-q", "-C", "-f", str(pom), "-DincludeScope=runtime", f"-DoutputDirectory={half}")
    fetched = subprocess.run([maven, *options, COPY], capture_output=True, text=True, timeout=FETCH_S, check=False)
    if fetched.returncode:
        raise NoServer(f"Maven did not fetch {folder.name}:\n{(fetched.stdout + fetched.stderr)[-2000:]}")
    half.rename(folder)


if __name__ == "__main__":
    for server in SERVERS:
        class_path(server)
