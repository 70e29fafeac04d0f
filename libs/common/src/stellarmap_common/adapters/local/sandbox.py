"""What a simulated network that is a process of its own tells of itself, besides what its Horizon does."""

from http import HTTPStatus

import httpx
import msgspec

from stellarmap_common.errors import SourceUnavailable

TIMEOUT_S = 5.0


class Worth(msgspec.Struct, frozen=True):
    """An account worth seeing, and why."""

    address: str
    title: str


class About(msgspec.Struct, frozen=True):
    """How far the network is made, and what is worth seeing in it once it is."""

    made: int  # accounts
    accounts: int
    examples: tuple[Worth, ...] = ()


_decode = msgspec.json.Decoder(About).decode


async def about_sandbox(url: str) -> About | None:
    """What stands at `url`; None if that Horizon is no sandbox of ours. Raises: SourceUnavailable."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(url)
            return _decode(answer.content) if answer.status_code == HTTPStatus.OK else None
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"the sandbox at {url} does not answer: {error!r}") from error
    except msgspec.MsgspecError:
        return None
