"""The shape of the real network in figures: how accounts are spread over creators, depths, balances and time."""

from random import Random
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM

CREATORS_PER_THOUSAND: Final = 24  # all others never create an account
LARGEST_HUB_SHARE: Final = 0.3  # far more than the real one has, so that a small network has a hub worth the name
ZIPF: Final = 1.12
FOUNDERS: Final = 11  # one creator at each depth from 1 on, made at once, so that every depth has a creator
DEEPEST: Final = 200

MERGED: Final = 0.26  # for each creation
PAYMENTS: Final = 0.8  # for each creation
ASSET_PAYMENTS: Final = 0.05
RECREATED: Final = 0.005
CALLS_TO_EXISTING: Final = 0.01
FAILED_TRANSACTIONS: Final = 0.02
HOME_DOMAINS: Final = 0.02
MUXED_TRANSACTIONS: Final = 0.01  # of those that create accounts
SPONSORING_TRANSACTIONS: Final = 0.03
CONTRACT_CALLS: Final = 0.05  # the same, in the last part of history, as on the public network since protocol 26
CONTRACT_CALLS_SINCE: Final = 0.7

_POINTS: Final = ((0.12, 1.0), (0.20, 1.5), (0.28, 2.0), (0.33, 2.5), (0.41, 5.0), (0.45, 20.0), (0.47, 50.0))
_TAIL: Final = 0.005
_LARGEST: Final = 10**9


def starting_balance(random: Random) -> int:
    """Stroops of a new account: a few usual amounts, a log-normal body of about 3 XLM, a Pareto tail."""
    chance = random.random()
    for below, xlm in _POINTS:
        if chance < below:
            return int(xlm * XLM)
    if chance > 1 - _TAIL:
        return int(min(1_000 * (1 - random.random()) ** (-1 / 1.1), _LARGEST)) * XLM
    return max(XLM, int(random.lognormvariate(1.1, 1.6) * XLM))


def payment(random: Random) -> int:
    """Stroops of an ordinary payment."""
    return max(1, int(random.lognormvariate(1.0, 2.0) * XLM))


def creator_depth(random: Random) -> int:
    """Depth of a creator: its children, one deeper, are mostly 4 to 12 deep, most of them 6 to 8."""
    return min(max(round(random.gauss(5.9, 1.9)), 2), FOUNDERS)


def quotas(creators: int, children: int, largest: int | None) -> list[int]:
    """How many accounts without children each creator makes, largest first; their sum is at most `children`."""
    top = int(children * LARGEST_HUB_SHARE) if largest is None else largest
    weights = [rank**-ZIPF for rank in range(1, creators)]
    unit = (children - top) / sum(weights)
    return [top, *(int(weight * unit) for weight in weights)]
