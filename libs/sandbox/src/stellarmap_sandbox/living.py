"""Ledgers after the base history.

Ledger n follows from the ones before it and from a chance of its own: it is the same, whenever it is made.
"""

from random import Random
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator import everyday
from stellarmap_sandbox.generator.stage import Stage
from stellarmap_sandbox.generator.story import Story
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import NONE

# Of ledgers have some. At five seconds each that is a new account every 25 s: more would soon outgrow the base history.
_CREATIONS: Final = 0.08
_BURSTS: Final = 0.0005
_CONTRACT_CREATIONS: Final = 0.01
_EVENTS: Final = 0.4
_LARGE_PAYMENTS: Final = 0.05
_FEW: Final = 3
_BURST: Final = 60
_LARGEST_EXPONENT: Final = 6


class Living:
    """Closes one ledger after another."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._story = Story(network.accounts, network)

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
            _pay_much(stage)
        self._network.ledger = max(ledger, self._story.ledger)


def _pay_much(stage: Stage) -> None:
    """A payment that moves an account past others in the order of balances."""
    sender, to = stage.hub(), stage.idle()
    if to in (NONE, sender):
        return
    amount = int(10 ** (1 + stage.random.random() * (_LARGEST_EXPONENT - 1)) * XLM)
    stage.fund(sender, amount, ahead=amount)
    stage.story.transaction()
    stage.story.pay(sender, to, amount)
