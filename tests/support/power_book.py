"""Whether the book of standings that a power cut left lacks anything that was told, or that is called read."""

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.events.standings import BalanceUpdated, StandingChanged
from stellarmap_common.events.topics import HVA_TRACKER
from stellarmap_common.ports.standing_store import ChangeQuery
from stellarmap_common.ports.stores import Stores
from tests.support.power_effects import EVERY, Told
from tests.support.stores import PUBLIC


async def missing_in_book(told: Told, stores: Stores) -> list[str]:
    """What its next owner would never make good, in words."""
    taken = await stores.tracker.take_over(PUBLIC)
    will_be_told = set()
    if taken.last and not taken.applied:
        await stores.tracker.apply(taken.last)
        will_be_told = {change.id for change in taken.last.changes}
    held = {each.account: each.version async for portion in stores.tracker.balances(PUBLIC) for each in portion}
    found = [await stores.standings.changes_of(AccountRef(PUBLIC, each), ChangeQuery(limit=EVERY)) for each in held]
    stored = {change.id for changes in found for change in changes}
    events = {event.id for event in told.of(StandingChanged)}
    return [
        *(f"change {each} was told, and is not stored" for each in events - stored),
        *(f"change {each} is stored, and nobody will tell it" for each in stored - events - will_be_told),
        *(
            f"balance {each.id} was read, and is not stored"
            for each in told.of(BalanceUpdated)
            if (HVA_TRACKER, each.id) in told.read and held.get(each.account, 0) < each.version
        ),
    ]
