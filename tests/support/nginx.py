"""The nginx of docker-compose.yml, on this machine: its own start script, with other folders, ports and addresses."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.support.servers.ports import free_ports
from tests.support.system import until
from tests.support.tree import ROOT

SOURCES = ROOT / "deploy/nginx"
RESOLVES_SINCE = (1, 27, 3)  # the version whose open-source edition asks again for the names of upstreams
WRITTEN = "/tmp/nginx"  # noqa: S108 - in the container, where it is a file system of its own
STARTS_S = 20


class Nginx:
    """A prepared folder, and where it will listen."""

    def __init__(self, folder: Path, upstreams: Mapping[str, int], names: str = "") -> None:
        """`upstreams`: the port here of each address of a service, `gateway:8400`."""
        self.folder = folder
        self.http, self.https, self.health = free_ports(3)
        self.conf, self.made, self.tls = folder / "conf", folder / "made", folder / "tls"
        self.tls.mkdir(parents=True)
        self._names = names
        self._write(upstreams)

    def environment(self) -> dict[str, str]:
        """What the container is given."""
        binary = shutil.which("nginx")
        path = f"{Path(binary).parent}:/usr/bin:/bin" if binary else "/usr/bin:/bin"
        return {"PATH": path, "SERVER_NAMES": self._names, "HTTPS_PORT": str(self.https)}

    @property
    def start(self) -> list[str]:
        """The command of the container."""
        return ["/bin/sh", str(self.conf / "start.sh")]

    def _write(self, upstreams: Mapping[str, int]) -> None:
        self.conf.mkdir(parents=True)
        for source in SOURCES.iterdir():
            text = source.read_text()
            for there, port in upstreams.items():
                text = text.replace(there, f"127.0.0.1:{port}")
            if version() < RESOLVES_SINCE:
                text = text.replace(" resolve", "")
            text = text.replace("/etc/nginx/mime.types", str(self.conf / "mime.types"))
            text = text.replace(WRITTEN, str(self.made)).replace("/etc/stellarmap/nginx", str(self.conf))
            text = text.replace("/etc/stellarmap/tls", str(self.tls))
            for inside, here in ((8080, self.http), (8443, self.https), (8081, self.health)):
                text = re.sub(rf"(listen (?:[\d.]+:)?){inside}\b", rf"\g<1>{here}", text)
            if source.name == "nginx.conf" and os.geteuid() == 0:
                text = (
                    "user root;\n" + text
                )  # else its workers would be nobody, who may not enter the folders of a test
            (self.conf / source.name).write_text(text)
        (self.conf / "mime.types").write_text("types { text/html html; }\n")


def version() -> tuple[int, ...]:
    """That of the nginx of this machine; none: nothing."""
    if shutil.which("nginx") is None:
        return ()
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    return tuple(int(part) for part in said.strip().rpartition("/")[2].split("."))


@asynccontextmanager
async def running(nginx: Nginx) -> AsyncIterator[Nginx]:
    """It answers, until the end."""
    log = nginx.folder / "log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *nginx.start, env=nginx.environment(), stdout=written, stderr=subprocess.STDOUT
        )

    async def answers() -> bool:
        assert process.returncode is None, log.read_text()
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"http://127.0.0.1:{nginx.health}/nginx")).is_success
        except httpx.TransportError:
            return False

    try:
        await until(answers, within_s=STARTS_S, what="nginx", log=log)
        yield nginx
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
