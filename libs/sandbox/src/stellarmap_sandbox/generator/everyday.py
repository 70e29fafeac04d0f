"""What happens every day: payments, merges, next lives, calls, failures."""

from collections.abc import Callable
from itertools import accumulate
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator import shape
from stellarmap_sandbox.generator.stage import HALF, Stage
from stellarmap_sandbox.rows import NONE

_DEPOSITS: Final = 0.8


def pay(stage: Stage) -> None:
    """A withdrawal from a hub, a deposit to one, or a payment between two other accounts."""
    chance = stage.random.random()
    if chance < HALF:
        sender, to, amount = stage.hub(), stage.idle(), shape.payment(stage.random)
        stage.fund(sender, amount, ahead=amount * 1_000)
    else:
        sender = stage.idle()
        to = stage.hub() if chance < _DEPOSITS else stage.idle()
        amount = _part_of_balance(stage, sender)
    if amount > 0 and sender != to and NONE not in (sender, to):
        stage.story.transaction()
        stage.story.pay(sender, to, amount)


def pay_asset(stage: Stage) -> None:
    """A payment in an asset."""
    sender, to = stage.hub(), stage.idle()
    if to not in (NONE, sender):
        stage.story.transaction()
        stage.story.pay_asset(sender, to, shape.payment(stage.random))


def merge(stage: Stage) -> None:
    """An account is merged into a hub, or into another one."""
    account = stage.idle()
    into = stage.hub() if stage.random.random() < HALF else stage.idle()
    if account != into and NONE not in (account, into):
        stage.story.transaction()
        stage.story.merge(account, into)
        stage.remember(account)


def recreate(stage: Stage) -> None:
    """An account that was merged lately is created again, by one that may be the same or another."""
    gone = stage.cast.gone
    if not gone:
        return
    place = stage.below(len(gone))
    account, gone[place] = gone[place], gone[-1]
    gone.pop()
    if stage.story.accounts.alive(account):  # remembered twice: merged, created and merged
        return
    funder, amount = stage.hub(), shape.starting_balance(stage.random)
    stage.fund(funder, amount, ahead=amount * 100)
    stage.story.transaction()
    stage.story.create(funder, amount, account)


def call(stage: Stage) -> None:
    """A contract call moves XLM to an account that exists: all but the effects look like a creation."""
    sender, to, amount = stage.hub(), stage.idle(), shape.payment(stage.random)
    if to in (NONE, sender):
        return
    if stage.random.random() < HALF:
        stage.fund(sender, amount, ahead=amount * 100)
        source = sender
    else:
        source = stage.contract()
    stage.story.transaction()
    stage.story.transfer_by_call(source, to, amount, sender)


def fail(stage: Stage) -> None:
    """A payment fails; about one in fifty is a creation, of an account that exists or of one that never will."""
    sender, to = stage.hub(), stage.idle()
    stage.story.transaction()
    if to not in (NONE, sender) and stage.random.random() < _FAILED_PAYMENTS:
        stage.story.fail_payment(sender, to, 10**17)
    elif to != NONE and stage.random.random() < HALF:
        stage.story.fail_creation(sender, XLM, to)
    else:
        stage.story.fail_creation(sender, 0, stage.failed_only())


def _part_of_balance(stage: Stage, account: int) -> int:
    if account == NONE:
        return 0
    return int((stage.story.accounts.balance[account] - XLM) * stage.random.random() ** 2)


_FAILED_PAYMENTS: Final = 0.98
_CHANCES: Final[tuple[tuple[float, Callable[[Stage], None]], ...]] = (
    (shape.PAYMENTS, pay),
    (shape.MERGED, merge),
    (shape.ASSET_PAYMENTS, pay_asset),
    (shape.FAILED_TRANSACTIONS, fail),
    (shape.CALLS_TO_EXISTING, call),
    (shape.RECREATED, recreate),
)
PER_CREATION: Final = sum(chance for chance, _ in _CHANCES)
"""How many events go with one creation."""
_BOUNDS: Final = tuple(accumulate(chance for chance, _ in _CHANCES))
_EVENTS: Final = tuple(event for _, event in _CHANCES)


def happens(stage: Stage) -> None:
    """One of these events has happened, payments the most often."""
    chance = stage.random.random() * PER_CREATION
    for bound, event in zip(_BOUNDS, _EVENTS, strict=True):
        if chance < bound:
            event(stage)
            return
