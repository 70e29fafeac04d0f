"""The faults of a simulated network that runs in another process, as commands reach them."""

from pathlib import Path
from typing import Final

import msgspec

from stellarmap_common.errors import NotFound, StellarmapError
from stellarmap_common.runtime.admin import ENVIRONMENT, presented_token
from stellarmap_common.runtime.running import local_api, running_url
from stellarmap_sandbox.faults.fault import FaultSet, FaultsSeen

PLACE: Final = "/sandbox/faults"


class NoNetwork(StellarmapError):
    """There is no simulated network to ask, or no token to ask with."""


class RemoteFaults:
    """The faults of the network at `url`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    async def seen(self) -> FaultsSeen:
        """What is on now. Raises: NoNetwork, PermanentError, TransientError."""
        return await self._asked("GET")

    async def put(self, faults: FaultSet) -> FaultsSeen:
        """Afterwards exactly these are on. Raises: as `seen`; PermanentError says what is wrong with a fault."""
        return await self._asked("PUT", msgspec.to_builtins(faults))

    async def _asked(self, method: str, body: object = None) -> FaultsSeen:
        try:
            async with local_api(self._url, self._token) as api:
                return msgspec.convert(await api.ask(method, PLACE, body), FaultsSeen)
        # ValueError of JSON, and of its form: the pages of an installation answer at every path.
        except (NotFound, ValueError) as error:
            raise NoNetwork(
                f"{self._url} has no simulated network with faults; where STELLARMAP_HORIZON_URL_SANDBOX names another "
                "process, give its address with --url"
            ) from error


def remote_faults(data_dir: Path, url: str) -> RemoteFaults:
    """The faults of the network at `url`; where that is empty, of the process that holds the data folder.

    Raises: NoNetwork, AdminTokenUnusable.
    """
    found = url.rstrip("/").removesuffix(PLACE) or running_url(data_dir)
    if not found:
        raise NoNetwork(
            f"no StellarMap runs on the data folder {data_dir.absolute()}: start it with `stellarmap up`, or name a running "
            "`stellarmap sandbox serve` with --url"
        )
    token = presented_token(data_dir)
    if not token:
        raise NoNetwork(
            f"there is no admin token in {data_dir.absolute()}: set {ENVIRONMENT}, or STELLARMAP_DATA_DIR to the data "
            "folder of the network"
        )
    return RemoteFaults(found, token)
