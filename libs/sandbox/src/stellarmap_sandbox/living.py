"""Ledgers after the base history.

Ledger n follows from the ones before it and from a chance of its own: it is the same, whenever it is made.
"""

from collections import deque
from math import exp
from random import Random
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator import everyday
from stellarmap_sandbox.generator.stage import Stage
from stellarmap_sandbox.generator.story import LEAST_BALANCE, Story
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import NONE

# Of ledgers have some. At five seconds each that is a new account every 25 s: more would soon outgrow the base history.
_CREATIONS: Final = 0.08
_BURSTS: Final = 0.0005
_CONTRACT_CREATIONS: Final = 0.01
_EVENTS: Final = 0.4
_LARGE_PAYMENTS: Final = 0.05
_TRADES: Final = 0.25  # three a minute
_FEW: Final = 3
_BURST: Final = 60
_LARGEST_EXPONENT: Final = 6
_MOST_RICH: Final = 50
_LEAST_TRADED: Final = 7_000 * XLM
_MOST_TRADED: Final = 2_000_000 * XLM
_WHALE: Final = 10 * _MOST_TRADED  # so much and more is left alone
_SPREAD: Final = 0.5  # of the logarithm of a balance that trades: two in five trades cross a threshold


class Living:
    """Closes one ledger after another."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._story = Story(network.accounts, network)
        self._rich: deque[int] = deque()  # who was paid much, the longest ago first

    def close_ledger(self) -> None:
        """The network has one more ledger."""
        ledger = self._network.ledger + 1
        random = Random(f"{self._network.spec.name}:{ledger}")  # noqa: S311 - must replay
        stage = Stage(self._story, random, self._network.cast)
        self._story.begin(ledger)
        if random.random() < _CREATIONS:
            stage.create_children(stage.hub(), 1 + stage.below(_FEW), by_calls=True)
        if random.random() < _BURSTS:
            stage.create_children(stage.hub(), _BURST, by_calls=False)
        if random.random() < _CONTRACT_CREATIONS:
            self._story.transaction()
            self._story.create_by_call(stage.contract(), (1 + stage.below(50)) * XLM, stage.hub())
        if random.random() < _EVENTS:
            everyday.happens(stage)
        if random.random() < _LARGE_PAYMENTS:
            self._pay_much(stage)
        if random.random() < _TRADES:
            _trade(stage)
        self._network.ledger = max(ledger, self._story.ledger)

    def _pay_much(self, stage: Stage) -> None:
        """A payment that moves an account past others; who was paid so long ago spends it: else ever more would be large."""
        sender, to = stage.hub(), stage.idle()
        if to in (NONE, sender):
            return
        amount = int(10 ** (1 + stage.random.random() * (_LARGEST_EXPONENT - 1)) * XLM)
        stage.fund(sender, amount, ahead=amount)
        stage.story.transaction()
        stage.story.pay(sender, to, amount)
        self._rich.append(to)
        if len(self._rich) > _MOST_RICH:
            _spend(stage, self._rich.popleft())


def _spend(stage: Stage, account: int) -> None:
    """Nearly all that the account has went to a hub, if it still exists."""
    accounts, to = stage.story.accounts, stage.hub()
    amount = accounts.balance[account] - LEAST_BALANCE
    if accounts.idle(account) and account != to and amount > 0:
        stage.story.transaction()
        stage.story.pay(account, to, amount)


def _trade(stage: Stage) -> None:
    """A hub has won or lost a good part of what it had, within bounds: so all of them go on crossing thresholds both ways."""
    hubs, accounts, reserve = stage.cast.hubs, stage.story.accounts, stage.cast.reserve
    hub = hubs[stage.below(len(hubs))] if hubs else reserve
    has = accounts.balance[hub]
    wants = max(int(has * exp(stage.random.gauss(0, _SPREAD))), _LEAST_TRADED)
    if wants > _MOST_TRADED:
        wants = max(_MOST_TRADED * _MOST_TRADED // wants, _LEAST_TRADED)
    if hub == reserve or has > _WHALE or wants == has:
        return
    if wants > has:
        stage.fund(reserve, wants - has)
    stage.story.transaction()
    if wants > has:
        stage.story.pay(reserve, hub, wants - has)
    else:
        stage.story.pay(hub, reserve, has - wants)
