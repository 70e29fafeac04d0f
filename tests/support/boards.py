"""The board as the API shows it, and as it must be: every balance that counts, sorted."""

from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Any

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import BOARD_SIZE, DEFAULT_THRESHOLDS_XLM
from stellarmap_sandbox.network import Network
from tests.support.system import System, until

Boards = dict[int, list[tuple[int, str, int]]]
"""By threshold: rank, account, stroops."""
LOWEST_XLM = DEFAULT_THRESHOLDS_XLM[0]
LOOK_S = 0.2


def true_balances(network: Network, among: Collection[str] | None = None) -> list[tuple[Address, int]]:
    """Who has enough to be ranked, of all accounts of the network or of some, and how much: the generator's, sorted."""
    return sorted(_large(network, among), key=lambda each: (-each[1], each[0]))


def true_boards(network: Network, among: Collection[str] | None = None) -> Boards:
    """The first ranks at each threshold."""
    first = list(enumerate(true_balances(network, among)[:BOARD_SIZE], 1))
    return {
        threshold: [(rank, account, held) for rank, (account, held) in first if held >= threshold * STROOPS_PER_XLM]
        for threshold in DEFAULT_THRESHOLDS_XLM
    }


def _large(network: Network, among: Collection[str] | None) -> Iterator[tuple[Address, int]]:
    for number in range(len(network.accounts)):
        balance = network.accounts.balance[number]
        if balance >= LOWEST_XLM * STROOPS_PER_XLM and network.exists(number):
            account = network.keys.address(number)
            if among is None or account in among:
                yield account, balance


async def board(system: System, threshold: int = LOWEST_XLM) -> Any:
    """All of the sandbox's board at the threshold."""
    return await system.get("/sandbox/standings", threshold=threshold, limit=BOARD_SIZE)


async def shown_boards(system: System) -> Boards:
    """What is shown at each threshold."""
    shown = {threshold: await board(system, threshold) for threshold in DEFAULT_THRESHOLDS_XLM}
    return {
        threshold: [(row["rank"], row["address"], int(row["balance_stroops"])) for row in each["rows"]]
        for threshold, each in shown.items()
    }


async def boards_once_right(
    system: System, expected: Callable[[], Awaitable[Boards | None]], *, within_s: float = 90
) -> tuple[Boards, Any]:
    """What is shown, and the coverage, once that is what is expected; None: nothing is, yet."""

    async def right() -> tuple[Boards, Any] | None:
        wanted = await expected()
        if wanted is None or await shown_boards(system) != wanted:
            return None
        return wanted, (await board(system))["coverage"]

    found: tuple[Boards, Any] = await until(
        right, within_s=within_s, what="the right boards", log=system.log, every_s=LOOK_S
    )
    return found
