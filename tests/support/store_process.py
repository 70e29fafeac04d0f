"""A process that writes to a store until it is killed, saying after each write what is acknowledged.

`python -m tests.support.store_process <place>`; a line `n` on stdout says that page n was acknowledged.
"""

import asyncio
import sys
from dataclasses import replace
from itertools import count

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.run_store import Progress, Run, RunRef
from stellarmap_common.ports.stores import Stores
from tests.support.stores import account, backend_of, creation

PAGE = 20
REF = RunRef(account("hub"), Step.CHILDREN)


def page(number: int) -> list[Creation]:
    """The creations of a page, the same for the same number."""
    return [creation(f"{number}-{child}", "hub", number + 1, child + 1) for child in range(PAGE)]


async def write_page(stores: Stores, number: int) -> None:
    """Facts, then the run that says they are stored, then a status beside it: what a step does."""
    await stores.creations.record(page(number))
    run = Run(ref=REF, revision=number + 1, progress=Progress(pages=number + 1, total=PAGE * (number + 1)))
    assert await stores.runs.swap(run, number or None)
    state = AccountState(ref=REF.account, version=1, status=AccountStatus.PROCESSING)
    await asyncio.gather(*(stores.accounts.put_state(replace(state, version=number * 4 + n + 1)) for n in range(4)))


async def main(place: str) -> None:
    async with backend_of(place).at(place) as stores:
        for number in count():
            await write_page(stores, number)
            print(number, flush=True)  # noqa: T201 - the acknowledgement whoever kills this process reads


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
